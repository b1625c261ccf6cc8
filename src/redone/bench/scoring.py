"""Scoring a suite: data and predictions in, a result out."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from redone.bench.catalogue import choose
from redone.bench.predictions import Outputs, read_predictions
from redone.bench.results import FileResult, SuiteResult
from redone.bench.sets import BenchSet, Item, Loaded, Mode
from redone.bench.tally import RESAMPLES
from redone.bench.thinking import strip_thinking
from redone.errors import UserError

MOST_UNSCORED = 0.05
"""Share of items without an answer above which no score is given: it would be of another benchmark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreSettings:
    """How a suite is scored.

    ``thinking`` removes reasoning text before outputs are read (the public scorer does not, so it is off in
    ``paper`` mode unless asked for). ``references`` adds trivial baselines and the ceiling.
    """

    mode: Mode = "fixed"
    only: tuple[str, ...] = ()
    thinking: bool | None = None
    references: bool = True
    resamples: int = RESAMPLES
    seed: int = 0

    @property
    def strips(self) -> bool:
        """Whether reasoning text is removed."""
        return self.mode == "fixed" if self.thinking is None else self.thinking


DEFAULTS = ScoreSettings()


def load_sets(sets: Sequence[BenchSet], data: Path) -> tuple[dict[str, Loaded], list[str]]:
    """Return the loaded sets, and what differs from the documented counts and hashes.

    Raises:
        UserError: there is no such folder, or a set is not in it.

    """
    if not data.is_dir():
        raise UserError(f"--data {data}: no such folder")
    loaded = {s.id: s.load(data) for s in sets}
    notes = []
    for bench_set in sets:
        found = loaded[bench_set.id]
        if bench_set.items and len(found.items) != bench_set.items:
            notes.append(f"{bench_set.id}: {len(found.items)} items, documented are {bench_set.items}")
        if bench_set.sha256 and found.sha256 != bench_set.sha256:
            notes.append(f"{bench_set.id}: not the documented revision (sha256 {found.sha256[:12]}...)")
    return loaded, notes


def score_suite(suite: str, data: Path, predictions: Path, settings: ScoreSettings = DEFAULTS) -> SuiteResult:
    """Score a predictions file.

    Raises:
        UserError: the data are absent, or the predictions are not complete and well-formed.

    """
    sets = choose(suite, settings.only)
    loaded, notes = load_sets(sets, data)
    sizes = {name: len(found.items) for name, found in loaded.items()}
    known = [s.id for s in choose(suite)]
    outputs = read_predictions(predictions, sizes, known)
    return score_outputs(suite, loaded, outputs, settings, notes)


def score_outputs(
    suite: str,
    loaded: Mapping[str, Loaded],
    outputs: Mapping[str, Outputs],
    settings: ScoreSettings,
    notes: Sequence[str] = (),
) -> SuiteResult:
    """Score outputs that are at hand; every item of every loaded set has one, or None.

    Raises:
        UserError: too many items of a file have no answer.

    """
    sets = {s.id: s for s in choose(suite)}
    files = {name: score_file(sets[name], found, outputs[name], settings) for name, found in loaded.items()}
    said = [*notes, *(f"{name}: {note}" for name, f in files.items() for note in f.tally.notes)]
    said += [
        f"{name}: {result.unscored} items have no answer and are left out"
        for name, result in files.items()
        if result.unscored
    ]
    # A predictions file does not say what was asked; a run of ours fills this in.
    facts = {"thinking": "stripped" if settings.strips else "kept", "prompts": None}
    return SuiteResult(suite=suite, mode=settings.mode, files=files, notes=tuple(said), facts=facts)


def score_file(bench_set: BenchSet, loaded: Loaded, outputs: Outputs, settings: ScoreSettings) -> FileResult:
    """Score one file."""
    places = tuple(at for at in range(len(loaded.items)) if outputs[at] is not None)
    unscored = len(loaded.items) - len(places)
    if unscored > MOST_UNSCORED * len(loaded.items):
        raise UserError(
            f"{bench_set.id}: {unscored} of {len(loaded.items)} items have no answer, more than "
            f"{MOST_UNSCORED:.0%}; run them again before scoring"
        )
    items = [loaded.items[at] for at in places]
    clean: Callable[[str], str] = strip_thinking if settings.strips else str
    texts = [clean(outputs[at] or "") for at in places]
    tally = bench_set.score(items, texts, settings.mode)
    baselines, ceiling = references(bench_set, items, settings)
    return FileResult(
        bench_set=bench_set,
        tally=tally,
        draws=tally.resampled(seed_of(bench_set.id, settings.seed), settings.resamples),
        places=places,
        unscored=unscored,
        sha256=loaded.sha256,
        baselines=baselines,
        ceiling=ceiling,
    )


def references(
    bench_set: BenchSet, items: Sequence[Item], settings: ScoreSettings
) -> tuple[dict[str, float], float | None]:
    """Return the trivial models' scores by name, and what gold gets as a prediction (``paper`` mode)."""
    if not settings.references:
        return {}, None
    trivial = bench_set.trivial(items)
    scores = {name: bench_set.score(items, said, settings.mode).score() for name, said in trivial.items()}
    if settings.mode != "paper" or bench_set.suite != "sns-bench":
        return scores, None
    gold = [bench_set.gold(item) for item in items]
    return scores, bench_set.score(items, gold, "paper").score()


def seed_of(name: str, seed: int) -> int:
    """Return the bootstrap seed of a file: files are drawn independently of each other."""
    return zlib.crc32(f"{name}/{seed}".encode())
