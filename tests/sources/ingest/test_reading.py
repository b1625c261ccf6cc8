from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redone.errors import UserError
from redone.sources.ingest import IngestSettings, Quarantine, Reader
from redone.sources.ingest.faults import Row
from redone.sources.ingest.files import lines
from redone.sources.ingest.read_json import read_json

GOOD = b'{"id": "1", "text": "hello"}\n'


def read(folder: Path, pattern: str, **options: object) -> tuple[list[Row], Quarantine, list[dict]]:
    out = folder / "out" / "quarantine.jsonl"
    with Quarantine(out, 1.0) as quarantine:
        reader = Reader(folder, quarantine, "toy", IngestSettings())
        rows = list(reader.rows(pattern, **options))
    return rows, quarantine, [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


FAULTY = {
    "invalid UTF-8": b'{"text": "\xff\xfe"}\n',
    "invalid JSON": b'{"text": "open\n',
    "NUL character": b'{"text": "a\x00b"}\n',
    "lone surrogate": b'{"text": "\\ud800 alone"}\n',
    "line too long": b'{"text": "' + b"x" * 10_000_000 + b'"}\n',
    "JSON too deep": b'{"text": ' + b"[" * 200 + b"]" * 200 + b"}\n",
    "not an object": b"[1, 2]\n",
    "bidirectional control character": '{"text": "a\u202eb"}\n'.encode(),
}


@pytest.mark.parametrize("reason", FAULTY)
def test_a_faulty_line_is_set_aside_with_its_place_and_the_others_stay(tmp_path: Path, reason: str) -> None:
    (tmp_path / "a.jsonl").write_bytes(GOOD + FAULTY[reason] + GOOD)
    rows, quarantine, listed = read(tmp_path, "a.jsonl")
    assert [row.line for row in rows] == [1, 3]
    assert quarantine.reasons == {reason: 1}
    assert (listed[0]["file"], listed[0]["line"], listed[0]["reason"]) == ("a.jsonl", 2, reason)
    assert len(listed[0]["excerpt"]) <= 200


@pytest.mark.parametrize("reason", [r for r in FAULTY if r not in ("invalid JSON",)])
def test_the_same_faults_in_a_json_array(tmp_path: Path, reason: str) -> None:
    body = b"[\n" + GOOD.strip() + b",\n" + FAULTY[reason].strip() + b",\n" + GOOD.strip() + b"]\n"
    (tmp_path / "a.json").write_bytes(body)
    rows, quarantine, _ = read(tmp_path, "a.json")
    assert len(rows) == 2
    assert quarantine.reasons == {reason: 1}


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"\xef\xbb\xbf" + GOOD)
    (tmp_path / "b.csv").write_bytes(b"\xef\xbb\xbfid,text\n1,hello\n")
    assert read(tmp_path, "a.jsonl")[0][0].values["id"] == "1"
    assert read(tmp_path, "b.csv")[0][0].values == {"id": "1", "text": "hello"}


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv", "a.jsonl.gz"])
def test_an_empty_file_is_recorded(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(gzip.compress(b"") if name.endswith(".gz") else b"")
    rows, quarantine, listed = read(tmp_path, name)
    assert not rows
    assert quarantine.reasons == {"empty file": 1}
    assert listed[0]["file"] == name


def test_duplicate_and_invisible_ids(tmp_path: Path) -> None:
    ids = ["a", "b", "a", "c\u200b", "", " d"]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps({"id": i}) + "\n" for i in ids), encoding="utf-8")
    rows, quarantine, _ = read(tmp_path, "a.jsonl", id_column="id")
    assert [row.values["id"] for row in rows] == ["a", "b"]
    assert quarantine.reasons == {"duplicate id": 1, "invisible character in an id": 2, "missing field": 1}


def test_zero_width_characters_are_stripped_and_counted_but_emoji_stay_whole(tmp_path: Path) -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    flag = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
    text = f"a\u200bb\u200d{family} {flag} \ufeffc \U0001f44d\U0001f3fd\u200dx \u3042\u200d\u3044"
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": text}) + "\n", encoding="utf-8")
    rows, quarantine, _ = read(tmp_path, "a.jsonl")
    assert rows[0].values["text"] == f"ab{family} {flag} c \U0001f44d\U0001f3fdx \u3042\u3044"
    assert quarantine.stripped == {"zero-width": 5}


def test_csv_rows_with_line_ends_bad_bytes_and_missing_fields(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b'id,text\n1,"two\nlines"\n2\n3,\xff\n4,"say ""hi"""\n')
    rows, quarantine, listed = read(tmp_path, "a.csv")
    assert [row.values["text"] for row in rows] == ["two\nlines", 'say "hi"']
    assert quarantine.reasons == {"wrong number of fields": 1, "invalid UTF-8": 1}
    assert [entry["line"] for entry in listed] == [4, 5]


