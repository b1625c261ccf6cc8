from __future__ import annotations

import json
from pathlib import Path

import pytest

from redone.errors import UserError
from redone.records import Entity, Platform
from redone.sources.ingest import IngestSettings, Quarantine, ingest, load_platform, read_record_mapping

MAPPING = """
set: forum
licence: made for this test
language: en
policy: {spam: No advertising.}
BLOCKS
records:
  users:
    files: users.csv
    fields: {id: uid, interests: {column: fond, split: "|"}, gender: {column: sex, map: {f: female, m: male}}}
  notes:
    files: notes.jsonl
    fields: {id: id, author_id: by, body: text, category: path, entities: names, created: {value: "2026"}}
    labels: {sentiment: mood}
  comments:
    files: comments.jsonl
    fields: {id: id, note_id: note, author_id: by, text: text, parent_id: re, likes: n}
  queries: {files: queries.jsonl, fields: {id: id, user_id: by, text: q, after_note_id: after}}
  relevance: {files: judged.tsv, fields: {query_id: q, note_id: n, level: level}}
  interactions: {files: log.csv, fields: {user_id: u, note_id: n, kind: what}}
  parallel: {files: texts.csv, fields: {id: id, zh: zh, en: en}}
"""


def write(path: Path, rows: list[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def forum(tmp_path: Path) -> Path:
    people = range(60)
    (tmp_path / "users.csv").write_text(
        "uid,fond,sex\n" + "".join(f"u{i},tea|dogs,{'fm'[i % 2]}\n" for i in people), encoding="utf-8"
    )
    notes = [
        {"id": f"n{i}", "by": f"u{i % 60}", "text": f"note {i}", "path": ["food", "tea"]} for i in range(120)
    ]
    notes[0] |= {"names": [["brand", "Nova"]], "mood": "positive"}
    write(tmp_path / "notes.jsonl", notes)
    replies = [
        {"id": f"c{i}", "note": f"n{i}", "by": f"u{(i + 1) % 60}", "text": "ok", "n": 3} for i in range(120)
    ] + [
        {"id": f"r{i}", "note": f"n{i}", "by": f"u{i % 60}", "text": "re", "re": f"c{i}"} for i in range(120)
    ]
    write(tmp_path / "comments.jsonl", replies)
    write(
        tmp_path / "queries.jsonl",
        [{"id": f"q{i}", "by": f"u{i}", "q": f"tea {i}", "after": f"n{i}"} for i in people],
    )
    judged = "".join(f"q{i}\tn{j}\t{(i + j) % 5 - 1}\n" for i in people for j in (i, i + 60, (i + 7) % 120))
    (tmp_path / "judged.tsv").write_text("q\tn\tlevel\n" + judged, encoding="utf-8")
    log = "".join(f"u{i},n{j},view\n" for i in people for j in (i, i + 60, (i * 7) % 120))
    (tmp_path / "log.csv").write_text("u,n,what\n" + log, encoding="utf-8")
    (tmp_path / "texts.csv").write_text(
        "id,zh,en\n" + "".join(f"p{i},\u8336,tea {i}\n" for i in people), encoding="utf-8"
    )
    (tmp_path / "forum.yaml").write_text(MAPPING.replace("BLOCKS", "blocks: 1"), encoding="utf-8")
    return tmp_path


def load(folder: Path) -> tuple[list[tuple[str, Platform]], Quarantine]:
    with Quarantine(None, 0.05) as quarantine:
        blocks = list(load_platform(folder / "forum.yaml", folder, quarantine, IngestSettings()))
    return blocks, quarantine


@pytest.mark.parametrize("blocks", [1, 3])
def test_blocks_are_complete_and_splits_apart(forum: Path, blocks: int) -> None:
    (forum / "forum.yaml").write_text(MAPPING.replace("BLOCKS", f"blocks: {blocks}"), encoding="utf-8")
    found, quarantine = load(forum)
    notes: dict[str, set[str]] = {"train": set(), "dev": set(), "test": set()}
    for split, block in found:
        users = {user.id for user in block.users}
        here = {note.id for note in block.notes}
        comments = {comment.id for comment in block.comments}
        queries = {query.id for query in block.queries}
        assert {n.author_id for n in block.notes} | {c.author_id for c in block.comments} <= users
        assert {q.user_id for q in block.queries} | {e.user_id for e in block.interactions} <= users
        assert {c.note_id for c in block.comments} | {r.note_id for r in block.relevance} <= here
        assert {q.after_note_id for q in block.queries} - {""} <= here
        assert {c.parent_id for c in block.comments} - {""} <= comments
        assert {r.query_id for r in block.relevance} <= queries
        assert not notes[split] & here
        notes[split] |= here
        assert block.policy == {"spam": "No advertising."}
    assert sum(len(ids) for ids in notes.values()) == 120
    assert all(notes.values())
    assert sum(len(block.comments) for _, block in found) == 240
    assert sum(len(block.parallel) for _, block in found) == 60
    assert set(quarantine.reasons) == {"link across splits"}
    kept = sum(len(block.interactions) for _, block in found) + sum(
        len(block.relevance) for _, block in found
    )
    assert kept + quarantine.total == 360


def test_no_person_note_or_search_is_in_two_splits_of_the_examples(forum: Path) -> None:
    found = ingest([forum / "forum.yaml"], forum, None)
    owners: dict[str, set[str]] = {}
    prompts: dict[tuple[str, str], set[str]] = {}
    for task, parts in found.tasks:
        for split, examples in parts.items():
            for example in examples:
                prompts.setdefault((task.id, example.messages[-1].content), set()).add(split)
                for unit in example.units:
                    owners.setdefault(unit, set()).add(split)
    assert {unit[0] for unit in owners} >= set("ucnq")
    assert all(len(splits) == 1 for splits in owners.values())
    assert all(len(splits) == 1 for splits in prompts.values())


def test_what_a_comment_of_another_split_says_stays_but_not_who_said_it(forum: Path) -> None:
    found, _ = load(forum)
    home = {user.id: split for split, block in found for user in block.users if "@" not in user.id}
    guests = [user for _, block in found for user in block.users if "@" in user.id]
    assert guests
    assert all((user.interests, user.gender, user.persona) == ((), "", "") for user in guests)
    for split, block in found:
        assert all(home[user.id] == split for user in block.users if "@" not in user.id)
        assert all(user.id.endswith(f"@{split}") for user in block.users if "@" in user.id)


def test_other_languages_are_left_out_with_what_hangs_on_them(forum: Path) -> None:
    notes = [json.loads(line) for line in (forum / "notes.jsonl").read_text().splitlines()]
    words = ["en-US", "zh_CN", "ja", "English"]
    write(forum / "notes.jsonl", [note | {"lang": words[n % 4]} for n, note in enumerate(notes)])
    mapping = MAPPING.replace("BLOCKS", "").replace("body: text,", "body: text, language: lang,")
    (forum / "forum.yaml").write_text(mapping, encoding="utf-8")
    found, quarantine = load(forum)
    kept = {note.id: note.language for _, block in found for note in block.notes}
    assert (kept["n0"], kept["n1"], kept["n3"], "n2" in kept) == ("en", "zh", "en", False)
    assert set(quarantine.reasons) == {"link across splits", "other language"}
    assert quarantine.shares()["forum"][0] == 0


def test_fields_are_filled_as_mapped(forum: Path) -> None:
    found, _ = load(forum)
    first = next(note for _, block in found for note in block.notes if note.id == "n0")
    assert first.category == ("food", "tea")
    assert first.entities == (Entity("brand", "Nova"),)
    assert first.labels == {"sentiment": "positive"}
    assert (first.created, first.language) == ("2026", "en")
    user = next(user for _, block in found for user in block.users if user.id == "u1")
    assert (user.interests, user.gender) == (("tea", "dogs"), "male")


def test_unknown_records_and_wrong_values_are_set_aside(forum: Path) -> None:
    with (forum / "log.csv").open("a", encoding="utf-8") as out:
        out.write("u1,n999,view\nnobody,n1,view\nu1,n1,stare\n")
    with (forum / "comments.jsonl").open("a", encoding="utf-8") as out:
        out.write('{"id": "x1", "note": "n1", "by": "u1", "text": "re", "re": "c999"}\n')
        out.write('{"id": "c1", "note": "n1", "by": "u1", "text": "again"}\n')
    _, quarantine = load(forum)
    del quarantine.reasons["link across splits"]
    assert quarantine.reasons == {"names an unknown record": 3, "unknown label": 1, "duplicate id": 1}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("author_id: by, body", "autor_id: by, body", "did you mean 'author_id'"),
        ("fields: {id: id, author_id: by, body", "fields: {id: id, body", "needs 'author_id'"),
        ("language: en", "langauge: en", "did you mean 'language'"),
        ("gender: {column: sex,", "gender: {colum: sex,", "did you mean 'column'"),
        ("  queries:", "  querys:", "queries"),
    ],
)
def test_a_wrong_record_mapping_is_refused(forum: Path, old: str, new: str, message: str) -> None:
    path = forum / "forum.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(UserError, match=message):
        read_record_mapping(path)
