"""Dumps as they are found: odd encodings, broken tables, files of unusual shape."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from redone.errors import UserError
from redone.sources.ingest import IngestSettings, Quarantine, Reader, ingest
from redone.sources.ingest.encodings import guess_encoding
from redone.sources.ingest.faults import Row
from redone.sources.ingest.guess import guess_folder
from redone.sources.ingest.reading import Reading
from redone.sources.ingest.steps.models import Entities
from redone.sources.ingest.steps.row import apply_row
from redone.sources.ingest.values import id_in, moment_in, number_in

ZH = "今天的咖啡很好喝，我们下次还来，大家都说不错"
TW = "今天的咖啡很好喝，我們下次還來，大家都說不錯"


def read(root: Path, name: str, **reading: object) -> tuple[list[Row], Quarantine]:
    with Quarantine(None, 1.0) as quarantine:
        settings = IngestSettings(reading=Reading.model_validate(reading))
        rows = list(Reader(root, quarantine, "toy", settings).rows(name))
    return rows, quarantine


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("gb18030", ZH),
        ("big5", TW),
        ("utf-16-le", ZH),
        ("utf-16-be", "plain words"),
        ("cp1252", "déjà vu in a café"),
    ],
)
def test_an_encoding_is_told_by_its_bytes_and_remarked(tmp_path: Path, encoding: str, text: str) -> None:
    lines = ["id\ttext", *(f"{n}\t{text} {n}" for n in range(60))]
    raw = "\n".join(lines).encode(encoding)
    (tmp_path / "a.tsv").write_bytes(raw)
    assert guess_encoding(tmp_path / "a.tsv") == encoding
    rows, quarantine = read(tmp_path, "a.tsv")
    assert rows[59].values["text"] == f"{text} 59"
    assert quarantine.reasons == {"read in another encoding": 1}
    assert quarantine.shares() == {"toy": (0, 60)}


def test_one_damaged_line_does_not_change_what_a_file_is(tmp_path: Path) -> None:
    lines = [f"{n},{ZH}".encode("gb18030") for n in range(80)]
    lines[40] = b"40,\xff\xfe\x81 broken"
    (tmp_path / "a.csv").write_bytes(b"id,text\n" + b"\n".join(lines))
    rows, quarantine = read(tmp_path, "a.csv")
    assert len(rows) == 79
    assert quarantine.reasons["invalid UTF-8"] == 1


def test_an_open_quote_costs_its_own_line_only(tmp_path: Path) -> None:
    text = 'id,text\n1,"two\nlines"\n2,"never closed\n' + "".join(f"{n},row {n}\n" for n in range(3, 500))
    (tmp_path / "a.csv").write_text(text + '500,"closed, at last"\n')
    rows, quarantine = read(tmp_path, "a.csv")
    assert [row.values["id"] for row in rows] == ["1", *map(str, range(3, 501))]
    assert rows[0].values["text"] == "two\nlines"
    assert quarantine.reasons == {"quote never closed": 1}


def test_fields_apart_by_several_characters(tmp_path: Path) -> None:
    (tmp_path / "a.dat").write_text("1::Heat (1995)::Action\n2::Léon::Drama\n", encoding="utf-8")
    rows, _ = read(tmp_path, "a.dat", format="csv", delimiter="::", columns=["id", "title", "kind"])
    assert rows[1].values == {"id": "2", "title": "Léon", "kind": "Drama"}


def test_two_files_line_by_line(tmp_path: Path) -> None:
    (tmp_path / "a.zh").write_text("你好\n再见\n", encoding="utf-8")
    (tmp_path / "a.en").write_text("hello\ngoodbye\n", encoding="utf-8")
    rows, _ = read(tmp_path, "a.zh", format="aligned", columns=["zh", "en"])
    assert [row.values for row in rows] == [{"zh": "你好", "en": "hello"}, {"zh": "再见", "en": "goodbye"}]
    (tmp_path / "a.en").write_text("hello\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"'a\.zh' goes on after line 1"):
        read(tmp_path, "a.zh", format="aligned", columns=["zh", "en"])
    with pytest.raises(UserError, match=r"there is no 'a\.de'"):
        read(tmp_path, "a.zh", format="aligned", columns=["zh", "de"])


def test_json_tables_by_column_and_rows_under_names(tmp_path: Path) -> None:
    want = [{"text": "a", "label": 1}, {"text": "b", "label": 0}]
    by_column = {"text": {"0": "a", "1": "b"}, "label": {"0": 1, "1": 0}}
    (tmp_path / "a.json").write_text(json.dumps(by_column))
    split = {"columns": ["text", "label"], "index": [0, 1], "data": [["a", 1], ["b", 0]]}
    (tmp_path / "b.json").write_text(json.dumps(split))
    assert [row.values for row in read(tmp_path, "a.json", rows="*")[0]] == want
    assert [row.values for row in read(tmp_path, "b.json", rows="data")[0]] == want


def test_odd_parquet_columns_do_not_cost_the_row(tmp_path: Path) -> None:
    moment = pa.array([1_700_000_000_123_456_789], pa.timestamp("ns", tz="Asia/Shanghai"))
    table = pa.table(
        {
            "text": ["hello"], "when": moment, "blob": [b"\x89PNG\xff"], "old": [b"bytes of text"],
            "took": pa.array([datetime.timedelta(seconds=3)]), "nothing": pa.nulls(1),
            "of": pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())),
        }
    )  # fmt: skip
    pq.write_table(table, tmp_path / "a.parquet")
    rows, quarantine = read(tmp_path, "a.parquet")
    values = rows[0].values
    assert (values["text"], values["blob"], values["old"], values["nothing"]) == (
        "hello", None, "bytes of text", None
    )  # fmt: skip
    assert values["when"].startswith("2023-11-15T06:13:20")
    assert not quarantine.reasons


def test_numbers_ids_and_times_as_platforms_write_them() -> None:
    assert [number_in(t) for t in ("12", "1,200", "1.2万", "3w+", "2.5k", "-.5", "1e3")] == [
        12, 1200, 12000, 30000, 2500, -0.5, 1000
    ]  # fmt: skip
    assert [number_in(t) for t in ("", "4,5", "nan", "1e999", "12 apples", "万")] == [None] * 6
    assert [id_in(t) for t in ("77.0", "77", "7.5", "v1.0")] == ["77", "77", "7.5", "v1.0"]
    day = datetime.datetime(2026, 5, 1, 10, 30, tzinfo=datetime.UTC).timestamp()
    forms = (
        "2026-05-01 10:30:00", "2026-05-01T10:30:00+08:00", "2026/5/1 10:30", "2026年5月1日 10:30",
        "Fri May 01 10:30:00 PDT 2026", "Fri May 01 10:30:00 +0000 2026", "5/1/2026 10:30:00 AM",
        int(day), f"{int(day)}000", day * 1e6,
    )  # fmt: skip
    assert [moment_in(form) for form in forms] == [day] * len(forms)
    assert [moment_in(form) for form in ("01/02/2026", "yesterday", "", "17")] == [None] * 4


@pytest.mark.parametrize("tags", ["B M E O S", "B I I O B", "B I L O U", "B I E O S"])
def test_entities_of_every_scheme_of_tags(tags: str) -> None:
    marked = [tag if tag == "O" else f"{tag}-PER" for tag in tags.split()]
    step = Entities(do="entities", tokens="t", tags="g", glue="", into="names")
    row = apply_row(step, Row("f", 1, {"t": ["韩", "梅", "梅", "和", "李"], "g": marked}))
    assert row.values["names"] == ["韩梅梅", "李"]


def test_a_log_is_put_in_order_by_time_as_text(tmp_path: Path) -> None:
    days = [(n * 7) % 9 + 1 for n in range(9)]
    rows = "".join(f"u{n % 30},p{days[n % 9]},2026年5月{days[n % 9]}日 10:0{n % 9}\n" for n in range(270))
    (tmp_path / "log.csv").write_text("user,place,time\n" + rows, encoding="utf-8")
    (tmp_path / "m.yaml").write_text(
        "set: log\nlicence: x\nfiles: {all: log.csv}\nsplit: {by: user}\nprepare:\n"
        "  - {do: group, by: [user], order: time, collect: {places: place}}\n"
        "tasks:\n  - id: log_first\n    capability: behaviour\n"
        '    prompts: {en: ["{user} {all}?", "{user}: {all}?"]}\n'
        "    prepare: [{do: join, column: places, by: ' ', into: all}, {do: first, column: places, into: one}]\n"
        "    answer: {column: one, form: text}\n"
    )
    ((_, parts),) = ingest([tmp_path / "m.yaml"], tmp_path, None).tasks
    for example in parts["train"]:
        places = [int(word[1:]) for word in example.messages[0].content.rstrip("?").split()[1:]]
        assert places == sorted(places)


def squad(path: Path, count: int, first: int) -> None:
    asked = [
        {
            "title": f"T{n}",
            "paragraphs": [
                {
                    "context": f"In {1900 + n} the first lamp was sold in Oslo for {n} coins.",
                    "qas": [
                        {"question": f"Where in {1900 + n}?", "answers": [{"text": "Oslo", "answer_start": 34}]},
                        {"question": f"Why in {n}?", "answers": []},
                    ],
                }
            ],
        }
        for n in range(first, first + count)
    ]  # fmt: skip
    path.write_text(json.dumps({"version": "2", "data": asked}))


def test_shapes_that_init_knows(tmp_path: Path) -> None:
    root = tmp_path / "dumps"
    root.mkdir()
    squad(root / "train-v2.json", 60, 0)
    squad(root / "dev-v2.json", 20, 60)
    turns = "".join(
        f"S{n // 3},{'客户' if n % 3 != 1 else '客服'},我的第{n}件包裹什么时候能到呢,2026/05/01 0{n % 3}:00\n"
        for n in range(180)
    )
    (root / "service.csv").write_text("会话ID,角色,消息内容,发送时间\n" + turns, encoding="utf-8-sig")
    (root / "pair.zh").write_text("".join(f"我买了{n}个面包，很开心\n" for n in range(80)), encoding="utf-8")
    (root / "pair.en").write_text("".join(f"I bought {n} breads and am happy\n" for n in range(80)))
    items = [{"desc": f"a post about things {n}", "topic": "ab"[n % 2]} for n in range(80)]
    (root / "page.json").write_text(json.dumps({"code": 0, "result": {"items": items}}))
    (root / "runs.tsv").write_text("".join(f"d{n}\ta short text number {n}\n" for n in range(30)))
    (root / "cut.jsonl.gz").write_bytes(b"\x1f\x8b\x08\x00broken")
    (root / "bytes.parquet").write_bytes(b"PAR1 nothing")
    (root / "twice.csv").write_text(
        "id,text,text,label\n" + "".join(f"{n},a post {n},x,yes\n" for n in range(30))
    )
    found = {one.name: one for one in guess_folder(root).sets}
    assert found["v"].tasks == ("v_question",)
    assert found["service"].tasks == ("service_next_turn",)
    assert found["pair"].tasks == ("pair_to_zh", "pair_to_en")
    assert found["page"].tasks == ("page_topic",)
    assert "rows: result.items" in found["page"].text
    assert "columns: [column_1, column_2]" in found["runs"].skeleton
    assert "half-written" in found["cut"].doubts[0]
    assert "no whole Parquet file" in found["bytes"].doubts[0]
    assert "a column name is empty or repeated" in found["twice"].doubts[0]
    for name in ("v", "service", "pair", "page"):
        path = tmp_path / f"{name}.yaml"
        path.write_text(found[name].text, encoding="utf-8")
        for _, parts in ingest([path], root, None, None, IngestSettings()).tasks:
            assert parts["train"]
            assert parts["test"] or parts["dev"]


def test_a_table_of_another_form_is_looked_up_and_mapped(tmp_path: Path) -> None:
    (tmp_path / "qrels.txt").write_text("".join(f"{n % 40} 0 d{n} {n % 2}\n" for n in range(200)))
    (tmp_path / "queries.tsv").write_text("".join(f"{n}.0\twhere to eat {n}\n" for n in range(40)))
    (tmp_path / "docs.jsonl").write_text(
        "".join(json.dumps({"id": f"d{n}", "t": f"a place {n}"}) + "\n" for n in range(200))
    )
    (tmp_path / "m.yaml").write_text("""
