"""The mapping files of the project: always valid; tried on the public sets where these lie beside it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from redone.scoring import RewardRouter
from redone.sources.ingest import check, ingest, read_mapping
from redone.tasks import Scorer

PROJECT = Path(__file__).parents[3]
DATA = PROJECT.parent / "shared" / "data"
MAPPINGS = sorted((PROJECT / "recipes" / "mappings").glob("*.yaml"))
SMALL = ("sts_social", "wnut17", "lccc_dialogues", "clef2020_tweet_claim", "movietweetings", "weibo_ner")

needs_data = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"no public sets at {DATA.relative_to(PROJECT.parent)}"
)


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda path: path.stem)
def test_every_mapping_file_is_valid(path: Path) -> None:
    assert read_mapping(path).licence


def test_the_mappings_cover_six_capabilities_in_at_least_twenty_tasks() -> None:
    tasks = [task for path in MAPPINGS for task in read_mapping(path).tasks]
    counts = Counter(task.capability for task in tasks)
    assert len({task.id for task in tasks}) == len(tasks) >= 20
    assert set(counts) == {"understanding", "extraction", "matching", "behaviour", "dialogue", "translation"}


@needs_data
@pytest.mark.parametrize("name", SMALL)
def test_public_sets_give_examples_that_their_own_answers_solve(name: str) -> None:
    path = PROJECT / "recipes" / "mappings" / f"{name}.yaml"
    found = ingest([path], DATA, None, {"train": 40, "dev": 10, "test": 20})
    scorer = Scorer(RewardRouter(), {task.id: task for task, _ in found.tasks})
    for task, parts in found.tasks:
        assert all(parts[split] for split in ("train", "dev", "test")), task.id
        units = {split: {unit for e in examples for unit in e.units} for split, examples in parts.items()}
        assert not units["train"] & units["test"]
        for example in parts["test"]:
            for text in (example.references[0], example.target):
                assert scorer.score(example, text, True).value == 1.0, (task.id, text)


@needs_data
def test_a_preview_of_a_public_set() -> None:
    preview = check(PROJECT / "recipes" / "mappings" / "sts_social.yaml", DATA)
    assert preview.rows == 1213
    assert sum(preview.tasks[0].examples.values()) == 1213