def test_a_repeated_column_name_is_the_users_mistake(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("id\tid\n1\t2\n", encoding="utf-8")
    with pytest.raises(UserError, match="repeated"):
        read(tmp_path, "a.tsv")


def test_parquet_rows_and_invalid_text(tmp_path: Path) -> None:
    raw = pa.array([b"fine", b"\xff"], pa.binary())
    text = pa.Array.from_buffers(pa.string(), 2, raw.buffers())
    pq.write_table(pa.table({"text": text, "n": [1, 2], "tags": [["a"], ["b"]]}), tmp_path / "a.parquet")
    rows, quarantine, _ = read(tmp_path, "a.parquet")
    assert [row.values for row in rows] == [{"text": "fine", "n": 1, "tags": ["a"]}]
    assert quarantine.reasons == {"invalid UTF-8": 1}


def test_compressed_files_and_folders_with_foreign_files(tmp_path: Path) -> None:
    folder = tmp_path / "dump"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.jsonl.gz").write_bytes(gzip.compress(GOOD))
    with pa.output_stream(str(folder / "deep" / "b.jsonl.zst"), compression="zstd") as out:
        out.write(GOOD)
    (folder / "notes.docx").write_bytes(b"?")
    rows, quarantine, listed = read(tmp_path, "dump")
    assert [row.file for row in rows] == ["dump/a.jsonl.gz", "dump/deep/b.jsonl.zst"]
    assert quarantine.reasons == {"unsupported file type": 1}
    assert listed[0]["file"] == "dump/notes.docx"


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.json", "a.parquet"])
def test_a_half_written_file_is_named(tmp_path: Path, name: str) -> None:
    whole = {"a.jsonl.gz": gzip.compress(GOOD * 1000), "a.json": b"[" + GOOD, "a.parquet": b"PAR1 half"}[name]
    (tmp_path / name).write_bytes(whole[:-9] if name.endswith(".gz") else whole)
    with pytest.raises(UserError, match=r"half-written|whole Parquet"):
        read(tmp_path, name)


@pytest.mark.parametrize(
    "pattern", ["/etc/passwd", "../secret.jsonl", "a/../../b.jsonl", "none.jsonl", "link.jsonl"]
)
def test_paths_stay_inside_the_root(tmp_path: Path, pattern: str) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "secret.jsonl").write_bytes(GOOD)
    (root / "link.jsonl").symlink_to(tmp_path / "secret.jsonl")
    with pytest.raises(UserError):
        read(root, pattern)


def test_too_many_faults_stop_the_reading_early(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes((GOOD + b"broken\n") * 3000)
    with Quarantine(None, 0.05) as quarantine:
        reader = Reader(tmp_path, quarantine, "toy", IngestSettings())
        with pytest.raises(UserError, match="rows cannot be used"):
            list(reader.rows("a.jsonl"))
        assert quarantine.seen("toy") == 1000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.lists(st.dictionaries(st.text(max_size=5), JSON, max_size=3), max_size=5),
    st.booleans(),
    st.integers(1, 9),
)
def test_cutting_an_array_gives_what_parsing_it_gives(rows: list[dict], ascii_only: bool, size: int) -> None:
    class Drip:
        def __init__(self, data: bytes) -> None:
            self.data = data

        def read(self, count: int) -> bytes:
            part, self.data = self.data[:size], self.data[size:]
            return part

    text = json.dumps(rows, ensure_ascii=ascii_only, indent=size % 3 or None).encode("utf-8", "surrogatepass")
    found = [value for _, value, _ in read_json(Drip(text), IngestSettings(max_depth=64), "a.json")]
    expected = [r if "\x00" not in json.dumps(r, ensure_ascii=False) else None for r in rows]
    kept = [value for value in found if isinstance(value, dict)]
    assert len(found) == len(rows)
    assert kept == [row for row in expected if row is not None] or any("\x00" in str(r) for r in rows)


@given(st.lists(st.binary(max_size=12).filter(lambda b: b"\n" not in b), max_size=6), st.integers(1, 20))
def test_lines_are_cut_at_line_ends_and_at_the_limit(parts: list[bytes], limit: int) -> None:
    import io

    whole = b"\n".join(parts)
    found = list(lines(io.BytesIO(whole), limit))
    end = b"\r" if b"\r" in whole and b"\n" not in whole else b"\n"
    expected = whole.removeprefix(b"\xef\xbb\xbf").split(end)
    if not expected[-1]:
        expected.pop()
    assert [(raw, length) for _, raw, length in found] == [(part[:limit], len(part)) for part in expected]
