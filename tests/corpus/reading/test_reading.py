"""Dumps as found: what cannot be used is in the quarantine with file, line and reason; nothing else is lost."""

import gzip
import json
import random
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redone.corpus.guessing import guess_sources
from redone.corpus.reading import (
    check_shares,
    plan_from_json,
    plan_shards,
    plan_to_json,
    read_shard,
    write_quarantine,
)
from redone.corpus.reading.plan import Shard
from redone.corpus.reading.shard import _careful, _json_lines
from redone.corpus.settings.reading import Columns, ReadingSettings, SourceMapping
from redone.errors import UserError

COLUMNS = Columns(id="id", likes="likes", author="author")
SETTINGS = ReadingSettings(max_line_bytes=4096)


def read(root: Path, name: str, columns: Columns = COLUMNS, reading: ReadingSettings = SETTINGS, **more):
    mapping = SourceMapping(source="src", files=(name,), columns=columns, **more)
    plan = plan_shards([mapping], root, root / "work", reading)
    loaded = [read_shard(shard, mapping, reading) for shard in plan.shards]
    faults = [*plan.faults, *(fault for part in loaded for fault in part.faults)]
    table = pl.concat([part.table for part in loaded]) if loaded else pl.DataFrame()
    rows = sum(part.rows for part in loaded) + plan.spooled_rows.get("src", 0)
    return table, sorted(faults, key=lambda fault: fault.line), rows


FAULTY = {
    b'{"id": "b1", "text": "caf\xe9"}': "invalid UTF-8",
    b'{"id": "b2", "text": "half \\ud83d pair"}': "lone surrogate",
    b'{"id": "b3", "text": "nul \\u0000 here"}': "NUL character",
    b'{"id": "b4", "text": "nul \x00 here"}': "NUL character",
    b'{"id": "b5", "text": "cut': "invalid JSON",
    b'{"id": "b6", "x": ' + b"[" * 2000 + b"]" * 2000 + b', "text": "a"}': "JSON too deep",
    b'{"id": "b7", "text": "' + b"x" * 5000 + b'"}': "line too long",
    b'{"id": "b8"}': "missing field",
    b'{"id": "b9", "text": "   "}': "missing field",
    b'{"text": "no id"}': "missing field",
    b'{"id": "c1", "text": ["a", "b"]}': "mixed types",
    b'{"id": "c2", "text": true}': "mixed types",
    b'{"id": "c3", "text": "x", "likes": "many"}': "mixed types",
    b'{"id": "c\\u200b4", "text": "x"}': "invisible character in an id",
    b'{"id": "ok1", "text": "again"}': "duplicate id",
    b'["no", "object"]': "not an object",
}
GOOD = [
    b'{"id": "ok1", "text": "[doge] hi [doge]", "likes": 3}',
    b"",
    '{"id": "ok2", "text": "你好\\n世界", "likes": "4"}'.encode(),
]


@pytest.mark.parametrize("ending", [".jsonl", ".jsonl.gz"])
def test_every_fault_is_named_and_the_rest_is_kept(tmp_path: Path, ending: str) -> None:
    lines = [*GOOD, *FAULTY]
    raw = b"\xef\xbb\xbf" + b"\r\n".join(lines) + b"\n"
    path = tmp_path / f"a{ending}"
    path.write_bytes(gzip.compress(raw) if ending.endswith("gz") else raw)
    table, faults, rows = read(tmp_path, path.name)
    assert table["text"].to_list() == ["[doge] hi [doge]", "你好\n世界"]
    assert table["likes"].to_list() == [3, 4]
    assert [(fault.line, fault.reason) for fault in faults] == [
        (len(GOOD) + at, reason) for at, reason in enumerate(FAULTY.values(), start=1)
    ]
    assert rows == len(lines) - 1


@pytest.mark.parametrize("line", FAULTY, ids=list(range(len(FAULTY))))
def test_one_fault_among_good_rows(tmp_path: Path, line: bytes) -> None:
    """Alone, a fault may pass the fast parser: it must be told all the same."""
    (tmp_path / "a.jsonl").write_bytes(b"\n".join([GOOD[0], line, GOOD[2]]))
    table, faults, rows = read(tmp_path, "a.jsonl")
    assert table["id"].to_list() == ["src/ok1", "src/ok2"]
    assert [(fault.line, fault.reason) for fault in faults] == [(2, FAULTY[line])]
    assert rows == 3


def test_a_faulty_row_takes_no_id_away(tmp_path: Path) -> None:
    rows = [{"id": "a"}, {"id": "a", "text": "first"}, {"id": "a", "text": "second"}]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    table, faults, _ = read(tmp_path, "a.jsonl")
    assert table["text"].to_list() == ["first"]
    assert [(fault.line, fault.reason) for fault in faults] == [(1, "missing field"), (3, "duplicate id")]


