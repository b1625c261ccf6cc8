"""What came out: one JSON file with the counts of all tasks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from redone.corpus.funnel import merged
from redone.corpus.mixing import mixture_plan
from redone.corpus.settings.recipe import CurationRecipe
from redone.corpus.work import Record

KEPT = 60
"""Examples of what was kept."""
LARGEST = 12
"""Clusters of duplicates that are told."""
SUMMARY = "curation.json"
"""Name of the summary in the run folder."""


def summarise(
    recipe: CurationRecipe, records: Sequence[Record], quarantine: Mapping[str, int], key: str
) -> dict[str, Any]:
    """Return the summary; ``key`` says what it is the summary of."""
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
    return {
        "schema": 1,
        "key": key,
        "name": recipe.name,
        "files": {
            name: digest
            for record in records
            for name, digest in record.files.items()
            if name.startswith("documents/")
        },
        "mixture": mixture_plan(sources, recipe.mixture),
        "funnel": funnel.to_json(),
        "quarantine": {"reasons": dict(quarantine)},
        "quality": next((dict(r.facts) for r in records if "thresholds" in r.facts), None),
        "interactions": _added(records, ("events", "unusable", "notes", "edges", "clustered", "joined")),
        "duplicates": _clusters(records),
        "kept": sorted(row for r in records for row in r.facts.get("kept", []))[:KEPT],
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


def _added(records: Sequence[Record], names: Sequence[str]) -> dict[str, int]:
    return {
        name: sum(record.facts[name] for record in records if name in record.facts)
        for name in names
        if any(name in record.facts for record in records)
    }


def _clusters(records: Sequence[Record]) -> dict[str, Any]:
    """Sizes of the clusters of duplicates, and the largest ones."""
    sizes: Counter[str] = Counter()
    largest: list[dict[str, Any]] = []
    for record in records:
        sizes.update(record.facts.get("sizes", {}))
        largest += record.facts.get("largest", [])
    largest.sort(key=lambda cluster: (-cluster["size"], cluster["keeper"]))
    return {"sizes": dict(sorted(sizes.items(), key=lambda pair: int(pair[0]))), "largest": largest[:LARGEST]}
