"""What came out: one JSON file with the counts of all tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from redone.corpus.durable import write_json
from redone.corpus.funnel import merged
from redone.corpus.mixing import mixture_plan
from redone.corpus.settings.recipe import CurationRecipe
from redone.corpus.work import Record

SUMMARY = "curation.json"
"""Name of the summary in the run folder."""


def write_summary(out: Path, recipe: CurationRecipe, records: Sequence[Record]) -> Mapping[str, Any]:
    """Write and return the summary."""
    funnel = merged(record.facts.get("funnel", {}) for record in records)
    tally: dict[tuple[str, ...], list[int]] = {}
    for record in records:
        for *group, documents, tokens in record.facts.get("tally", []):
            entry = tally.setdefault(tuple(group), [0, 0])
            entry[0] += documents
            entry[1] += tokens
    sources: dict[str, int] = {}
    for group, (_, tokens) in tally.items():
        sources[group[0]] = sources.get(group[0], 0) + tokens
    summary = {
        "schema": 1,
        "name": recipe.name,
        "files": [name for record in records for name in record.files if name.startswith("documents/")],
        "mixture": mixture_plan(sources, recipe.mixture),
        "funnel": funnel.to_json(),
        "documents": [
            dict(
                zip(
                    ("source", "language", "licence", "kind", "documents", "tokens"),
                    (*g, *n),
                    strict=True,
                )
            )
            for g, n in sorted(tally.items())
        ],
    }
    write_json(out / SUMMARY, summary)
    return summary
