"""Two stages, of one run or of two, item by item: the same example, answered twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redone.report.reading import number, sequence, text
from redone.serving.console.files import Reader

PAGE = 20
CHANGES = ("gained", "lost", "equal", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class PairFilter:
    """Which items; empty strings take all."""

    task: str = ""
    change: str = ""
    decoding: str = ""
    page: int = 0


def compare(left: tuple[Reader, str], right: tuple[Reader, str], wanted: PairFilter) -> dict[str, Any]:
    """Items that both stages answered in one decoding, with counts over all of them."""
    sides = [_answers(reader, stage) for reader, stage in (left, right)]
    shared = set(sides[0]) & set(sides[1])
    decodings = sorted({key[1] for key in shared})
    decoding = wanted.decoding if wanted.decoding in decodings else next(iter(decodings), "")
    keys = [key for key in sides[0] if key in shared and key[1] == decoding]
    items = [_pair(sides[0][key], sides[1][key]) for key in keys]
    of_task = [item for item in items if wanted.task in ("", item["task"])]
    shown = [item for item in of_task if wanted.change in ("", item["change"])]
    start = max(0, wanted.page) * PAGE
    return {
        "decodings": decodings,
        "decoding": decoding,
        "tasks": _by_task(items),
        "counts": {change: sum(item["change"] == change for item in of_task) for change in CHANGES},
        "means": [_mean(of_task, side) for side in ("left", "right")],
        "paired": len(items),
        "alone": [sum(key[1] == decoding for key in side) - len(keys) for side in sides],
        "total": len(shown),
        "page_size": PAGE,
        "items": shown[start : start + PAGE],
        "problems": [*left[0].problems, *right[0].problems],
    }


def _answers(reader: Reader, stage: str) -> dict[tuple[str, str, int], Mapping[str, Any]]:
    """Answers by example, decoding and number: a decoding may hold several answers to one example."""
    found: dict[tuple[str, str, int], Mapping[str, Any]] = {}
    for row in reader.lines("stages", stage, "samples.jsonl"):
        example, decoding = text(row.get("example_id")), text(row.get("decoding"))
        again = 0
        while (example, decoding, again) in found:
            again += 1
        found[example, decoding, again] = row
    return found


def _pair(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    before, after = number(left.get("score")), number(right.get("score"))
    change = "unknown"
    if before is not None and after is not None:
        change = "equal" if abs(after - before) < 1e-9 else "gained" if after > before else "lost"
    return {
        "id": text(left.get("example_id")),
        "task": text(left.get("task")),
        "language": text(left.get("language")),
        "prompt": text(left.get("prompt")),
        "same_prompt": left.get("prompt") == right.get("prompt"),
        "references": [text(r) for r in sequence(left.get("references"))],
        "left": {"output": text(left.get("output")), "score": before},
        "right": {"output": text(right.get("output")), "score": after},
        "change": change,
    }


def _by_task(items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for item in items:
        row = rows.setdefault(item["task"], {"task": item["task"], "n": 0, **dict.fromkeys(CHANGES, 0)})
        row["n"] += 1
        row[item["change"]] += 1
    return list(rows.values())


def _mean(items: Sequence[Mapping[str, Any]], side: str) -> float | None:
    scores = [item[side]["score"] for item in items if item[side]["score"] is not None]
    return sum(scores) / len(scores) if scores else None
