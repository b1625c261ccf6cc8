"""A suite on a model: ask what has no answer yet, store, score."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from redone.bench.catalogue import bench_sets, choose
from redone.bench.predictions import read_predictions
from redone.bench.prompts import prompt_book, prompt_for
from redone.bench.results import SCORER_VERSION, SuiteResult
from redone.bench.runner.answerers import Answerer, Decoding, EndpointAnswerer
from redone.bench.runner.local import LocalAnswerer
from redone.bench.runner.store import AnswerStore, add_work, key_of
from redone.bench.scoring import DEFAULTS, ScoreSettings, load_sets, score_outputs
from redone.bench.sets import Loaded
from redone.bench.thinking import strip_thinking

_SYNC_EVERY = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """What is asked and how it is scored.

    ``language`` is that of the prompts, "" the set's own. ``limit`` takes the first items of each file only, 0 all.
    """

    score: ScoreSettings = DEFAULTS
    language: str = ""
    limit: int = 0


def open_answerer(model: str, name: str, decoding: Decoding, key_variable: str = "") -> Answerer:
    """Return the answerer of a URL or of a model folder.

    Raises:
        UserError: there is no such folder, or the URL cannot be used.

    """
    if model.startswith(("http://", "https://")):
        return EndpointAnswerer(model, name, decoding, key_variable)
    return LocalAnswerer(Path(model), decoding)


def run_suite(
    suite: str,
    data: Path,
    answerer: Answerer,
    out: Path,
    settings: RunSettings = RunSettings(),
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> SuiteResult:
    """Answer and score a suite; what a former run of the same facts stored is not asked again.

    Thinking text is removed before answers are read; the raw output is stored beside what is left of it.

    Raises:
        UserError: the data are absent, the folder belongs to another run, or too much stayed unanswered.

    """
    sets = choose(suite, settings.score.only)
    loaded, notes = load_sets(sets, data)
    if settings.limit:
        loaded = {name: replace(found, items=found.items[: settings.limit]) for name, found in loaded.items()}
        notes.append(f"only the first {settings.limit} items of each file: no score of the suite")
    facts = run_facts(suite, loaded, answerer, settings)
    places = [(name, at) for name, found in loaded.items() for at in range(len(found.items))]
    with AnswerStore(out, facts) as store:
        todo = [place for place in places if place not in store.done]
        before = len(places) - len(todo)
        progress(before, len(places))
        prompts = [
            prompt_for(bench_sets()[name], loaded[name].items[at], settings.language) for name, at in todo
        ]
        for count, answer in enumerate(answerer.answer(prompts), start=1):
            text = None if answer.text is None else strip_thinking(answer.text)
            extra = {"finish": answer.finish, **({"cut": True} if answer.cut else {})}
            extra |= {"problem": answer.problem} if text is None else {}
            if text is not None and text != answer.text:
                extra["raw"] = answer.text or ""
            store.add(todo[answer.at], text, extra)
            if count % _SYNC_EVERY == 0:
                store.sync()
                progress(before + count, len(places))
        store.sync()
        progress(len(places), len(places))
        add_work(out, answerer.work())
    return _scored(suite, loaded, out, settings, [*notes, *_cut_notes(out)], facts)


def run_facts(
    suite: str, loaded: Mapping[str, Loaded], answerer: Answerer, settings: RunSettings
) -> dict[str, Any]:
    """Return what the answers and their score depend on."""
    version = {bench_sets()[name].suite: "" for name in loaded}
    return {
        **answerer.facts(),
        "suite": suite,
        "prompts": {name: prompt_book(name).version for name in version},
        "language": settings.language,
        "data": {name: found.sha256[:16] for name, found in loaded.items()},
        "scorer": SCORER_VERSION,
        **({"limit": settings.limit} if settings.limit else {}),
    }


def _scored(
    suite: str,
    loaded: Mapping[str, Loaded],
    out: Path,
    settings: RunSettings,
    notes: list[str],
    facts: Mapping[str, Any],
) -> SuiteResult:
    sizes = {name: len(found.items) for name, found in loaded.items()}
    outputs = read_predictions(out / "predictions.jsonl", sizes)
    result = score_outputs(suite, loaded, outputs, settings.score, notes)
    result = replace(
        result, facts={**result.facts, "prompts": facts["prompts"], "run": dict(facts), "key": key_of(facts)}
    )
    temporary = out / "result.tmp"
    temporary.write_text(json.dumps(result.to_json(), indent=1) + "\n", encoding="utf-8")
    temporary.replace(out / "result.json")
    return result


def _cut_notes(out: Path) -> list[str]:
    with (out / "predictions.jsonl").open("rb") as lines:
        rows = [json.loads(line) for line in lines]
    counts = {
        "prompts were longer than the model's context and lost their beginning": sum(
            bool(row.get("cut")) for row in rows
        ),
        "answers reached the token limit": sum(row.get("finish") == "length" for row in rows),
    }
    return [f"{count} {said}" for said, count in counts.items() if count]
