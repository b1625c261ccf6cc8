"""The report of a curation: what came in, what each step took out and why, what is left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from redone.errors import UserError
from redone.report.reading import mapping, read_json, sequence, text
from redone.report.render import write_page
from redone.report.sections import curation as sections


def write_curation_report(folder: Path) -> Path:
    """Write ``report.html`` into the folder of a curation and return its path.

    Raises:
        UserError: there is no readable curation.json.
        OSError: the page cannot be written there.

    """
    raw, damaged = read_json(folder / "curation.json")
    if damaged or not isinstance(raw, dict):
        raise UserError(f"{folder}: curation.json is missing or damaged; run `redone curate` first")
    funnel = mapping(raw.get("funnel"))
    documents = [mapping(row) for row in sequence(raw.get("documents"))]
    return write_page(
        "curation.html.jinja",
        folder / "report.html",
        title=text(raw.get("name")) or folder.resolve().name,
        totals=sections.totals(funnel, documents),
        funnel=sections.funnel(funnel),
        breakdown=sections.breakdown(funnel, documents),
        steps=sections.examples(funnel),
        clusters=sections.clusters(mapping(raw.get("duplicates"))),
        pii=sections.pii(funnel),
        counters=sections.counters(funnel),
        licences=sections.licences(documents),
        mixture=[mapping(row) for row in sequence(raw.get("mixture"))],
        quarantine=_quarantine(mapping(raw.get("quarantine"))),
        kept=[[text(cell) for cell in sequence(row)] for row in sequence(raw.get("kept"))],
    )


def _quarantine(found: Any) -> dict[str, Any]:
    reasons = sorted(mapping(found.get("reasons")).items(), key=lambda pair: -pair[1])
    return {"total": sum(n for _, n in reasons), "reasons": reasons}
