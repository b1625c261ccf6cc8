from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from redone.sources.ingest import IngestSettings, Quarantine, Reader
from redone.sources.ingest.faults import Row, RowFault
from redone.sources.ingest.steps.models import RowStep, Step
from redone.sources.ingest.steps.row import apply_row
from redone.sources.ingest.steps.stream import apply_step

ROW_CASES: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ({"do": "join", "column": "a", "by": "", "into": "t"}, {"a": ["x", 2]}, {"t": "x2"}),
    ({"do": "split", "column": "a", "at": ";", "into": "t"}, {"a": "x; y;"}, {"t": ["x", "y"]}),
    ({"do": "cut", "column": "a", "characters": 12}, {"a": "one two three"}, {"a": "one two..."}),
    ({"do": "replace", "column": "a", "find": "x/", "into": "t"}, {"a": "x/y"}, {"t": "y"}),
    (
        {"do": "compact", "column": "a"},
        {"a": "\u6211 \u7231 new york \u554a"},
        {"a": "\u6211\u7231new york\u554a"},
    ),
    ({"do": "compact", "column": "a", "spaces": "every"}, {"a": ["S E", "b"]}, {"a": ["SE", "b"]}),
    (
        {"do": "detokenise", "column": "a"},
        {"a": "i don 't know , she 's ( here ) ."},
        {"a": "i don't know, she's (here)."},
    ),
    (
        {"do": "bins", "column": "a", "edges": [1, 3], "names": ["l", "m", "h"], "into": "t"},
        {"a": "3"},
        {"t": "h"},
    ),
    (
        {"do": "entities", "tokens": "w", "tags": "g", "typed": True, "kinds": {"P": "person"}, "into": "t"},
        {"w": ["Al", "B", "in", "Rome", "Al", "B"], "g": ["B-P", "I-P", "O", "B-L", "B-P", "I-P"]},
        {"t": ["Al B = person"]},
    ),
    (
        {"do": "spans", "text": "a", "offsets": "o", "into": "t"},
        {"a": "bad, bad fool", "o": [0, 1, 2, 9, 10, 11, 12]},
        {"t": ["bad", "fool"]},
    ),
    (
        {"do": "last", "column": "a", "into": "t", "rest": "r", "keep": 2, "speakers": ["A", "B"]},
        {"a": ["1", "2", "3", "4"]},
        {"t": "4", "r": "B: 2\nA: 3"},
    ),
    (
        {"do": "partition", "column": "a", "by": "b", "inside": "i", "outside": "o"},
        {"a": [1, 2, 3], "b": [2]},
        {"i": ["2"], "o": ["1", "3"]},
    ),
    ({"do": "first", "column": "a", "into": "t"}, {"a": ["x", "y"]}, {"t": "x"}),
]


@pytest.mark.parametrize(("step", "before", "after"), ROW_CASES, ids=[case[0]["do"] for case in ROW_CASES])
def test_row_steps(step: dict[str, Any], before: dict[str, Any], after: dict[str, Any]) -> None:
    done = apply_row(TypeAdapter(RowStep).validate_python(step), Row("f", 1, before))
    assert done.values == {**before, **after}
    with pytest.raises(RowFault):
        apply_row(TypeAdapter(RowStep).validate_python(step), Row("f", 1, {}))


@pytest.mark.parametrize(
    ("step", "values"),
    [
        ({"do": "spans", "text": "a", "offsets": "o", "into": "t"}, {"a": "short", "o": [99]}),
        ({"do": "entities", "tokens": "w", "tags": "g", "into": "t"}, {"w": ["a"], "g": ["O", "O"]}),
        ({"do": "first", "column": "a", "into": "t"}, {"a": []}),
        ({"do": "last", "column": "a", "into": "t", "rest": "r"}, {"a": ["alone"]}),
        ({"do": "bins", "column": "a", "edges": [1], "names": ["l", "h"], "into": "t"}, {"a": "many"}),
    ],
)
def test_a_row_that_does_not_fit_a_step_is_a_fault(step: dict[str, Any], values: dict[str, Any]) -> None:
    with pytest.raises(RowFault):
        apply_row(TypeAdapter(RowStep).validate_python(step), Row("f", 1, values))


def run(
    folder: Path, step: dict[str, Any], rows: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], Quarantine]:
    with Quarantine(None, 1.0) as quarantine:
        reader = Reader(folder, quarantine, "toy", IngestSettings())
        source = (Row("f", i, values) for i, values in enumerate(rows, 1))
        done = apply_step(TypeAdapter(Step).validate_python(step), source, reader)
        return [row.values for row in done], quarantine


def test_lookup_joins_one_or_many_and_lists_what_has_no_partner(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("k,v\n1,one\n1,uno\n", encoding="utf-8")
    step = {"do": "lookup", "files": "t.csv", "key": ["k"], "match": ["id"], "take": {"word": "v"}}
    done, quarantine = run(tmp_path, step, [{"id": [1, 5]}, {"id": "2"}])
    assert done == [{"id": [1, 5], "word": "one"}]
    assert quarantine.reasons == {"names an unknown record": 1}
    done, _ = run(tmp_path, {**step, "many": True}, [{"id": 1}, {"id": 2}])
    assert [row["word"] for row in done] == [["one", "uno"], []]


def test_group_sorts_numbers_as_numbers_and_keeps_the_last(tmp_path: Path) -> None:
    step = {"do": "group", "by": ["u"], "order": "t", "keep": 2, "collect": {"items": "i"}}
    rows = [
        {"u": 1, "t": "10", "i": "c"},
        {"u": 1, "t": "9", "i": "b"},
        {"u": 1, "t": "1", "i": "a"},
        {"u": 2, "i": "x"},
    ]
    done, quarantine = run(tmp_path, step, rows)
    assert done == [{"u": "1", "items": ["b", "c"]}]
    assert quarantine.reasons == {"missing field": 1}


def test_history_ends_at_the_border_of_a_dialogue(tmp_path: Path) -> None:
    step = {"do": "history", "by": "d", "line": "{s}: {t}", "size": 1, "into": "before"}
    rows = [{"d": "1", "s": "A", "t": "hi"}, {"d": "1", "s": "B", "t": "yo"}, {"d": "2", "s": "A", "t": "so"}]
    done, _ = run(tmp_path, step, rows)
    assert [row["before"] for row in done] == ["", "A: hi", ""]


def test_pairs_need_a_clear_difference(tmp_path: Path) -> None:
    step = {"do": "pair", "by": "g", "order": "n", "ratio": 2}
    done, _ = run(tmp_path, step, [{"g": "x", "n": n} for n in (10, 30, 10, 11)])
    assert [(row["a_n"], row["b_n"], row["larger"]) for row in done] == [(10, 30, "B")]
