"""Notes, comments and replies as records."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from redone.records import Comment, Note, User
from redone.sources.simulator.days import some_day
from redone.sources.simulator.people import spoken_phrase
from redone.sources.simulator.plans import NotePlan
from redone.sources.simulator.remarks import EMOTIONS, make_remark, make_reply
from redone.sources.simulator.splits import Split
from redone.sources.simulator.world import Topic, World

_SENTIMENT_OF = {"joy": "positive", "anger": "negative", "sadness": "negative", "surprise": "neutral"}
_LIKELY_EMOTIONS = {
    "positive": ("joy", "joy", "surprise"),
    "negative": ("anger", "sadness", "sadness", "anger", "surprise"),
}
_MENTION_SHARE = 0.4
_MOST_REPLIES = 3
_USEFUL = 100
"""Likes that a comment with a brand, place or product has on top: readers reward what they can use."""


def write_note(plan: NotePlan, note_id: str, author: User, day: str) -> Note:
    """The plan in its author's language."""
    language = author.language
    return Note(
        id=note_id,
        author_id=author.id,
        language=language,
        created=day,
        title=plan.headline(language),
        body=plan.body(language),
        hashtags=plan.hashtags(language),
        category=plan.topic.path(language),
        entities=plan.entities(language),
        labels={**plan.labels, **plan.said(language)},
        template=plan.core.name,
    )


def write_comments(
    world: World,
    split: Split,
    notes: Sequence[tuple[Note, NotePlan]],
    users: Sequence[User],
    rng: random.Random,
) -> list[Comment]:
    """Comments under every note and some replies to them, each with the phrase of its author."""
    comments: list[Comment] = []
    for note, plan in notes:
        speakers = [user for user in users if user.language == note.language]
        for number in range(world.settings.comments_per_note):
            author = rng.choice(speakers)
            comment = _comment(world, split, note, plan.topic, author, f"{note.id}-c{number}", rng)
            comments.append(comment)
            others = [user for user in speakers if user.id != author.id]
            for place in range(_replies(world, rng) if others else 0):
                reply = _reply(world, split, comment, plan.topic, rng.choice(others), rng)
                comments.append(replace(reply, id=f"{reply.id}{place}") if place else reply)
    return comments


def _replies(world: World, rng: random.Random) -> int:
    """How many replies a comment gets: one at most on a platform of notes, up to three in a forum."""
    if world.settings.style == "notes":
        return int(rng.random() < world.settings.reply)
    return rng.randint(1, _MOST_REPLIES)


def _comment(
    world: World, split: Split, note: Note, topic: Topic, author: User, comment_id: str, rng: random.Random
) -> Comment:
    language = note.language
    emotions = _LIKELY_EMOTIONS.get(note.labels.get("sentiment", ""), EMOTIONS)
    kind = "mention" if rng.random() < _MENTION_SHARE else "comment"
    remark = make_remark(world, split, topic, kind, emotions, spoken_phrase(world, author), rng)
    return Comment(
        id=comment_id,
        note_id=note.id,
        author_id=author.id,
        language=language,
        text=remark.say(language),
        created=some_day(note.created, 0, 5, rng),
        likes=rng.randrange(100) + (_USEFUL if remark.highlights(language) else 0),
        highlights=remark.highlights(language),
        labels={
            "emotion": remark.emotion,
            "sentiment": _SENTIMENT_OF[remark.emotion],
            "act": remark.pattern.tag,
        },
    )


def _reply(
    world: World, split: Split, parent: Comment, topic: Topic, author: User, rng: random.Random
) -> Comment:
    """A reply fits the emotion of the comment that it answers and names the topic."""
    text = make_reply(world, split, topic, parent.labels["emotion"], spoken_phrase(world, author), rng)
    return Comment(
        id=f"{parent.id}r",
        note_id=parent.note_id,
        author_id=author.id,
        language=parent.language,
        text=text.say(parent.language),
        parent_id=parent.id,
        created=some_day(parent.created, 0, 2, rng),
        likes=rng.randrange(50),
    )
