"""Interaction documents: whole communities, no leak over the caps, every note once."""

from collections import Counter

import numpy as np
import polars as pl
import pytest

from redone.corpus.documents import DocumentSettings, interaction_documents
from redone.corpus.documents.clusters import cluster
from redone.corpus.documents.graph import related_notes
from redone.corpus.tokens import estimate_tokens
from redone.records import Comment, Interaction, Note, Platform, Query
from redone.sources.simulator import WorldSettings, make_world, stream


def planted(events: int, notes: int, communities: int, noise: float, seed: int = 1) -> pl.DataFrame:
    """Readers keep to one community, but for a share of events that go anywhere."""
    rng = np.random.default_rng(seed)
    users = events // 15
    user = rng.integers(0, users, events)
    size = notes // communities
    own = (user % communities) * size + rng.integers(0, size, events)
    note = np.where(rng.random(events) < noise, rng.integers(0, notes, events), own)
    return pl.DataFrame(
        {"user": user.astype(np.uint32), "note": note.astype(np.uint32), "when": np.arange(events)}
    )


def purity(found: list[int], size: int) -> float:
    groups: dict[int, list[int]] = {}
    for note, first in enumerate(found):
        groups.setdefault(first, []).append(note // size)
    joined = [members for members in groups.values() if len(members) > 1]
    assert joined
    return sum(max(Counter(m).values()) for m in joined) / sum(map(len, joined))


@pytest.mark.parametrize("noise", [0.1, 0.3])
def test_planted_communities_are_found_under_noise(noise: float) -> None:
    notes, communities = 2_000, 40
    settings = DocumentSettings(tokens=400, cluster_notes=16)
    edges = related_notes(planted(60_000, notes, communities, noise), settings)
    tokens = np.random.default_rng(2).integers(10, 90, notes).tolist()
    found = cluster(edges, tokens, settings)
    assert purity(found, notes // communities) >= 0.95
    totals: Counter[int] = Counter()
    for note, first in enumerate(found):
        totals[first] += tokens[note]
    assert max(totals.values()) <= settings.tokens
    assert max(Counter(found).values()) <= settings.cluster_notes
    assert len(set(found)) < notes * 0.5


def test_what_everybody_reads_and_who_reads_everything_relate_nothing() -> None:
    settings = DocumentSettings(hub_readers=20, reader_notes=5)
    rows = [(user, note) for user in range(100) for note in (0, 1)]
    rows += [(1000 + i, note) for i in range(2) for note in range(2, 200)]
    users, notes = zip(*rows, strict=True)
    events = pl.DataFrame(
        {"user": users, "note": notes, "when": range(len(rows))},
        schema={"user": pl.UInt32, "note": pl.UInt32, "when": pl.Int64},
    )
    edges = related_notes(events, settings)
    assert not set(edges["a"]) & {0, 1}
    assert len(edges) <= 10


def test_the_split_into_parts_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    events = planted(6_000, 300, 10, 0.1)
    whole = related_notes(events, DocumentSettings())
    monkeypatch.setattr("redone.corpus.documents.graph.PAIRS_AT_ONCE", 1_000)
    assert related_notes(events, DocumentSettings()).equals(whole)


def platform(comments: int = 2) -> Platform:
    notes = [
        Note(id=f"n{i}", author_id="u", language="zh", title=f"标题{i}", body="正文" * 5, hashtags=("猫",))
        for i in range(3)
    ]
    said = [
        Comment(id=f"c{i}", note_id="n0", author_id="u", language="zh", text=f"第{i}条\n评论", likes=i)
        for i in range(comments)
    ]
    readings = [
        Interaction(
            user_id=user, kind="click", note_id=note, query_id="q0" if note == "n0" else "", created=day
        )
        for user in ("a", "b")
        for note, day in (("n0", "2026-01-01"), ("n1", "2026-01-02"), ("n2", "2026-01-03"))
    ]
    query = Query(id="q0", user_id="a", language="zh", text="找猫")
    return Platform(notes=tuple(notes), comments=tuple(said), queries=(query,), interactions=tuple(readings))


def test_a_document_has_note_comments_by_likes_searches_and_related_notes() -> None:
    documents = interaction_documents(platform())
    assert [d.kind for d in documents] == ["cluster", "history", "history"]
    first = documents[0].text
    assert first.startswith(
        "标题0\n正文正文正文正文正文\n#猫\n评论：第1条 评论；第0条 评论\n搜索：找猫\n\n标题1"
    )
    assert set(documents[0].members) == {"n0", "n1", "n2", "c0", "c1", "q0"}
    assert documents[1].text == "先后看过：标题0；标题1；标题2"


def test_a_document_within_the_cap_leaves_searches_and_comments_out_first() -> None:
    documents = interaction_documents(platform(comments=8), DocumentSettings(tokens=30, histories=False))
    assert all(d.tokens <= 30 for d in documents)
    assert "评论：第7条" in documents[0].text
    assert "第0条" not in documents[0].text
    assert "搜索" not in documents[0].text


@pytest.mark.parametrize("tokens", [24, 60, 200])
def test_a_simulated_platform_keeps_every_note_once_and_every_cap(tokens: int) -> None:
    world = make_world(WorldSettings(seed=5))
    block = next(iter(stream(world, "train", users=300)))
    documents = interaction_documents(block, DocumentSettings(tokens=tokens))
    assert documents == interaction_documents(block, DocumentSettings(tokens=tokens))
    told = [m for d in documents if d.kind != "history" for m in d.members]
    notes = [note.id for note in block.notes]
    assert sorted(set(told) & set(notes)) == sorted(notes)
    assert len(told) == len(set(told))
    for document in documents:
        assert document.tokens == estimate_tokens(document.text)
        if document.kind != "note":
            assert document.tokens <= tokens
    users = {user.id for user in block.users}
    assert not any(user in d.text for d in documents for user in users)
