import gzip
import json

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from redone.bench.guard import build_guard, check_files, guard
from redone.bench.guard.grams import compact
from redone.cli import main as cli
from redone.errors import UserError
from redone.records import Example, Message

NOTE = "The hidden tea house by the old canal opens at seven and serves plum cake until noon"
ANSWER = "Walk along the canal for ten minutes, then ring the small brass bell twice"
ZH = "运河边那家不起眼的茶馆早上七点开门梅子蛋糕卖到中午"
EN = "The plain tea house by the canal opens at seven in the morning"


@pytest.fixture
def index(made):
    rows = [
        {"query": "q", "content": NOTE, "answer": [ANSWER]},
        {"query": "q", "content": "short", "answer": []},
    ]
    (made / "Note-MRC-simple.json").write_text(json.dumps(rows))
    pairs = [{"en": EN, "zh": ZH, "src_lang": "zh", "dst_lang": "en"}]
    (made / "RedTrans-Bench.json").write_text(json.dumps(pairs))
    return build_guard(made)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"Read this: {NOTE}!", "exact"),
        (NOTE.upper().replace(" ", "\n* "), "exact"),
        (NOTE.replace("seven", "nine"), "near"),
        (NOTE[:60], "near"),
        (f"He said: {ANSWER} 😀", "answer"),
        (f"{ZH[:10]}，{ZH[10:]}。", "exact"),
        (f"model answer: {EN}", "translation"),
    ],
)
def test_copies_are_found_whatever_their_layout(index, text, kind) -> None:
    (hit,) = index.check(text, "here")
    assert hit.kind == kind
    assert hit.place == "here"
    assert hit.file in {"Note-MRC-simple", "RedTrans-Bench"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "short",
        "The tea house is open",
        "Plum cake is served in the old town",
        "运河边的茶馆",
        "\ud800" * 30,
    ],
)
def test_other_texts_are_not(index, text) -> None:
    assert index.check(text) == []


def test_what_many_items_share_identifies_none(tmp_path) -> None:
    rule = "Please provide the list of words that you think are suitable for highlighting here."
    rows = [{"content": f"{rule} item {at:04d} {hash_text(at)}", "answer": "[]"} for at in range(40)]
    (tmp_path / "Note-CHLW.json").write_text(json.dumps(rows))
    index = build_guard(tmp_path, ["Note-CHLW"])
    assert index.check(rule) == []
    assert [hit.index for hit in index.check(rows[7]["content"])] == [7]


def hash_text(seed: int) -> str:
    return " ".join(
        f"{word}{(seed + 3) * place * 7919 % 9973}"
        for place, word in enumerate(("oak", "elm", "fir", "yew"), 1)
    )


def test_files_of_every_kind_are_searched(index, lines, tmp_path) -> None:
    row = {"messages": [{"role": "user", "content": f"x {NOTE}"}], "n": 3}
    paths = [lines(tmp_path / "a.jsonl", [{"a": 1}, row])]
    pl.DataFrame({"text": ["fine", EN]}).write_parquet(tmp_path / "b.parquet")
    (tmp_path / "c.json").write_text(json.dumps([row]))
    (tmp_path / "d.txt").write_text(f"\n{ANSWER}\n")
    (tmp_path / "e.jsonl").write_text('{"broken": "' + NOTE + "\n")
    report = check_files(
        index, [*paths, *(tmp_path / name for name in ("b.parquet", "c.json", "d.txt", "e.jsonl"))]
    )
    found = [(hit.kind, hit.place.rsplit("/", 1)[1]) for hit in report.hits]
    assert found == [
        ("exact", "a.jsonl, line 2"),
        ("translation", "b.parquet, row 1"),
        ("exact", "c.json, row 0"),
        ("answer", "d.txt, line 2"),
        ("exact", "e.jsonl, line 1"),
    ]


def test_training_examples_are_searched(index) -> None:
    def example(name: str, prompt: str, target: str) -> Example:
        messages = (Message("user", prompt),)
        return Example(
            id=name, task="t", language="en", messages=messages, references=(target,), target=target
        )

    hits = list(guard([example("a", "hi", "there"), example("b", "hi", ANSWER)], index))
    assert [(hit.kind, hit.place) for hit in hits] == [("answer", "example b")]


