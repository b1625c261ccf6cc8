"""The part of the page on continued pretraining."""

import json
from pathlib import Path

from redone.report import write_report

SOURCES = {"interactions": "platform", "facts": "general"}


def add_stage(run: Path, *, accepted: bool, rise: float) -> None:
    """Log held-out losses for the first trained stage of a made run."""
    folder = sorted(run.glob("stages/01-*"))[0]
    name = folder.name[3:]
    with (run / "metrics.jsonl").open("a", encoding="utf-8") as file:
        for step in (0, 10, 20):
            losses = {"interactions": 2.0 - step / 50, "facts": 1.0 + rise * step / 20}
            row = {
                "stage": name,
                "step": step,
                "kind": "held_out",
                "sources": {source: {"loss": loss, "targets": 9} for source, loss in losses.items()},
                "parts": {part: losses[source] for source, part in SOURCES.items()},
            }
            file.write(json.dumps(row) + "\n")
    source = {"documents": 3, "tokens": 90, "weight": 0.5, "read": 180, "repeats": 2.0, "loss": [1, 1]}
    record = {
        "sources": {source_name: {**source, "part": part} for source_name, part in SOURCES.items()},
        "search": {"correlation": 0.81, "confirmed": accepted, "targets": [1.0] * 13},
    }
    (folder / "mixture.json").write_text(json.dumps(record), encoding="utf-8")


def test_every_source_has_its_curve_and_share(run: Path, read) -> None:
    add_stage(run, accepted=True, rise=0.2)
    page = read(write_report(run))
    assert "reading" in [attrs["id"] for attrs in page.all("section")]
    labels = [attrs["aria-label"] for attrs in page.all("svg")]
    assert sum(label.startswith("Held-out loss of") for label in labels) == 4
    text = page.text
    assert "2.000 \u2192 1.600" in text
    assert "rank correlation 0.81" in text
    assert text.count("rising") == 2, "the source and its part"


def test_a_refused_search_is_said(run: Path, read) -> None:
    add_stage(run, accepted=False, rise=0.0)
    text = read(write_report(run)).text
    assert "was refused (rank correlation 0.81)" in text
    assert "rising" not in text
