"""A whole run: the same documents whoever does the work and however often it is stopped; every row accounted for."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from redone.corpus import open_corpus
from redone.corpus.curate import CurateOptions, curate
from redone.corpus.explain import explain
from redone.corpus.settings.recipe import CurationRecipe, recipe_of
from redone.corpus.steps.benchmark_index import BenchmarkText
from redone.errors import UserError

SOURCES: list[dict[str, Any]] = [
    {
        "source": "notes",
        "files": ["notes*.jsonl"],
        "licence": "CC0",
        "columns": {"id": "id", "text": ["title", "body"]},
    },
    {
        "source": "comments",
        "files": ["comments.csv"],
        "kind": "comment",
        "columns": {"id": "id", "text": ["text"], "parent": "note", "likes": "likes"},
    },
    {
        "source": "searches",
        "files": ["searches.jsonl"],
        "kind": "query",
        "columns": {"id": "id", "text": ["text"]},
    },
]
RECIPE: dict[str, Any] = {
    "sources": SOURCES,
    "parents": {"comments": "notes"},
    "interactions": {"files": ["log.jsonl"], "notes": "notes", "queries": "searches", "query": "query_id"},
    "reading": {"shard_bytes": 8_000, "shard_rows": 100},
    "documents": {"tokens": 200, "comments": 2},
}
STAGES = (
    "rows", "exact", "bands", "groups", "candidates", "near", "events", "texts", "threads", "graph", "documents",
    "histories",
)  # fmt: skip


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dump")
    rng = random.Random(4)
    words = ["".join(chr(rng.randrange(0x4E00, 0x5E00)) for _ in range(2)) for _ in range(900)]
    notes = []
    for number in range(240):
        body = "，".join("".join(rng.choices(words, k=4)) for _ in range(5))
        if number % 8 == 7:
            body = notes[number - 3]["body"] + "😀"
        notes.append({"id": f"n{number}", "title": "".join(rng.choices(words, k=2)), "body": body})
        if number % 8 == 7:
            notes[-1]["title"] = notes[number - 3]["title"]
    for part in range(2):
        rows = notes[part * 120 : part * 120 + 120]
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"notes{part}.jsonl").write_text(lines)
    comments = ["id,note,likes,text"]
    comments += [
        f'c{i},n{rng.randrange(240)},{i % 7},"{"".join(rng.choices(words, k=3))}"' for i in range(300)
    ]
    (folder / "comments.csv").write_text("\n".join(comments) + "\nbroken row\n")
    searches = [{"id": f"q{i}", "text": "".join(rng.choices(words, k=2))} for i in range(60)]
    (folder / "searches.jsonl").write_text(
        "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in searches)
    )
    events = []
    for day in range(1500):
        user = rng.randrange(60)
        note = (user % 6) * 40 + rng.randrange(40)
        query = f"q{user}" if day % 5 == 0 else ""
        created = f"2026-{1 + day // 140:02d}-{1 + day % 28:02d}"
        events.append({"user_id": f"u{user}", "note_id": f"n{note}", "query_id": query, "kind": "click"})
        events[-1]["created"] = created
    (folder / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in events))
    return folder


def digests(out: Path) -> dict[str, str]:
    parts = [*sorted(out.glob("documents/*")), *sorted(out.glob("lineage/*"))]
    parts += [out / name for name in ("quarantine.jsonl", "README.md", "recipe.resolved.json")]
    return {p.relative_to(out).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in parts}


@pytest.fixture(scope="module")
def straight(dump: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "straight"
    curate(recipe_of(RECIPE, "test"), [dump], out)
    return out


def table(out: Path) -> pl.DataFrame:
    return pl.concat(
        [pl.read_parquet(p) for p in sorted((out / "documents").glob("*.parquet"))], how="diagonal"
    )


def test_every_row_that_was_read_is_told_of(dump: Path, straight: Path) -> None:
    documents = table(straight)
    told = documents.filter(pl.col("kind") != "history")
    members = told["members"].explode().drop_nulls().to_list()
    assert len(members) == len(set(members)), "no row is told twice"
    lineage = pl.concat([pl.read_parquet(p) for p in sorted((straight / "lineage").glob("*.parquet"))])
    read = {f"notes/n{i}" for i in range(240)} | {f"comments/c{i}" for i in range(300)}
    assert read <= {*members, *lineage["id"]}
    beyond = lineage.filter(pl.col("reason") == "comment_beyond_cap")["id"].to_list()
    assert beyond
    assert not {*beyond} & {*members}
    said = explain(straight, beyond[0])
    assert "below notes/n" in said[0]
    assert "holds at most" in said[0]
    assert len(lineage.filter(pl.col("reason") == "near_duplicate")) == 30
    faults = [json.loads(line) for line in (straight / "quarantine.jsonl").read_text().splitlines()]
    assert len(faults) == 1
    assert not (straight / "work").exists()


def test_documents_keep_their_cap_and_say_nothing_of_readers(straight: Path) -> None:
    documents = table(straight)
    assert {"cluster", "history", "note"} <= set(documents["kind"])
    assert documents.filter(pl.col("kind").is_in(["cluster", "history"]))["tokens"].max() <= 200
    notes = documents.filter(pl.col("kind") == "cluster")["members"].to_list()
    communities = [{int(m[7:]) // 40 for m in row if m.startswith("notes/")} for row in notes]
    assert sum(len(found) == 1 for found in communities) >= 0.95 * len(communities)
    assert not documents["text"].str.contains(r"u\d\d").any()


def test_explain_says_where_a_row_is_or_why_it_is_not(straight: Path) -> None:
    kept = explain(straight, "n0")
    assert "kept, in document" in kept[0]
    assert explain(straight, "notes/n0")[0].endswith(kept[0].split("kept", 1)[1])
    gone = explain(straight, "n7")
    assert "near_duplicate" in gone[0]
    assert "kept instead: notes/n4" in gone[0]
    assert "kept, in document" in gone[1]
    with pytest.raises(UserError, match="no row of that id"):
        explain(straight, "nothing")


def test_explain_knows_rows_that_were_set_aside_and_ids_of_several_sources(tmp_path: Path) -> None:
    for name, words in (
        ("a", "a quiet garden behind the station"),
        ("b", "tickets for the boat are sold out"),
    ):
        rows = [{"id": f"p{n}", "text": f"{words}, told by number {n}"} for n in range(30)]
        (tmp_path / f"{name}.jsonl").write_text(
            "\n".join(map(json.dumps, rows)) + '\n{"id": "p77", "text": "half\n'
        )
    (tmp_path / "a.jsonl").open("a").write('{"id": "p88", "text": "half again')
    curate(recipe_of({"reading": {"quarantine_limit": 0.2}}, "test"), [tmp_path], tmp_path / "out")
    said = explain(tmp_path / "out", "p3")
    assert {line.split(":")[0] for line in said} >= {"a/p3", "b/p3"}
    assert not any(line.count("b/p3: ") > 1 for line in said)
    assert [line.split(",")[0] for line in explain(tmp_path / "out", "p77")] == [
        f"{name}.jsonl:31: set aside while reading: invalid JSON" for name in "ab"
    ]
    assert explain(tmp_path / "out", "a.jsonl:32") == explain(tmp_path / "out", "p88")


def test_two_workers_write_what_one_writes(dump: Path, straight: Path, tmp_path: Path) -> None:
    curate(recipe_of(RECIPE, "test"), [dump], tmp_path / "two", CurateOptions(workers=2))
    assert digests(tmp_path / "two") == digests(straight)


@pytest.mark.slow
def test_ray_writes_what_one_process_writes(dump: Path, straight: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray")
    curate(recipe_of(RECIPE, "test"), [dump], tmp_path / "ray", CurateOptions(executor="ray", workers=2))
    assert digests(tmp_path / "ray") == digests(straight)


def killed(dump: Path, out: Path, stage: str, moment: str) -> None:
    """Run in a process of its own and end it with SIGKILL inside a stage."""
    child = f"""
