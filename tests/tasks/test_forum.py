"""Nothing is tied to one platform: every task builds on a forum with long posts and other sentences."""

from collections import Counter

import pytest

from redone.errors import UserError
from redone.sources.simulator import WorldSettings, make_world, stream
from redone.tasks import BuildSettings, build_examples, task_ids

SNS = task_ids("sns", "translation")


@pytest.fixture(scope="module")
def forum():
    return make_world(WorldSettings(seed=11, style="forum"))


def test_every_task_builds_in_both_languages(forum, scorer):
    blocks = stream(forum, "train", users=256)
    settings = BuildSettings(seed=1, limit_per_task=24)
    examples = list(build_examples(blocks, task_ids=SNS, settings=settings))
    counts = Counter((e.task, e.language) for e in examples)
    assert [(t, lang) for t in SNS for lang in ("zh", "en") if counts[t, lang] < 12] == []
    gold = scorer.score_many([(e, e.references[0], True) for e in examples])
    assert {score.value for score in gold} == {1.0}


def test_it_is_another_world_with_longer_posts_and_deeper_threads(forum):
    notes = make_world(WorldSettings(seed=11))
    assert forum.seed != notes.seed
    assert set(forum.brands) != set(notes.brands)
    long, short = (next(stream(world, "train", users=64)) for world in (forum, notes))
    lengths = [sum(len(n.body) for n in block.notes) / len(block.notes) for block in (long, short)]
    assert lengths[0] > 2.5 * lengths[1]
    assert not {n.template for n in long.notes} & {n.template for n in short.notes}
    replies = [Counter(c.parent_id for c in b.comments if c.parent_id) for b in (long, short)]
    assert (max(replies[0].values()), max(replies[1].values())) == (3, 1)


def test_an_unknown_style_is_refused():
    with pytest.raises(UserError, match=r"simulator.style is 'blog': choose from notes, forum"):
        WorldSettings(style="blog")
