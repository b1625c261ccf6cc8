"""Dumps of unlike shape: encodings, delimiters, nested objects, token columns, one JSON document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from redone.errors import UserError
from redone.sources.ingest import IngestSettings, Quarantine, Reader, ingest
from redone.sources.ingest.faults import Row, RowFault
from redone.sources.ingest.reading import Reading
from redone.sources.ingest.steps import shape_models as shape
from redone.sources.ingest.steps.models import Entities, Spans
from redone.sources.ingest.steps.row import apply_row


def rows(folder: Path, name: str, content: bytes, **reading: Any) -> list[dict[str, Any]]:
    (folder / name).write_bytes(content)
    settings = IngestSettings(reading=Reading(**reading))
    return [row.values for row in Reader(folder, Quarantine(None), "s", settings).rows(name)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_table_with_chinese_headers_is_read_in_its_encoding(tmp_path: Path, encoding: str) -> None:
    text = "编号;内容;标签\r\n" + "".join(f'{n};"今天天气不错；去了公园，很开心";积极\r\n' for n in range(9))
    found = rows(tmp_path, "a.csv", text.encode(encoding), delimiter=";")
    assert found[8] == {"编号": "8", "内容": "今天天气不错；去了公园，很开心", "标签": "积极"}


def test_an_encoding_that_is_named_is_used(tmp_path: Path) -> None:
    assert rows(tmp_path, "a.csv", "t\ncafé\n".encode("latin-1"), encoding="latin-1") == [{"t": "café"}]


def test_a_table_without_header_and_with_plain_quotes(tmp_path: Path) -> None:
    found = rows(
        tmp_path, "a.txt", b'1\t"so what\n0\tfine\n', format="tsv", columns=["mood", "text"], quote=""
    )
    assert found == [{"mood": "1", "text": '"so what'}, {"mood": "0", "text": "fine"}]


def test_lines_and_token_columns(tmp_path: Path) -> None:
    assert rows(tmp_path, "a.txt", b"one\n\ntwo\n", format="lines") == [{"line": "one"}, {"line": "two"}]
    conll = b"# id 1\nAnna\tB-PER\nlacht\tO\n\nBonn\tB-LOC\n"
    assert rows(tmp_path, "b.conll", conll, format="conll") == [
        {"tokens": ["Anna", "lacht"], "tags": ["B-PER", "O"]},
        {"tokens": ["Bonn"], "tags": ["B-LOC"]},
    ]
    named = rows(tmp_path, "c.txt", b"a x B-P\nb y O\n", format="conll", columns=["word", "-", "tag"])
    assert named == [{"word": ["a", "b"], "tag": ["B-P", "O"]}]


def test_a_torn_sentence_costs_one_row(tmp_path: Path) -> None:
    (tmp_path / "a.conll").write_bytes(b"a O\nb\n\nc O\n")
    quarantine = Quarantine(None)
    reader = Reader(tmp_path, quarantine, "s", IngestSettings(reading=Reading(format="conll")))
    assert [row.values["tokens"] for row in reader.rows("a.conll")] == [["c"]]
    assert quarantine.reasons == {"wrong number of fields": 1}


def test_rows_inside_one_json_document(tmp_path: Path) -> None:
    document = json.dumps({"meta": 1, "result": {"items": [{"a": 1}, 2, {"a": 3}]}}).encode()
    assert rows(tmp_path, "a.json", document, rows="result.items") == [{"a": 1}, {"a": 3}]
    assert rows(tmp_path, "b.json", b'{"x": {"a": 1}}', rows="*") == [{"key": "x", "a": 1}]
    with pytest.raises(UserError, match=r"nothing at 'data'; there is meta, result"):
        rows(tmp_path, "a.json", document, rows="data")


def test_a_place_inside_a_column_is_a_column() -> None:
    row = Row("f", 1, {"user": {"name": "Li"}, "turns": [{"t": "a"}, {"t": "b"}], "a.b": "plain"})
    assert (row.text("user.name"), row.text("turns.1.t"), row.text("a.b")) == ("Li", "b", "plain")
    assert row.get("user.age") is row.get("turns.7.t") is row.get("turns.x") is None
    with pytest.raises(RowFault, match=r"'user\.age' is absent"):
        row.take("user.age")


def one(step: Any, **values: Any) -> dict[str, Any]:
    return apply_row(step, Row("f", 1, values)).values


def test_steps_that_bring_columns_into_shape() -> None:
    assert one(shape.Take(do="take", column="a.b", default="none", into="c"), a={})["c"] == "none"
    assert one(shape.Json(do="json", column="a"), a='["x", 1]')["a"] == ["x", 1]
    cut = shape.Part(do="part", column="a", at=" ", most=1, number=1, into="b")
    assert one(cut, a="__label__1 good day all")["b"] == "good day all"
    text = shape.Compose(do="compose", text="{title}\n{body}", into="text")
    assert one(text, title="T", body=None)["text"] == "T"
    best = shape.Pick(do="pick", column="a", key="t", only={"best": "true"}, into="b")
    assert one(best, a=[{"t": "x", "best": True}, {"t": "y", "best": False}])["b"] == ["x"]


def test_turns_end_with_the_speaker_that_answers() -> None:
    step = shape.Turns(
        do="turns", column="d", text="value", speaker="from", by="gpt", names={"human": "A", "gpt": "B"},
        into="answer", rest="before", who="name",
    )  # fmt: skip
    said = [("human", "hi"), ("gpt", "hello"), ("human", "bye"), ("gpt", "see you"), ("human", "...")]
    found = one(step, d=[{"from": who, "value": text} for who, text in said])
    assert found["answer"] == "see you"
    assert found["before"] == "A: hi\nB: hello\nA: bye"
    assert found["name"] == "B"
    with pytest.raises(RowFault, match="has 0 turns up to one by 'gpt'"):
        one(step, d=[{"from": "human", "value": "hi"}])


@pytest.mark.parametrize(
    ("offsets", "names"),
    [
        ([0, 1, 2, 3, 8, 9, 10], ["Anna", "Ben"]),
        ([[0, 4], [8, 11]], ["Anna", "Ben"]),
        ([[0, 4, "PER"], [5, 7, "W"], [8, 11, "PER"]], ["Anna", "Ben"]),
        ([{"start": 8, "end": 11, "label": "PER"}, {"start": 5, "end": 7, "label": "W"}], ["Ben"]),
    ],
)
def test_offsets_in_all_usual_forms(offsets: list[Any], names: list[str]) -> None:
    kinds = {} if not isinstance(offsets[0], dict) and len(str(offsets[0])) < 8 else {"PER": "person"}
    step = Spans(do="spans", text="t", offsets="o", kinds=kinds, into="n")
    assert one(step, t="Anna or Ben", o=offsets)["n"] == names


def test_tags_that_are_numbers() -> None:
    step = Entities(
        do="entities", names=("O", "B-PER", "I-PER"), kinds={"PER": "person"}, typed=True, into="n"
    )
    assert one(step, tokens=["Li", "Na", "ran"], ner_tags=[1, 2, 0])["n"] == ["Li Na = person"]
    with pytest.raises(RowFault, match="tag '7' is no number below 3"):
        one(step, tokens=["Li"], ner_tags=[7])


NESTED = """
set: forum
licence: made for this test
files: {all: threads.jsonl}
columns: {thread: meta.id, author: meta.user.name}
split: {by: thread, test: 0.3}
prepare:
  - {do: unfold, column: posts, into: post}
  - {do: take, column: post.text, into: text}
