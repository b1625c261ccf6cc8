import gzip
import json

import pytest

from redone.bench.predictions import read_predictions
from redone.errors import UserError

SIZES = {"Note-CHLW": 2, "Note-NER": 1}
GOOD = [
    {"file": "Note-CHLW", "index": 0, "output": "[]"},
    {"file": "Note-CHLW", "index": 1, "output": ""},
    {"file": "Note-NER", "index": 0, "output": "a"},
]


def test_outputs_come_back_by_file_and_index(tmp_path, lines) -> None:
    found = read_predictions(lines(tmp_path / "p.jsonl", reversed(GOOD)), SIZES)
    assert found == {"Note-CHLW": {0: "[]", 1: ""}, "Note-NER": {0: "a"}}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"file": "Note-CHLV", "index": 0, "output": ""}, "'Note-CHLW'"),
        ({"file": "Note-CHLW", "index": 2, "output": ""}, "has items 0 to 1"),
        ({"file": "Note-CHLW", "index": -1, "output": ""}, "index -1"),
        ({"file": "Note-CHLW", "index": True, "output": ""}, "index True"),
        ({"file": "Note-CHLW", "index": "0", "output": ""}, "index '0'"),
        ({"file": "Note-CHLW", "index": 0, "output": ""}, "again (first on line 1)"),
        ({"file": "Note-CHLW", "index": 0, "output": None}, "output None"),
        ({"file": "Note-CHLW", "index": 0, "output": 3}, "output 3"),
        ({"file": "Note-CHLW", "index": 0}, "no 'output'"),
        ({"file": ["x"], "index": 0, "output": ""}, "file ['x']"),
        ([1], "is no object"),
    ],
)
def test_a_wrong_row_is_named_by_its_line(row, said, tmp_path, lines) -> None:
    path = lines(tmp_path / "p.jsonl", [*GOOD, row])
    with pytest.raises(UserError, match="line 4") as error:
        read_predictions(path, SIZES)
    assert said in str(error.value)


def test_missing_items_are_named(tmp_path, lines) -> None:
    with pytest.raises(UserError, match="1 of 3 items have no line: Note-CHLW 1"):
        read_predictions(lines(tmp_path / "p.jsonl", [GOOD[0], GOOD[2]]), SIZES)


def test_an_item_without_an_answer_says_why(tmp_path, lines) -> None:
    rows = [*GOOD[:2], {"file": "Note-NER", "index": 0, "output": None, "problem": "timed out"}]
    assert read_predictions(lines(tmp_path / "p.jsonl", rows), SIZES)["Note-NER"] == {0: None}


def test_other_files_of_the_suite_are_passed_over(tmp_path, lines) -> None:
    path = lines(tmp_path / "p.jsonl", GOOD)
    assert set(read_predictions(path, {"Note-NER": 1}, ["Note-CHLW"])) == {"Note-NER"}


@pytest.mark.parametrize(
    ("line", "said"),
    [(b"\xff\xfe{}", "not UTF-8"), (b"{", "not JSON"), (b"[" * 100_000, "not JSON"), (b"\x00", "not JSON")],
)
def test_damaged_lines_are_named(line, said, tmp_path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(GOOD[0]).encode() + b"\r\n\n" + line + b"\n")
    with pytest.raises(UserError, match="line 3") as error:
        read_predictions(path, SIZES)
    assert said in str(error.value)


def test_lone_surrogates_are_taken(tmp_path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text('{"file": "Note-NER", "index": 0, "output": "\\ud83d"}\n')
    assert read_predictions(path, {"Note-NER": 1}) == {"Note-NER": {0: "\ud83d"}}


def test_no_such_file_is_the_users_mistake(tmp_path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        read_predictions(tmp_path / "none.jsonl", SIZES)


def test_a_compressed_file_is_read_as_well(tmp_path) -> None:
    path = tmp_path / "p.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, GOOD)).encode()))
    assert read_predictions(path, SIZES)["Note-NER"] == {0: "a"}
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(UserError, match="cannot be read"):
        read_predictions(path, SIZES)
