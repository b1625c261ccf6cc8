"""The shard steps of a recipe, in order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from functools import cache
from pathlib import Path

import orjson

from redone.corpus.settings.recipe import CurationRecipe
from redone.corpus.settings.steps import DecontaminationSettings
from redone.corpus.step import ShardStep
from redone.corpus.steps.benchmark_index import BenchmarkIndex, BenchmarkText
from redone.corpus.steps.decontaminate import Decontaminate
from redone.corpus.steps.informal import Informal
from redone.corpus.steps.language import Language
from redone.corpus.steps.normalise import Normalise
from redone.corpus.steps.pii import Pii
from redone.corpus.steps.quality import Quality, QualityModel
from redone.corpus.steps.rules import Rules
from redone.corpus.steps.spam import Spam

BENCHMARKS = "work/benchmarks.jsonl"
"""Texts of benchmark items that must not be in the corpus."""
QUALITY = "work/quality.safetensors"
"""The quality model of the run."""


def steps_of(recipe: CurationRecipe, folder: Path) -> list[ShardStep]:
    """Return the steps; what a run trained or read beforehand lies below ``folder``.

    Decontamination looks at texts before masking, which could hide an item; quality judges what will be read.
    """
    settings = recipe.steps
    steps: list[ShardStep] = [
        Normalise(),
        Informal(settings.informal),
        Language(settings.language),
        Spam(settings.spam),
        Rules(settings.rules),
    ]
    steps = [step for step in steps if step.name not in recipe.without]
    if recipe.benchmarks:
        path = folder / BENCHMARKS
        index = _index(path, path.stat().st_mtime_ns, settings.decontamination.model_dump_json())
        steps.append(Decontaminate(index))
    if "pii" not in recipe.without:
        steps.append(Pii(settings.pii))
    path = folder / QUALITY
    if recipe.quality and path.is_file():
        steps.append(Quality(_model(path, path.stat().st_mtime_ns), settings.quality))
    return steps


def write_benchmarks(path: Path, texts: Iterable[BenchmarkText]) -> None:
    """Write benchmark texts for the workers, one per line."""
    path.write_bytes(b"".join(orjson.dumps(asdict(t), option=orjson.OPT_APPEND_NEWLINE) for t in texts))


@cache
def _index(path: Path, _changed: int, settings: str) -> BenchmarkIndex:
    with path.open("rb") as lines:
        texts = [BenchmarkText(**orjson.loads(line)) for line in lines]
    return BenchmarkIndex(texts, DecontaminationSettings.model_validate_json(settings))


@cache
def _model(path: Path, _changed: int) -> QualityModel:
    return QualityModel.load(path)