tasks:
  - id: forum_useful
    capability: understanding
    prompts: {en: ["{author}: {text}\\nUseful ({labels}):", "Useful, {labels}?\\n{text}"]}
    answer: {column: post.useful, form: label, labels: {true: "yes", false: "no"}}
"""


def test_nested_threads_become_examples_of_their_own(tmp_path: Path) -> None:
    threads = [
        {"meta": {"id": n, "user": {"name": f"u{n}"}},
         "posts": [{"text": f"text {n} {i}", "useful": i == 0} for i in range(3)]}
        for n in range(40)
    ]  # fmt: skip
    (tmp_path / "threads.jsonl").write_text("\n".join(map(json.dumps, threads)), encoding="utf-8")
    (tmp_path / "m.yaml").write_text(NESTED, encoding="utf-8")
    ((_, parts),) = ingest([tmp_path / "m.yaml"], None, None).tasks
    examples = [example for part in parts.values() for example in part]
    assert len(examples) == len({example.id for example in examples}) == 120
    assert {example.references for example in examples} == {("yes",), ("no",)}
    units = {split: {unit for e in part for unit in e.units} for split, part in parts.items()}
    assert not units["train"] & units["test"]


def test_truth_values_in_conditions_are_those_of_the_rows() -> None:
    given = {"do": "pick", "column": "answers", "key": "text", "only": {"accepted": True}, "into": "best"}
    step = shape.Pick.model_validate(given)
    row = Row("a", 1, {"answers": [{"text": "a", "accepted": True}, {"text": "b", "accepted": False}]})
    assert apply_row(step, row).values["best"] == ["a"]
