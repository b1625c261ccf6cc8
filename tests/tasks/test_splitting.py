from collections import defaultdict

import pytest

from redone.errors import UserError
from redone.tasks import BuildSettings, build_examples, task_ids
from redone.tasks.splitting import SplitReport, split_of_id, split_platform

SHARES = {"train": 0.6, "dev": 0.2, "test": 0.2}


@pytest.fixture(scope="module")
def parts(platform):
    report = SplitReport()
    return split_platform(platform, seed=1, shares=SHARES, report=report), report


def test_no_user_note_or_query_is_in_two_splits_of_the_examples(platform, parts):
    owners = defaultdict(set)
    for name, part in parts[0].items():
        ids = task_ids("sns", "translation")
        for example in build_examples(part, task_ids=ids, settings=BuildSettings(seed=1)):
            for unit in example.units:
                owners[unit].add(name)
    assert len(owners) > 500
    assert all(len(splits) == 1 for splits in owners.values())
    author = {note.id: note.author_id for note in platform.notes}
    for note, user in author.items():
        if note in owners and user in owners:
            assert owners[note] == owners[user]


def test_what_joins_two_splits_is_left_out_and_counted(platform, parts):
    split, report = parts
    for kind in ("comments", "relevance", "interactions"):
        kept = sum(len(getattr(part, kind)) for part in split.values())
        assert kept + report.left_out[kind] == len(getattr(platform, kind))
        assert kept
    for kind in ("users", "notes", "queries", "parallel"):
        assert sum(len(getattr(part, kind)) for part in split.values()) == len(getattr(platform, kind))
    for part in split.values():
        notes, comments = {n.id for n in part.notes}, {c.id for c in part.comments}
        assert {c.note_id for c in part.comments} <= notes
        assert {c.parent_id for c in part.comments if c.parent_id} <= comments
        assert {q.after_note_id for q in part.queries if q.after_note_id} <= notes


def test_a_split_follows_from_the_id_and_the_seed():
    names = [f"u{i}" for i in range(4000)]
    dealt = [split_of_id(name, SHARES, 1) for name in names]
    assert dealt == [split_of_id(name, SHARES, 1) for name in names]
    assert abs(dealt.count("train") / len(dealt) - 0.6) < 0.03
    assert dealt != [split_of_id(name, SHARES, 2) for name in names]


def test_shares_must_make_sense(platform):
    with pytest.raises(UserError, match="not all zero"):
        split_platform(platform, seed=1, shares={"train": 0.0})