set: trec
licence: x
files: {all: qrels.txt}
reading: {format: csv, delimiter: " ", columns: [qid, zero, doc, level]}
split: {by: qid}
prepare:
  - {do: lookup, files: queries.tsv, reading: {columns: [qid, query]}, key: [qid], match: [qid], take: {query: query}}
  - {do: lookup, files: docs.jsonl, reading: {}, key: [id], match: [doc], take: {text: t}}
tasks:
  - id: trec_fits
    capability: matching
    prompts: {en: ["{query}\\n{text}\\n({labels}):", "{labels}? {query}\\n{text}"]}
    answer: {column: level, form: label, labels: {0: "no", 1: "yes"}}
""")
    found = ingest([tmp_path / "m.yaml"], tmp_path, tmp_path / "q.jsonl")
    assert sum(map(len, found.tasks[0][1].values())) == 200
    assert not found.quarantined


def test_lines_of_two_encodings_in_one_file(tmp_path: Path) -> None:
    for name, encoding, text in (("a", "cp1252", "déjà vu in a café"), ("b", "gb18030", ZH)):
        lines = [f"{n},{text}".encode("utf-8" if n % 3 == 0 else encoding) for n in range(90)]
        (tmp_path / f"{name}.csv").write_bytes(b"id,text\n" + b"\n".join(lines))
        rows, quarantine = read(tmp_path, f"{name}.csv")
        assert {row.values["text"] for row in rows} == {text}
        assert len(rows) == 90
        assert quarantine.reasons == {"read in another encoding": 1}


def test_chinese_with_zeros_on_both_sides_is_still_utf_16(tmp_path: Path) -> None:
    text = "id,text\n" + "\n".join(f"{n},味道一般，第一次来，一个人一天" for n in range(60))
    for encoding in ("utf-16-le", "utf-16-be"):
        (tmp_path / "a.csv").write_bytes(text.encode(encoding))
        assert guess_encoding(tmp_path / "a.csv") == encoding
        assert guess_folder(tmp_path).sets[0].columns
    (tmp_path / "a.csv").write_bytes(bytes(range(256)) * 8 + b"\x00\x00\x01\x00" * 200)
    assert guess_encoding(tmp_path / "a.csv") == "utf-8"


def test_lines_that_end_with_a_carriage_return_alone(tmp_path: Path) -> None:
    text = "id,text,mood\r" + "\r".join(
        f"{n},words of day {n},{'good' if n % 2 else 'bad'}" for n in range(90)
    )
    (tmp_path / "a.csv").write_bytes(text.encode())
    rows, quarantine = read(tmp_path, "a.csv")
    assert (len(rows), quarantine.total) == (90, 0)
    assert guess_folder(tmp_path).sets[0].tasks == ("a_mood",)


def test_a_spreadsheets_line_about_fields_is_obeyed(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("sep=;\nid;text\n" + "".join(f"{n};one, two, {n}\n" for n in range(20)))
    rows, _ = read(tmp_path, "a.csv")
    assert rows[7].values == {"id": "7", "text": "one, two, 7"}
    assert "columns: id, text" in guess_folder(tmp_path).sets[0].doubts[-1]


def test_a_field_longer_than_the_table_reader_likes(tmp_path: Path) -> None:
    long, lines = "a," * 100_000, "b\n" * 300
    (tmp_path / "a.csv").write_text(f'id,text\n1,"{long}"\n2,"{lines}"\n3,short\n')
    rows, quarantine = read(tmp_path, "a.csv")
    assert len(rows[0].values["text"]) == 200_000
    assert quarantine.reasons["quote never closed"] == 2  # its first line and its last


def test_numbers_against_the_standard_are_no_value(tmp_path: Path) -> None:
    lines = [
        '{"id": "1", "score": NaN, "n": 12}',
        '{"id": "2", "score": 1e999, "n": -Infinity}',
        '{"id": NaN',
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    rows, quarantine = read(tmp_path, "a.jsonl")
    assert [row.values for row in rows] == [
        {"id": "1", "score": None, "n": 12},
        {"id": "2", "score": None, "n": None},
    ]
    assert quarantine.reasons == {"invalid JSON": 1}


def test_a_faulty_header_is_not_taken_for_a_row(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "id,text,text,\n" + "".join(f"{n},words of {n},again,x\n" for n in range(30))
    )
    (found,) = guess_folder(tmp_path).sets
    assert "empty or repeated" in found.doubts[0]


def test_a_pointer_instead_of_the_data_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12\n")
    with pytest.raises(UserError, match="pointer of Git LFS"):
        read(tmp_path, "a.jsonl")
