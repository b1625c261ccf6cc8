"""Planted key facts in titles made anew on the simulator's test notes: how many survive, how many titles change.

Every note gets a title with one fact of its own body planted in it: a price, a name, or a warning about a
name. The guard is not told which. Beside it stands what the model's likeliest candidate would have kept.

    python benchmarks/faithful_titles.py --model runs/demo/model --run runs/demo --notes 200
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redone.recipe.config import Recipe
from redone.recipe.simulated import world_of
from redone.records import Note
from redone.scoring.normalise import canonical
from redone.serving.apps.brains import LocalBrain
from redone.serving.apps.notes import NoteIn
from redone.serving.apps.titles import TitlesResult, TitleWishes, recreate
from redone.serving.engine import EngineSettings
from redone.serving.start import open_engine
from redone.sources.simulator import WorldSettings, make_world, stream

WARNINGS = {"zh": ("{title}，千万别买{name}", "别"), "en": ("{title}, do not buy {name}", "not")}
NAMES = {"zh": "{title}，在{name}", "en": "{title} with {name}"}
PRICES = {"zh": "{title}，花了{name}", "en": "{title} for {name}"}


@dataclass(frozen=True)
class Planted:
    """A note with a fact in its title, and what must be found in the new one."""

    note: NoteIn
    kind: str
    wanted: tuple[str, ...]


def plant(note: Note, rng: random.Random) -> Planted | None:
    """Put a fact of the body into the title; None when the body names nothing."""
    named = [entity for entity in note.entities if canonical(entity.text) in canonical(note.body)]
    if not named or not note.title:
        return None
    entity = rng.choice(named)
    wanted: tuple[str, ...] = (entity.text,)
    if entity.kind == "price":
        kind, pattern = "number", PRICES[note.language]
    elif rng.random() < 0.5:
        kind = "warning"
        pattern, mark = WARNINGS[note.language]
        wanted += (mark,)
    else:
        kind, pattern = "entity", NAMES[note.language]
    title = pattern.format(title=note.title, name=entity.text)
    given = NoteIn(id=note.id, title=title, body=note.body, language=note.language)
    return Planted(given, kind, wanted)


def holds(title: str, planted: Planted) -> bool:
    """Whether the fact stands in a title; a check of its own, not the guard's."""
    return all(canonical(text) in canonical(title) for text in planted.wanted)


async def measure(brain: LocalBrain, notes: list[Planted]) -> dict[str, Any]:
    """Titles for all notes, and what became of the facts."""
    results: list[TitlesResult] = []
    for start in range(0, len(notes), 16):
        part = notes[start : start + 16]
        results += await asyncio.gather(*(recreate(brain, p.note, TitleWishes()) for p in part))
    kept = [holds(result.title, planted) for result, planted in zip(results, notes, strict=True)]
    naive = [
        holds(
            max((c for c in result.candidates if not c.mended), key=lambda c: c.score or 0.0).title, planted
        )
        for result, planted in zip(results, notes, strict=True)
        if result.candidates
    ]
    by_kind: dict[str, list[bool]] = collections.defaultdict(list)
    for planted, good in zip(notes, kept, strict=True):
        by_kind[planted.kind].append(good)
    mended = sum(r.changed and next(c for c in r.candidates if c.title == r.title).mended for r in results)
    return {
        "notes": len(notes),
        "facts_kept": round(sum(kept) / len(kept), 4),
        "facts_kept_by_kind": {kind: round(sum(v) / len(v), 4) for kind, v in sorted(by_kind.items())},
        "titles_changed": round(sum(r.changed for r in results) / len(results), 4),
        "of_these_mended": mended,
        "facts_kept_without_guard": round(sum(naive) / max(1, len(naive)), 4),
    }


def main() -> None:
    """Plant, make titles anew, count."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--run", type=Path, help="Run folder: its recipe names the world.")
    parser.add_argument("--notes", type=int, default=200)
    options = parser.parse_args()
    if options.run:
        world = world_of(Recipe.model_validate_json((options.run / "recipe.resolved.json").read_bytes()))
    else:
        world = make_world(WorldSettings())
    rng = random.Random(0)
    notes: list[Planted] = []
    for block in stream(world, "test", users=64 * (1 + options.notes // 64)):
        notes += [planted for note in block.notes if (planted := plant(note, rng)) is not None]
    with open_engine(options.model, EngineSettings()) as engine:
        print(json.dumps(asyncio.run(measure(LocalBrain(engine), notes[: options.notes])), indent=1))


if __name__ == "__main__":
    main()
