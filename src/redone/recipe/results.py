"""``results.json``: every stage's scores and costs, and what a stage did to general ability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from redone.recipe.config import Recipe

SCHEMA = 1


def stage_entry(name: str, kind: str, record: Mapping[str, Any], suites: Mapping[str, Any]) -> dict[str, Any]:
    """Return one element of ``stages``: what it cost and what the model scores after it."""
    costs = {key: record[key] for key in ("seconds", "examples", "prompts", "tokens", "steps")}
    said = {key: record[key] for key in ("notes", "warnings") if record[key]}
    return {"name": name, "kind": kind, **costs, "suites": dict(suites), **said}


def results(recipe: Recipe, entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the content of results.json. The first entry is the base model."""
    return {
        "schema": SCHEMA,
        "name": recipe.name,
        "seed": recipe.seed,
        "headline": recipe.evaluation.headline,
        "stages": with_general_cost(recipe, entries),
    }


def with_general_cost(recipe: Recipe, entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the entries, with a warning on each stage that cost more general ability than is tolerated."""
    found: list[dict[str, Any]] = []
    for entry in entries:
        warning = general_cost(found[-1], entry, recipe) if found else ""
        warnings = [*entry.get("warnings", ()), *([warning] if warning else [])]
        found.append({**entry, **({"warnings": warnings} if warnings else {})})
    return found


def general_cost(before: Mapping[str, Any], after: Mapping[str, Any], recipe: Recipe) -> str:
    """Return a warning when the stage costs more general ability than the recipe tolerates, else nothing."""
    tolerance = recipe.evaluation.general_tolerance
    losses = []
    for decoding in ("greedy", "sampled"):
        old, new = suite_score(before, "general", decoding), suite_score(after, "general", decoding)
        if old is not None and new is not None and old - new > tolerance:
            losses.append(f"{old - new:.1f} points {decoding} ({old:.1f} -> {new:.1f})")
    if not losses:
        return ""
    return f"{after['name']} costs general ability {' and '.join(losses)}; {tolerance:g} are tolerated"


def suite_score(entry: Mapping[str, Any], suite: str, decoding: str) -> float | None:
    """Return a suite's score in points; None when it was not measured or not known."""
    value = entry.get("suites", {}).get(suite, {}).get(decoding, {}).get("score")
    return None if value is None else float(value)


def summary_lines(content: Mapping[str, Any]) -> list[str]:
    """Return the table that is printed at the end of a run: one line per stage, in the headline decoding."""
    headline = str(content["headline"])
    suites = list(dict.fromkeys(suite for entry in content["stages"] for suite in entry["suites"]))
    width = max([5, *(len(entry["name"]) for entry in content["stages"])])
    lines = [f"{'stage':<{width}}" + "".join(f"{suite:>13}" for suite in suites) + f"   ({headline})"]
    for entry in content["stages"]:
        scores = [suite_score(entry, suite, headline) for suite in suites]
        cells = "".join(f"{'unknown' if s is None else format(s, '.1f'):>13}" for s in scores)
        lines.append(f"{entry['name']:<{width}}{cells}   {entry['seconds']:.0f} s")
    return lines
