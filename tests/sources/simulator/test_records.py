"""What the records of a block promise to those who build tasks from them."""

from collections import Counter, defaultdict

import pytest

from redone.records import Note, Platform
from redone.sources.simulator import World, WorldSettings, make_world, stream
from redone.sources.simulator.searching import INTENTS


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(WorldSettings(seed=21))


@pytest.fixture(scope="module")
def blocks(world: World) -> list[Platform]:
    return list(stream(world, "train", users=256))


def notes_of(block: Platform) -> dict[str, Note]:
    return {note.id: note for note in block.notes}


def test_every_block_is_complete_in_itself(blocks: list[Platform]) -> None:
    for block in blocks:
        users = {user.id for user in block.users}
        notes, queries = set(notes_of(block)), {query.id for query in block.queries}
        comments = {comment.id for comment in block.comments}
        assert {note.author_id for note in block.notes} <= users
        assert {c.note_id for c in block.comments} <= notes
        assert {c.author_id for c in block.comments} <= users
        assert {c.parent_id for c in block.comments if c.parent_id} <= comments
        assert {q.user_id for q in block.queries} <= users
        assert {q.after_note_id for q in block.queries if q.after_note_id} <= notes
        assert {r.note_id for r in block.relevance} <= notes
        assert {r.query_id for r in block.relevance} <= queries
        assert {e.note_id for e in block.interactions if e.note_id} <= notes
        assert {e.query_id for e in block.interactions if e.query_id} <= queries
        assert {e.user_id for e in block.interactions} <= users


def test_ids_are_unique(blocks: list[Platform]) -> None:
    ids = Counter(
        record.id
        for block in blocks
        for record in (*block.users, *block.notes, *block.comments, *block.queries, *block.parallel)
    )
    assert ids.most_common(1)[0][1] == 1


def test_entities_and_highlights_are_verbatim(blocks: list[Platform]) -> None:
    for block in blocks:
        for note in block.notes:
            assert all(entity.text in note.body for entity in note.entities)
            assert note.category[2] in note.title
            assert note.category[2].lower() in note.body.lower()
        for comment in block.comments:
            assert all(word in comment.text for word in comment.highlights or ())


def test_entity_kinds_and_several_of_a_kind(blocks: list[Platform]) -> None:
    notes = [note for block in blocks for note in block.notes]
    kinds = Counter(kind for note in notes for kind in {e.kind for e in note.entities})
    assert set(kinds) == {"brand", "place", "price", "product"}
    assert min(kinds.values()) / len(notes) > 0.1
    assert any(sum(e.kind == "brand" for e in note.entities) == 2 for note in notes)
    assert any(not note.entities for note in notes)


def test_note_labels(world: World, blocks: list[Platform]) -> None:
    notes = [note for block in blocks for note in block.notes]
    for name, values in {
        "sentiment": {"positive", "negative", "neutral"},
        "sarcasm": {"yes", "no"},
        "clickbait": {"yes", "no"},
        "appeal": {"yes", "no"},
        "harm": {"none", *world.harms},
    }.items():
        counts = Counter(note.labels[name] for note in notes if name in note.labels)
        assert set(counts) == values
        assert min(counts.values()) / len(notes) > 0.02
    sarcastic = [note for note in notes if note.labels.get("sarcasm") == "yes"]
    assert {note.labels["sentiment"] for note in sarcastic} == {"negative"}


def test_sarcasm_turns_a_good_word_into_a_bad_note(world: World, blocks: list[Platform]) -> None:
    good = [word.say(lang) for word in world.words["positive"] for lang in ("zh", "en")]
    for block in blocks:
        for note in block.notes:
            praised = any(word in note.body for word in good)
            if note.labels.get("sarcasm") == "yes":
                assert praised
            elif praised and "sentiment" in note.labels:
                assert note.labels["sentiment"] == "positive"


def test_slang_is_used_while_it_lives(world: World, blocks: list[Platform]) -> None:
    seen = 0
    for block in blocks:
        for note in block.notes:
            for term in block.terms:
                if term.language == note.language and term.text in note.body:
                    seen += 1
                    assert term.born <= note.created
                    assert not term.died or note.created <= term.died
    assert seen > 20


def test_relevance_follows_the_rule(blocks: list[Platform]) -> None:
    levels: Counter[int] = Counter()
    for block in blocks:
        notes, queries = notes_of(block), {query.id: query for query in block.queries}
        for judgement in block.relevance:
            query, note = queries[judgement.query_id], notes[judgement.note_id]
            word, intent = note.category[2], query.labels["intent"]
            told = {entity.kind for entity in note.entities}
            if note.labels.get("sentiment") in {"positive", "negative"}:
                told.add("review")
            levels[judgement.level] += 1
            assert query.language == note.language
            asked = query.text.split() if query.language == "en" else query.text
            assert (word in asked) == (judgement.level >= 2)
            if judgement.level >= 2:
                assert (intent in told) == (judgement.level == 3)
            assert (note.category[0] == query.labels["category"]) == (judgement.level >= 0)
    assert set(levels) == {-1, 0, 1, 2, 3}
    assert min(levels.values()) / sum(levels.values()) > 0.1