VALUES = st.one_of(
    st.text(max_size=12), st.integers(-(10**6), 10**6), st.floats(0.5, 10**6, width=32),
    st.booleans(), st.none(), st.lists(st.integers(), max_size=2),
    st.sampled_from(["[a]", "{}", "1.50", "true", "[doge]", "1e5", " ", "\x00", "\n"]),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.fixed_dictionaries({}, optional={"id": VALUES, "text": VALUES, "author": VALUES}), max_size=6)
)
def test_the_fast_way_and_the_careful_way_agree(rows: list[dict[str, object]]) -> None:
    raw = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    mapping = SourceMapping(source="src", files=("a",), columns=Columns(id="id", author="author"))
    shard = Shard(0, 0, "a", "a", "jsonl", 0, len(raw))
    fast, careful = (way(raw, shard, mapping, SETTINGS) for way in (_json_lines, _careful))
    assert fast.table.rows() == careful.table.rows()
    assert [fault.line for fault in fast.faults] == [fault.line for fault in careful.faults]
    assert len(fast.table) + len(fast.faults) == fast.rows == careful.rows == len(rows)


CSV = (
    'id,text,likes\n1,"two\nlines, quoted",3\n2,plain,4\n3,"never closed,5\n4,after it,6\n5,he said "hi" to me,7\n'
    '6,too,many,fields\n7,"a ""quoted"" word",8\n'
)


def test_a_csv_with_line_ends_and_a_quote_that_is_never_closed(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV)
    table, faults, rows = read(tmp_path, "a.csv")
    assert table["text"].to_list() == [
        "two\nlines, quoted",
        "plain",
        "after it",
        'he said "hi" to me',
        'a "quoted" word',
    ]
    assert [(fault.line, fault.reason) for fault in faults] == [
        (5, "quote never closed"),
        (8, "wrong number of fields"),
    ]
    assert rows == 7


def test_quotes_are_text_in_a_table_without_quoting(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text('id\ttext\n1\t"open\n2\tit"s\n')
    table, faults, _ = read(tmp_path, "a.tsv", Columns(id="id"), quote="")
    assert table["text"].to_list() == ['"open', 'it"s']
    assert faults == []


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_a_file_in_another_encoding_is_read_and_remarked(tmp_path: Path, encoding: str) -> None:
    text = "id,text\n" + "".join(f"{at},今天天气很好，我们去公园散步了\n" for at in range(50))
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    table, faults, _ = read(tmp_path, "a.csv", Columns(id="id"))
    assert table["text"].unique().to_list() == ["今天天气很好，我们去公园散步了"]
    assert [(fault.reason, fault.detail, fault.counts) for fault in faults] == [
        ("read in another encoding", encoding, False)
    ]


def test_single_lines_in_another_encoding_are_set_aside(tmp_path: Path) -> None:
    rows = [b"id,text", *(f"{at},fine".encode() for at in range(60)), b"60,caf\xe9"]
    (tmp_path / "a.csv").write_bytes(b"\n".join(rows))
    table, faults, _ = read(tmp_path, "a.csv", Columns(id="id"))
    assert len(table) == 60
    assert [(fault.line, fault.reason) for fault in faults] == [(62, "invalid UTF-8")]


@pytest.mark.parametrize("size", [1 << 10, 1 << 14])
def test_shards_of_any_size_give_the_same_rows(tmp_path: Path, size: int) -> None:
    rng = random.Random(0)
    rows = [{"text": "字" * rng.randint(1, 90), "likes": at} for at in range(400)]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    pl.DataFrame(rows).write_parquet(tmp_path / "a.parquet")
    reading = ReadingSettings(shard_bytes=size, shard_rows=size >> 7)
    for name in ("a.jsonl", "a.parquet"):
        table, faults, _ = read(tmp_path, name, Columns(likes="likes"), reading)
        assert table["id"].to_list() == [f"src/{name}:{at}" for at in range(1, 401)]
        assert table["likes"].to_list() == list(range(400))
        assert faults == []


def test_columns_are_mapped(tmp_path: Path) -> None:
    row = {
        "no": 7,
        "title": "T",
        "body": "B",
        "t": "2025-01-31T10:00:00Z",
        "what": "c",
        "to": 3,
        "x": "y",
        "lang": "",
    }
    (tmp_path / "a.jsonl").write_text(
        json.dumps(row) + "\n" + json.dumps({"no": 8, "body": "only", "t": "1735689600"})
    )
    columns = Columns(
        id="no", text=("title", "body"), created="t", kind="what", parent="to", language="lang", carry=("x",)
    )
    table, _, _ = read(tmp_path, "a.jsonl", columns, kinds={"c": "comment"}, language="en", licence="ours")
    first, second = table.to_dicts()
    assert (first["id"], first["text"], first["kind"], first["parent"]) == (
        "src/7",
        "T\nB",
        "comment",
        "src/3",
    )
    assert (first["x"], first["language"], first["licence"], first["likes"]) == ("y", "en", "ours", 0)
    assert first["created"].isoformat() == "2025-01-31T10:00:00"
    assert (second["text"], second["kind"], second["created"].year) == ("only", "note", 2025)


def test_the_share_of_faults_stops_the_run(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"\n".join([GOOD[0], b"{", b"{"]))
    (tmp_path / "b.jsonl").write_bytes(b"")
    _, faults, rows = read(tmp_path, "a.jsonl")
    with pytest.raises(UserError, match=r"'src': 2 of 3 rows cannot be used .* a.jsonl line 2"):
        check_shares({"src": rows}, faults, 0.05)
    check_shares({"src": rows}, faults, 0.7)
    assert write_quarantine(tmp_path / "q" / "quarantine.jsonl", faults) == 2
    assert {"file", "line", "reason"} <= set(
        json.loads((tmp_path / "q" / "quarantine.jsonl").read_text().split("\n")[0])
    )
    _, faults, _ = read(tmp_path, "b.jsonl")
    assert faults[0].reason == "empty file"


def test_a_plan_survives_json(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV)
    plan = plan_shards([SourceMapping(source="s", files=("a.csv",))], tmp_path, tmp_path / "w", SETTINGS)
    assert plan_from_json(json.loads(json.dumps(plan_to_json(plan)))) == plan


def test_a_source_named_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV)
    with pytest.raises(UserError, match="named twice"):
        plan_shards([SourceMapping(source="s", files=("a.csv",))] * 2, tmp_path, tmp_path / "w", SETTINGS)