import os, signal, sys
from pathlib import Path
from redone.corpus import work
from redone.corpus.curate import curate
from redone.corpus.settings.recipe import recipe_of
import json
real = work.{moment}
def deadly(*given):
    place = str(given[0].stage if hasattr(given[0], "stage") else given[0])
    own = {{"documents": "/documents/part", "histories": "/documents/history"}}.get("{stage}", "/work/{stage}/")
    if "{stage}" == place or "/work/{stage}/" in place or own in place:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*given)
work.{moment} = deadly
if "{moment}" == "perform":
    import redone.corpus.executors.local as local
    local.perform = deadly
curate(recipe_of(json.loads(sys.argv[1]), "test"), [Path(sys.argv[2])], Path(sys.argv[3]))
"""
    command = [sys.executable, "-c", child, json.dumps(RECIPE), str(dump), str(out)]
    done = subprocess.run(
        command, capture_output=True, env={**os.environ, "OMP_NUM_THREADS": "1"}, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]
    assert not (out / "curation.json").exists()


@pytest.mark.parametrize(
    ("stage", "moment"), [("rows", "write_json"), ("near", "finish"), ("documents", "perform")]
)
def test_a_killed_run_goes_on_to_the_same_result(
    dump: Path, straight: Path, tmp_path: Path, stage: str, moment: str
) -> None:
    killed(dump, tmp_path / "out", stage, moment)
    curate(recipe_of(RECIPE, "test"), [dump], tmp_path / "out")
    assert digests(tmp_path / "out") == digests(straight)


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["perform", "finish", "write_json"])
@pytest.mark.parametrize("stage", STAGES)
def test_a_run_killed_in_any_stage_goes_on_to_the_same_result(
    dump: Path, straight: Path, tmp_path: Path, stage: str, moment: str
) -> None:
    killed(dump, tmp_path / "out", stage, moment)
    curate(recipe_of(RECIPE, "test"), [dump], tmp_path / "out")
    assert digests(tmp_path / "out") == digests(straight)


def test_what_is_done_is_not_done_again_and_what_is_damaged_is(dump: Path, tmp_path: Path) -> None:
    recipe = recipe_of({**RECIPE, "keep_work": True}, "test")
    out = tmp_path / "out"
    curate(recipe, [dump], out)
    before = digests(out)
    done: list[str] = []

    def notify(stage: str, finished: int, total: int) -> None:
        if finished < total:
            done.append(stage)

    options = CurateOptions(notify=notify)
    curate(recipe, [dump], out, options)
    assert done == []
    (out / "curation.json").unlink()
    curate(recipe, [dump], out, options)
    assert done == []
    part = next(iter(sorted((out / "documents").glob("part*"))))
    part.write_bytes(part.read_bytes()[:-9])
    curate(recipe, [dump], out, options)
    assert set(done) == {"documents"}
    assert digests(out) == before
    done.clear()
    curate(recipe.model_copy(update={"name": "other"}), [dump], out, options)
    assert done == [], "a new name or mixture reads nothing again"


def test_the_number_of_shards_changes_no_decision(dump: Path, straight: Path, tmp_path: Path) -> None:
    whole = {**RECIPE, "reading": {}}
    curate(recipe_of(whole, "test"), [dump], tmp_path / "one")
    columns = ["id", "text", "kind", "tokens"]
    assert (
        table(tmp_path / "one").select(columns).sort("id").equals(table(straight).select(columns).sort("id"))
    )


def test_benchmark_items_are_in_no_document(dump: Path, straight: Path, tmp_path: Path) -> None:
    row = json.loads((dump / "notes0.jsonl").read_text().splitlines()[10])
    item = BenchmarkText("planted", 3, "question", row["body"])
    recipe = recipe_of({**RECIPE, "benchmarks": ["named"]}, "test")
    curate(recipe, [dump], tmp_path / "out", benchmarks=[item])
    text = "\n".join(table(tmp_path / "out")["text"])
    assert row["body"][:24] not in text
    assert row["body"][:24] in "\n".join(table(straight)["text"])
    assert "decontaminate" in explain(tmp_path / "out", "n10")[0]


def test_a_mixture_repeats_small_sources_and_reads_no_other(dump: Path, tmp_path: Path) -> None:
    recipe = {
        **RECIPE,
        "documents": None,
        "mixture": {"weights": {"searches": 1.0, "notes": 1.0}, "most_copies": 2},
    }
    curate(recipe_of(recipe, "test"), [dump], tmp_path / "out")
    read = [source for source, _ in open_corpus(tmp_path / "out")]
    assert "comments" not in read
    assert read.count("searches") == 120
    assert len(list(open_corpus(tmp_path / "out", mixed=False))) == len(table(tmp_path / "out"))
    assert list(open_corpus(tmp_path / "out")) == list(open_corpus(tmp_path / "out"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sources": [{**SOURCES[0], "files": ["absent.jsonl"]}]}, "no file matches absent.jsonl"),
        (
            {"interactions": {"files": ["absent"], "notes": "notes"}},
            "interactions.files: 'absent' matches no file",
        ),
        ({"interactions": {"files": ["comments.csv"], "notes": "notes"}}, "no such column"),
        ({"tokens": {"tokenizer": "absent.json"}}, "tokens.tokenizer"),
        ({"mixture": {"weights": {"nothing": 1.0}}}, "mixture.weights names nothing"),
        ({"sources": [{**SOURCES[1], "columns": {"text": ["words"]}}]}, "."),
    ],
)
def test_a_users_mistake_is_named(dump: Path, tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        curate(recipe_of({**RECIPE, **change}, "test"), [dump], tmp_path / "out")


def test_a_wrong_key_names_the_nearest() -> None:
    with pytest.raises(UserError, match="did you mean 'duplicates'"):
        recipe_of({"duplicate": {}}, "test")
    assert CurationRecipe() == recipe_of({}, "test")


def test_token_ids_are_stored_once(dump: Path, tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=400, initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator([(dump / "notes0.jsonl").read_text()], trainer)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    recipe = {**RECIPE, "documents": None, "tokens": {"tokenizer": str(tmp_path)}}
    curate(recipe_of(recipe, "test"), [dump], tmp_path / "out")
    documents = table(tmp_path / "out")
    assert documents["ids"].list.len().to_list() == documents["tokens"].to_list()
    assert documents["ids"][0].to_list() == tokenizer.encode(documents["text"][0]).ids