def test_the_query_after_a_note_asks_what_the_note_leaves_out(blocks: list[Platform]) -> None:
    for block in blocks:
        notes = notes_of(block)
        for query in block.queries:
            assert query.labels["intent"] in INTENTS
            if query.after_note_id:
                note = notes[query.after_note_id]
                assert note.category[2] in query.text
                missing = [i for i in INTENTS[:3] if i not in {e.kind for e in note.entities}]
                assert query.labels["intent"] == (missing or ["review"])[0]


def test_replies_answer_and_carry_the_phrase_of_their_author(blocks: list[Platform]) -> None:
    for block in blocks:
        users = {user.id: user for user in block.users}
        comments = {comment.id: comment for comment in block.comments}
        for comment in block.comments:
            separator = "，" if comment.language == "zh" else ", "
            assert users[comment.author_id].persona.endswith(comment.text.split(separator)[-1])
            assert users[comment.author_id].language == comment.language
            if comment.parent_id:
                assert comments[comment.parent_id].author_id != comment.author_id
                assert comment.created >= comments[comment.parent_id].created


def test_many_comments_have_no_highlight(blocks: list[Platform]) -> None:
    shown = [len(c.highlights) for b in blocks for c in b.comments if c.highlights is not None]
    assert 0.4 < shown.count(0) / len(shown) < 0.75
    assert 2 in shown


def test_people_open_and_like_what_interests_them(blocks: list[Platform]) -> None:
    opened: dict[bool, list[bool]] = defaultdict(list)
    for block in blocks:
        notes, users = notes_of(block), {user.id: user for user in block.users}
        feed = [event for event in block.interactions if not event.query_id]
        clicks = {(e.user_id, e.note_id) for e in feed if e.kind == "click"}
        for event in feed:
            note, user = notes[event.note_id], users[event.user_id]
            assert note.language == user.language
            own = note.category[0] in user.interests
            if event.kind == "view":
                opened[own].append((event.user_id, event.note_id) in clicks)
            if event.kind in {"like", "collect"}:
                assert own
                assert (event.user_id, event.note_id) in clicks
                assert note.labels["harm"] == "none"
    assert sum(opened[True]) / len(opened[True]) > 0.5
    assert sum(opened[False]) / len(opened[False]) < 0.12


def test_every_interaction_kind_occurs_and_searches_show_results(blocks: list[Platform]) -> None:
    events = [event for block in blocks for event in block.interactions]
    assert {event.kind for event in events} == {"view", "like", "collect", "search", "click"}
    shown = defaultdict(set)
    for event in events:
        if event.query_id and event.kind == "view":
            shown[event.query_id].add(event.note_id)
    clicked = [event for event in events if event.query_id and event.kind == "click"]
    assert clicked
    assert all(event.note_id in shown[event.query_id] for event in clicked)


def test_parallel_text_has_other_good_versions(blocks: list[Platform]) -> None:
    items = [item for block in blocks for item in block.parallel]
    kinds = {item.kind.partition("/")[0] for item in items}
    assert kinds == {"note", "title", "comment", "slang", "hashtags", "emoji", "thread", "word"}
    rich = [item for item in items if item.kind in {"note", "slang"}]
    assert (
        sum(len(item.references_en) >= 2 and len(item.references_zh) >= 2 for item in rich) / len(rich) > 0.9
    )
    for item in items:
        assert item.en not in item.references_en
        assert not any("\u4e00" <= letter <= "\u9fff" for letter in item.en)


def test_slang_translations_hold_slang(blocks: list[Platform]) -> None:
    for block in blocks:
        zh = [term.text for term in block.terms if term.language == "zh"]
        for item in block.parallel:
            if item.kind == "slang":
                assert any(term in item.zh for term in zh)


def test_the_policy_is_written_in_both_languages(world: World, blocks: list[Platform]) -> None:
    assert set(blocks[0].policy) == {key for name in world.harms for key in (name, f"{name}:zh")}


def test_users_have_what_behaviour_needs(blocks: list[Platform]) -> None:
    users = [user for block in blocks for user in block.users]
    assert {user.language for user in users} == {"zh", "en"}
    assert {user.gender for user in users} == {"female", "male"}
    assert len({user.age_band for user in users}) >= 4
    assert all(2 <= len(set(user.interests)) == len(user.interests) <= 3 for user in users)
    assert all(user.interests[0] in user.persona for user in users)
