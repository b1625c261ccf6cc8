"""A run beside the 30 rows that RedOne 2.0 (arXiv 2511.07070, Table 1) prints, with what is odd about them."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from redone.bench.results import SuiteResult
from redone.errors import UserError

_COLUMNS = {
    "sns-bench": ("Taxonomy", "Hashtag", "QueryCorr", "MRC", "NER", "Gender", "CHLW", "QueryGen"),
    "sns-transbench": ("zh-en/bleu", "zh-en/chrf", "en-zh/bleu", "en-zh/chrf"),
}
_MEANS = {"sns-bench": "sns", "sns-transbench": "trans"}
NOTES = {
    "sns-bench": (
        "published rows were scored by the public scorer, whose ceiling is 96.57 on Taxonomy, 98.00 on "
        "Hashtag and 97.13 on MRC; compare them with --scoring paper only",
        "a constant [] gets 67.64 on CHLW: general models (27 to 45) highlight too much, and most of what "
        "tuned models gain there is answering nothing",
        "prompts and decoding of the published rows are not ours; QueryGen needs an encoder there, here it "
        "is edit similarity alone",
    ),
    "sns-transbench": (
        'the column printed as "chrF++" behaves as plain chrF, averaged over segments',
        "Qwen3-30B-A3B: printed mean 37.05, its four cells average 43.41; the gain over it is about 6.1, not 12.5",
    ),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A model's cells and mean, 0..100; ``published`` rows are printed figures, the others are ours."""

    model: str
    cells: Mapping[str, float | None]
    mean: float
    published: bool
    remark: str = ""


@lru_cache(maxsize=1)
def _table() -> tuple[dict[str, str], ...]:
    text = files("redone.bench").joinpath("data/published.tsv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines(), delimiter="\t"))


def published(suite: str) -> list[Row]:
    """Return the printed rows of a suite.

    Raises:
        UserError: nothing of the suite is published in comparable form.

    """
    if suite not in _COLUMNS:
        raise UserError(f"no published rows for {suite!r}; there are some for {', '.join(_COLUMNS)}")
    rows = []
    for line in _table():
        cells: dict[str, float | None] = {name: float(line[name]) for name in _COLUMNS[suite]}
        mean = float(line[_MEANS[suite]])
        own = sum(value or 0.0 for value in cells.values()) / len(cells)
        remark = f"cells average {own:.2f}" if abs(own - mean) > 0.02 else ""
        rows.append(Row(line["model"], cells, mean, published=True, remark=remark))
    return rows


def leaderboard(result: SuiteResult, model: str) -> list[Row]:
    """Return the published rows and the run's own, best mean first."""
    rows = published(result.suite)
    if result.suite == "sns-bench":
        tasks = {name: sum(f.score for f in part) / len(part) for name, part in result.tasks().items()}
        cells: dict[str, float | None] = {name: tasks.get(name) for name in _COLUMNS[result.suite]}
    else:
        values = next(iter(result.files.values())).tally.values()
        cells = {name: values.get(name) for name in _COLUMNS[result.suite]}
    own = Row(model, cells, result.averages()["tasks"], published=False, remark=f"scoring {result.mode}")
    return sorted([*rows, own], key=lambda row: -row.mean)


def render_leaderboard(rows: Sequence[Row], suite: str) -> str:
    """Return the table as text; published figures carry a "p"."""
    names = _COLUMNS[suite]
    width = max(len(row.model) for row in rows) + 2
    lines = [f"{'':<{width}}{'mean':>8}" + "".join(f"{name:>12}" for name in names)]
    for row in rows:
        cells = "".join(f"{'-' if v is None else format(v, '.2f'):>12}" for v in row.cells.values())
        mark = " p" if row.published else " *"
        lines.append(f"{row.model:<{width}}{row.mean:8.2f}{cells}{mark} {row.remark}".rstrip())
    notes = ["p: printed in arXiv 2511.07070, Table 1; *: scored here", *NOTES[suite]]
    return "\n".join([*lines, *(f"note: {note}" for note in notes)])
