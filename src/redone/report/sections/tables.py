"""The stage table (after Table 3 of RedOne 2.0), unseen templates, and what each stage cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from redone.report.reading import count, number, text
from redone.report.run_data import RunData
from redone.report.scores import Results, StageScores
from redone.report.sections.headline import difference, mean_of

TWO = ("sns", "general")


def columns_of(suites: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Column names with the suites they average: each suite, the mean of all, and (SNS + general) / 2."""
    columns: list[tuple[str, tuple[str, ...]]] = [(suite, (suite,)) for suite in suites]
    if len(suites) > 1:
        columns.append(("mean", tuple(suites)))
    if len(suites) > 2 and set(TWO) <= set(suites):
        columns.append(("mean_two", TWO))
    return columns


def stage_table(results: Results) -> dict[str, Any] | None:
    """Per decoding one block: a row per stage, in each cell the score and the change against the base."""
    measured = [s for s in results.stages if s.suites]
    if not measured:
        return None
    columns = columns_of(results.suites)
    blocks = [
        {"decoding": decoding, "rows": [_row(stage, measured[0], columns, decoding) for stage in measured]}
        for decoding in results.decodings
    ]
    return {"columns": [name for name, _ in columns], "blocks": blocks, "headline": results.headline}


def _row(
    stage: StageScores, base: StageScores, columns: list[tuple[str, tuple[str, ...]]], decoding: str
) -> dict[str, Any]:
    cells = []
    for _, suites in columns:
        value = mean_of(stage, suites, decoding)
        against = None if stage is base else difference(value, mean_of(base, suites, decoding))
        one = stage.score(suites[0], decoding) if len(suites) == 1 else None
        cells.append({"value": value, "change": against, "estimate": one})
    return {"stage": stage.name, "cells": cells, "is_base": stage is base}


def unseen_table(results: Results) -> dict[str, Any] | None:
    """Scores on test templates that no training text was made from, beside the score on all test prompts."""
    blocks: list[dict[str, Any]] = []
    for decoding in results.decodings:
        rows: list[dict[str, Any]] = []
        for stage in results.stages:
            cells: list[dict[str, Any] | None] = []
            for suite in results.suites:
                found = stage.suites.get(suite, {}).get(decoding)
                if found and found.unseen and found.unseen.value is not None:
                    gap = difference(found.unseen.value, found.estimate.value)
                    cells.append({"all": found.estimate, "unseen": found.unseen, "gap": gap})
                else:
                    cells.append(None)
            if any(cells):
                rows.append({"stage": stage.name, "cells": cells})
        if rows:
            blocks.append({"decoding": decoding, "rows": rows})
    kept = [i for i in range(len(results.suites)) if any(r["cells"][i] for b in blocks for r in b["rows"])]
    for block in blocks:
        for row in block["rows"]:
            row["cells"] = [row["cells"][i] for i in kept]
    return {"suites": [results.suites[i] for i in kept], "blocks": blocks} if blocks else None


def cost_table(run: RunData) -> dict[str, Any] | None:
    """Examples, prompts, tokens, steps and seconds per stage, with shares for bars, and the totals."""
    scored = {s.name: s for s in run.results.stages}
    folders = {s.name: s.record for s in run.stages}
    rows = []
    for name in run.order:
        stage, record = scored.get(name), folders.get(name, {})
        row: dict[str, Any] = {"stage": name, "kind": text(record.get("kind"))}
        for key in ("examples", "prompts", "tokens", "steps"):
            known = getattr(stage, key, None)
            row[key] = known if known is not None else count(record.get(key))
        seconds = stage.seconds if stage else None
        row["seconds"] = seconds if seconds is not None else number(record.get("seconds"))
        if any(row[key] is not None for key in ("examples", "prompts", "tokens", "steps", "seconds")):
            rows.append(row)
    if not rows:
        return None
    keys = ("examples", "prompts", "tokens", "steps", "seconds")
    totals = {key: sum(row[key] or 0 for row in rows) for key in keys}
    most = {key: max((row[key] or 0 for row in rows), default=0) for key in keys}
    for row in rows:
        row["shares"] = {key: 100 * (row[key] or 0) / (most[key] or 1) for key in keys}
    return {"rows": rows, "columns": keys, "totals": totals}
