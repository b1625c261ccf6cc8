import re
from datetime import date

import polars as pl
import pytest

from redone.errors import UserError
from redone.experiment import COLUMNS, read_log, write_log


def rows(**changes):
    plain = {
        "unit": ["a", "b"],
        "arm": ["control", "treatment"],
        "day": [date(2026, 3, 2)] * 2,
        "phase": ["during"] * 2,
        "clicked": [True, None],
        "value": [1.5, 2.0],
    }
    return pl.DataFrame(plain | changes)


def test_a_log_is_written_and_read_back(tmp_path):
    path = tmp_path / "log.parquet"
    write_log(path, rows())
    assert read_log(path, ["clicked", "value"]).equals(rows())
    assert [p.name for p in tmp_path.iterdir()] == ["log.parquet"]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (rows().drop("unit"), "column 'unit' is missing"),
        (rows(unit=["a", None]), "row 1: column 'unit' is None"),
        (rows(unit=["a", ""]), "row 1: column 'unit' is ''"),
        (rows(phase=["during", "after"]), "row 1: column 'phase' is 'after'"),
        (rows(day=["2026-03-02"] * 2), "column 'day' holds String, not date"),
        (rows(clicked=[1, 0]), "column 'clicked' holds Int64, not bool"),
        (rows(value=[1.0, float("nan")]), "row 1: column 'value' is nan"),
        (rows(value=[1.0, -1e200]), "row 1: column 'value' is -1e+200"),
        (rows(value=[float("inf"), 1.0]), "row 0: column 'value' is inf"),
        (rows(own=["x", "y"]), "column 'own' holds String"),
        (rows().clear(), "no rows"),
    ],
)
def test_a_wrong_log_is_refused_by_column_and_row(tmp_path, frame, message):
    path = tmp_path / "log.parquet"
    frame.write_parquet(path)
    with pytest.raises(UserError, match=re.escape(message)):
        read_log(path, ["clicked", "value"] + (["own"] if "own" in frame.columns else []))


def test_what_is_no_parquet_is_said_so(tmp_path):
    with pytest.raises(UserError, match="does not exist"):
        read_log(tmp_path / "none.parquet")
    (tmp_path / "text.parquet").write_text("unit,arm\n")
    with pytest.raises(UserError, match="cannot be read as Parquet"):
        read_log(tmp_path / "text.parquet")


def test_whole_numbers_are_numbers(tmp_path):
    path = tmp_path / "log.parquet"
    rows(value=[1, 2]).write_parquet(path)
    assert read_log(path, ["value"])["value"].dtype == pl.Float64


def test_every_column_has_a_meaning():
    assert all(column.meaning for column in COLUMNS)
