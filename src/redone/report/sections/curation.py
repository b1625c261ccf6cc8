"""Tables of the curation report, from the counts in curation.json."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from redone.report.reading import mapping, sequence, text

Row = Mapping[str, Any]
LARGEST = 12
"""Clusters of duplicates that are shown."""


def totals(funnel: Row, documents: Sequence[Row]) -> dict[str, int]:
    """Rows read, rows left, documents and tokens written."""
    rows = mapping(funnel.get("rows"))
    return {
        "read": sum(mapping(rows.get("read")).values()),
        "left": sum(mapping(rows.get("unique")).values()),
        "documents": sum(row["documents"] for row in documents),
        "tokens": sum(row["tokens"] for row in documents),
    }


def funnel(found: Row) -> list[dict[str, Any]]:
    """One entry per step: rows before, dropped, after, and the reasons by count."""
    left = sum(mapping(mapping(found.get("rows")).get("read")).values())
    first, steps = max(left, 1), []
    for step, dropped in mapping(found.get("dropped")).items():
        reasons: Counter[str] = Counter()
        for key, rows in mapping(dropped).items():
            reasons[key.split("\t")[0]] += rows
        gone = reasons.total()
        left -= gone
        steps.append(
            {
                "step": step,
                "dropped": gone,
                "left": left,
                "share": 100 * left / first,
                "lost": 100 * gone / first,
                "reasons": reasons.most_common(),
            }
        )
    return steps


def breakdown(found: Row, documents: Sequence[Row]) -> list[dict[str, Any]]:
    """Per source and language: rows after the shard steps, rows left, documents, tokens."""
    rows = mapping(found.get("rows"))
    read: Counter[str] = Counter()
    for key, count in mapping(rows.get("read")).items():
        read[key.split("\t")[0]] += count
    table: dict[tuple[str, str], Counter[str]] = {}
    for point in ("steps", "unique"):
        for key, count in mapping(rows.get(point)).items():
            source, _, language = key.partition("\t")
            table.setdefault((source, language), Counter())[point] += count
    for row in documents:
        entry = table.setdefault((row["source"], row["language"]), Counter())
        entry["documents"] += row["documents"]
        entry["tokens"] += row["tokens"]
    return [
        {
            "source": source,
            "read": read[source],
            "languages": [(la, table[s, la]) for s, la in sorted(table) if s == source],
        }
        for source in sorted({source for source, _ in table})
    ]


def examples(found: Row) -> list[dict[str, Any]]:
    """Dropped texts per step: id, source, reason, detail, text."""
    steps = mapping(found.get("examples"))
    return [
        {"step": step, "rows": [[text(cell) for cell in sequence(row)] for row in sequence(rows)]}
        for step, rows in steps.items()
        if rows
    ]


def clusters(found: Row) -> dict[str, Any]:
    """Sizes of the clusters of near-duplicates, and the largest ones."""
    sizes = sorted((int(size), count) for size, count in mapping(found.get("sizes")).items())
    return {"sizes": sizes, "largest": list(sequence(found.get("largest")))[:LARGEST]}


def pii(found: Row) -> list[tuple[str, int]]:
    """Masked personal data by kind, the most frequent first."""
    counts = mapping(found.get("counters"))
    kinds = {key.removeprefix("pii."): n for key, n in counts.items() if key.startswith("pii.")}
    return sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0]))


def counters(found: Row) -> list[tuple[str, int]]:
    """What other steps counted."""
    counts = mapping(found.get("counters"))
    return [(key, n) for key, n in counts.items() if not key.startswith("pii.")]


def licences(documents: Sequence[Row]) -> list[tuple[str, int, int]]:
    """(licence, documents, tokens), the largest first; an empty licence is unknown."""
    table: dict[str, list[int]] = {}
    for row in documents:
        entry = table.setdefault(row["licence"], [0, 0])
        entry[0] += row["documents"]
        entry[1] += row["tokens"]
    return sorted(((name, *n) for name, n in table.items()), key=lambda row: -row[2])  # type: ignore[misc]