def test_the_command_stops_on_a_hit(index, made, lines, tmp_path, capfd) -> None:
    clean = lines(tmp_path / "clean.jsonl", [{"text": "nothing to see"}])
    dirty = lines(tmp_path / "dirty.jsonl", [{"text": NOTE}])
    assert cli.execute(["bench", "guard", str(clean), "--data", str(made)]) == 0
    assert "0 hits" in capfd.readouterr().out
    assert cli.execute(["bench", "guard", str(clean), str(dirty), "--data", str(made), "--json", "-"]) == 2
    captured = capfd.readouterr()
    assert json.loads(captured.out)["kinds"] == {"exact": 1}
    assert "1 benchmark items stand in the training data" in captured.err


def test_a_named_set_has_to_be_there(made) -> None:
    with pytest.raises(UserError, match="grade-school-math"):
        build_guard(made, ["gsm8k"])


def test_compact_text_is_blind_to_decoration() -> None:
    assert compact("Ｈi，  _World_ 😀!") == "hiworld"


def test_public_items_are_found_again(real) -> None:
    from redone.bench.catalogue import bench_sets

    index = build_guard(real, ["Note-NER", "Note-CHLW"])
    items = bench_sets()["Note-CHLW"].load(real).items[:60]
    assert sum(bool(index.check(f"Q: {item.row['content']}")) for item in items) >= 58


def test_an_item_is_found_in_whatever_a_file_is_written(index, tmp_path) -> None:
    spread = NOTE.replace(" opens", "\nopens").replace(" until", "\nuntil")
    row = json.dumps({"text": ZH})
    files = {
        "lines.txt": f"before\n{spread}\nafter\n".encode(),
        "table.csv": f'id,text\n1,"{spread}"\n'.encode(),
        "wide.jsonl": f'{{"text": "{NOTE}"}}\n'.encode("utf-16"),
        "gb.txt": f"今天去喝茶。{ZH}，大家都说不错。\n".encode("gb18030"),
        "packed.jsonl.zst": pa.Codec("zstd").compress(row.encode(), asbytes=True),
        "packed.json.gz": gzip.compress(row.encode()),
        "lines.json": f'{{"a": 1}}\n{row}\n'.encode(),
        "damaged.jsonl": row[:-1].encode(),
        "inside.jsonl": json.dumps({"messages": json.dumps([ZH])}).encode(),
        "long.txt": b"x " * 3_000_000 + NOTE.encode() + b" y" * 1_000_000,
    }
    for name, raw in files.items():
        (tmp_path / name).write_bytes(raw)
    table = pa.table({"b": [b"\xff", NOTE.encode()], "n": pa.array([1, 2], pa.timestamp("ns"))})
    pq.write_table(table, tmp_path / "bytes.parquet")
    for name in (*files, "bytes.parquet"):
        (hit,) = check_files(index, [tmp_path / name]).hits
        assert hit.kind == "exact", name
    assert check_files(index, [tmp_path / "lines.txt"]).hits[0].place.endswith("lines 1 to 5")


def test_an_item_at_the_edge_of_two_windows_is_found_once(index, tmp_path) -> None:
    half = NOTE.replace(" ", "\n")
    for filling in range(32_700, 32_780, 7):
        (tmp_path / "a.txt").write_text("-" * filling + "\n" + half + "\n" + "=" * 40_000 + "\n")
        report = check_files(index, [tmp_path / "a.txt"])
        assert [hit.kind for hit in report.hits] == ["exact"]
        assert report.rows == 2 + len(NOTE.split())


def test_what_is_no_text_is_refused_rather_than_found_clean(index, tmp_path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04" + bytes(200))
    with pytest.raises(UserError, match="is no text"):
        check_files(index, [tmp_path / "a.xlsx"])
    with pytest.raises(UserError, match="is a folder"):
        check_files(index, [tmp_path])
    with pytest.raises(UserError, match="no such file"):
        check_files(index, [tmp_path / "b.jsonl"])
