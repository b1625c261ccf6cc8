"""Parquet files of notes as they come: damaged, with damaged texts, with the output where it must not go."""

import asyncio
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import BaseModel

from redone.errors import UserError
from redone.serving.apps.notes import NoteIn
from redone.serving.offline import Applied, apply_to_parquet


class Suggested(BaseModel):
    id: str
    queries: list[dict[str, str]] = []
    rejected: list[str] = []


async def suggest(note: NoteIn) -> Suggested:
    return Suggested(id=note.id, queries=[{"text": note.title}])


def run(source: Path, out: Path) -> Applied:
    return asyncio.run(apply_to_parquet("queries", suggest, source, out))


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    pq.write_table(pa.table({"id": ["a", "b"], "title": ["one", "two"]}), tmp_path / "in.parquet")
    return tmp_path / "in.parquet"


def test_a_damaged_text_costs_its_own_row(tmp_path: Path) -> None:
    ends = pa.py_buffer(pa.array([0, 2, 5], pa.int32()).buffers()[1].to_pybytes())
    titles = pa.StringArray.from_buffers(2, ends, pa.py_buffer(b"\xff\xfetwo"))
    table = pa.table({"id": ["a", "b"], "title": titles, "at": pa.array([1, 2], pa.timestamp("ns"))})
    pq.write_table(table, tmp_path / "in.parquet")
    assert run(tmp_path / "in.parquet", tmp_path / "out.parquet") == Applied(rows=2, problems=1)
    first, second = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert (first["id"], second["queries"]) == ("a", ["two"])
    assert first["problem"].startswith("row 0: title")


def test_the_input_is_never_written_over(notes: Path) -> None:
    before = notes.read_bytes()
    with pytest.raises(UserError, match="is the input"):
        run(notes, notes.parent / "." / notes.name)
    with pytest.raises(UserError, match="is a folder"):
        run(notes, notes.parent)
    assert notes.read_bytes() == before


def test_a_file_damaged_in_the_middle_leaves_nothing_half_written(notes: Path) -> None:
    raw = bytearray(notes.read_bytes())
    raw[10:60] = bytes(50)
    notes.write_bytes(raw)
    with pytest.raises(UserError, match="damaged"):
        run(notes, notes.parent / "out.parquet")
    assert [path.name for path in notes.parent.iterdir()] == ["in.parquet"]


def test_a_column_twice_is_refused(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], names=["title", "title"])
    pq.write_table(table, tmp_path / "in.parquet")
    with pytest.raises(UserError, match="two columns 'title'"):
        run(tmp_path / "in.parquet", tmp_path / "out.parquet")
