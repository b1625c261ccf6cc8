"""What a perfect model would output for each SNS-Bench file, and models that read nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from redone.bench.sets import Item, Trivial
from redone.bench.sns_bench.paper_reading import literal

NOTHING = "<Result>[]</Result>"
_LISTED = re.compile(r"list:\s*(\[.*?\])\s*\n", re.DOTALL)


def gold_text(item: Item) -> str:
    """Return the gold answer as it stands; a list as JSON."""
    answer = item.row["answer"]
    return answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)


def always(*constants: str) -> Trivial:
    """Return the models that answer each of the constants, whatever is asked."""

    def predict(items: Sequence[Item]) -> Mapping[str, Sequence[str]]:
        return {f"always {_shown(c)}": [c] * len(items) for c in constants}

    return predict


def first_candidate(items: Sequence[Item]) -> Mapping[str, Sequence[str]]:
    """Return the model that takes the first listed candidate."""
    return {"first candidate": [item.row["candidates"].split(",")[0].strip() for item in items]}


def first_path(items: Sequence[Item]) -> Mapping[str, Sequence[str]]:
    """Return the model that takes the first candidate of each level."""
    names = ("candidates_primary", "candidates_secondary", "candidates_tertiary")
    paths = [" | ".join(str(literal(item.row[name])[0]) for name in names) for item in items]
    return {"first candidates": paths}


def all_candidates(items: Sequence[Item]) -> Mapping[str, Sequence[str]]:
    """Return the model that takes every candidate."""
    return {"all candidates": [item.row["candidates"] for item in items]}


def highlight(items: Sequence[Item]) -> Mapping[str, Sequence[str]]:
    """Return the models that highlight nothing, and every listed word."""
    return {**always("[]")(items), "listed candidates": [_listed(item) for item in items]}


def whole_title(items: Sequence[Item]) -> Mapping[str, Sequence[str]]:
    """Return the model that takes the whole product title as one entity."""
    return {"whole title": [item.row["content"].replace(",", " ") for item in items]}


def note_title(items: Sequence[Item]) -> Mapping[str, Sequence[str]]:
    """Return the model that searches for the note's title."""
    found = [re.search(r"Title:(.*)", item.row["content"]) for item in items]
    return {"note title": [match[1].strip(" ,") if match else "" for match in found]}


def _listed(item: Item) -> str:
    found = _LISTED.search(item.row["content"])
    return found[1] if found else "[]"


def _shown(constant: str) -> str:
    return "[]" if constant == NOTHING else constant