def test_files_without_a_mapping_are_read_as_they_want_to_be(tmp_path: Path) -> None:
    rows = "".join(f"{at}.0;1.2万;我们今天去公园散步了，第{at}天\n" for at in range(40))
    (tmp_path / "笔记.csv").write_bytes(("笔记ID;点赞数;正文\n" + rows).encode("gb18030"))
    nested = [
        {"_id": {"$oid": f"x{at}"}, "user": {"id": 7}, "content": {"text": f"post {at}"}} for at in range(9)
    ]
    (tmp_path / "posts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in nested))
    (tmp_path / "c.tsv").write_text(
        "comment_id\tpost_id\tcomment\n" + "".join(f"{n}\t{n % 3}\tsay {n}\n" for n in range(9))
    )
    (tmp_path / "users.csv").write_text("uid,bio\n1,likes tea\n")
    (tmp_path / "titles.csv").write_text("title,story\n" + "short,a much longer text of another name\n" * 3)
    found = guess_sources(tmp_path, None, set())
    assert [file for file, _ in found.left] == ["titles.csv", "users.csv"]
    sources = {mapping.files[0]: mapping for mapping in found.sources}
    plan = plan_shards(found.sources, tmp_path, tmp_path / "work", SETTINGS)
    loaded = [read_shard(shard, found.sources[shard.source], SETTINGS).table for shard in plan.shards]
    table = pl.concat(loaded)
    first = table.filter(pl.col("text").str.starts_with("我们")).row(0, named=True)
    assert (first["id"].split("/")[1], first["likes"]) == ("0", 12000)
    assert sources["posts.jsonl"].columns.text == ("content.text",)
    assert table.filter(pl.col("id").str.ends_with("/x3"))["author"].to_list() == ["7"]
    assert table.filter(pl.col("text") == "say 4")["parent"].to_list() == ["c/1"]
    assert len(table) == 58
    assert [fault.reason for fault in plan.faults] == ["read in another encoding"]


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2026年5月1日 10:30", "2026-05-01T10:30:00"),
        ("Fri May 01 10:30:00 +0000 2026", "2026-05-01T10:30:00"),
    ],
)
def test_times_in_other_forms(tmp_path: Path, text: str, when: str) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": "x", "t": text}, ensure_ascii=False) + "\n")
    table, faults, _ = read(tmp_path, "a.jsonl", Columns(created="t"))
    assert table["created"][0].isoformat() == when
    assert faults == []


def test_a_like_count_that_says_there_is_none_costs_no_post() -> None:
    from redone.corpus.reading.columns import likes

    found = likes(pl.Series(["12", "n/a", "NaN", " - ", "", None, "无", "3w+", "many"]))
    assert found.to_list() == [12, 0, 0, 0, 0, 0, 0, 30_000, None]


def test_the_most_frequent_fault_is_named(tmp_path: Path) -> None:
    from redone.corpus.reading.faults import Fault, check_shares

    rare, often = (
        Fault("s", "a.csv", 3, "ragged", "x"),
        [Fault("s", "a.csv", n, "mixed", "y") for n in (7, 9)],
    )
    with pytest.raises(UserError, match=r"2 x mixed, first a.csv line 7: y"):
        check_shares({"s": 10}, [rare, *often], 0.05)
