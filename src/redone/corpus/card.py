"""The dataset card: what the corpus is made of, under which licences, and what was taken out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from redone.corpus.durable import write_bytes
from redone.corpus.settings.recipe import CurationRecipe

CARD = "README.md"
"""Name of the card in the run folder."""


def write_card(out: Path, recipe: CurationRecipe, summary: Mapping[str, Any]) -> None:
    """Write the card as Markdown; every number in it stands in the summary too."""
    documents = summary["documents"]
    total = sum(row["documents"] for row in documents)
    tokens = sum(row["tokens"] for row in documents)
    counted = (
        f"the tokenizer `{Path(recipe.tokens.tokenizer).name}`" if recipe.tokens.tokenizer else "an estimate"
    )
    parts = [
        f"# {_plain(recipe.name)}",
        f"{total:,} documents, {tokens:,} tokens (counted with {counted}). Made by `redone curate`; the recipe is in "
        "`recipe.resolved.json`, the report in `report.html`.",
        "## What is in it",
        _table(
            ("source", "language", "kind", "licence", "documents", "tokens"),
            [
                (
                    r["source"],
                    r["language"] or "-",
                    r["kind"],
                    r["licence"] or "not stated",
                    r["documents"],
                    r["tokens"],
                )
                for r in documents
            ],
        ),
        "Licences are those that the input states. Whoever passes the corpus on checks that they allow it.",
        "## What was taken out",
        _dropped(summary),
        "Personal data: " + _pii(summary) + ". Masking is by rules and misses what no rule knows.",
        "## How it is read",
        _table(
            ("source", "tokens", "share when read", "times read"),
            [
                (r["source"], r["tokens"], f"{100 * r['share']:.1f} %", f"{r['copies']:.2f}")
                for r in summary["mixture"]
            ],
        ),
        "`documents/*.parquet`: id, source, language, kind, licence, text, tokens, with a tokenizer ids, and members "
        "(the records that a document was made of). `lineage/*.parquet`: every row that was taken out, with step, "
        "reason, cluster and keeper.",
    ]
    write_bytes(out / CARD, ("\n\n".join(parts) + "\n").encode("utf-8", "replace"))


def _dropped(summary: Mapping[str, Any]) -> str:
    rows = [
        (step, reason, count)
        for step, dropped in summary["funnel"]["dropped"].items()
        for reason, count in _by_reason(dropped).most_common()
    ]
    rows += [("reading", reason, count) for reason, count in summary["quarantine"]["reasons"].items()]
    return _table(("step", "reason", "rows"), rows) if rows else "Nothing."


def _by_reason(dropped: Mapping[str, int]) -> Counter[str]:
    found: Counter[str] = Counter()
    for key, count in dropped.items():
        found[key.split("\t")[0]] += count
    return found


def _pii(summary: Mapping[str, Any]) -> str:
    counters = summary["funnel"]["counters"]
    kinds = {
        k.removeprefix("pii."): n for k, n in counters.items() if k.startswith("pii.") and k != "pii.texts"
    }
    return (
        ", ".join(f"{kind} {count:,}" for kind, count in kinds.items()) + " masked" if kinds else "none found"
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    def line(cells: Sequence[Any]) -> str:
        return "| " + " | ".join(f"{c:,}" if isinstance(c, int) else _plain(str(c)) for c in cells) + " |"

    return "\n".join([line(head), "|" + " --- |" * len(head), *map(line, rows)])


def _plain(text: str) -> str:
    """Foreign text that cannot break the table or become markup."""
    return "".join(f"\\{c}" if c in "\\|<>[]*_`#" else c for c in " ".join(text.split()))
