"""Notes, comments and replies as records."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from redone.records import Comment, Note, User
from redone.records.platform import Language
from redone.sources.simulator.days import some_day
from redone.sources.simulator.lexicon import Pattern, Word
from redone.sources.simulator.people import spoken_phrase
from redone.sources.simulator.plans import NotePlan, names
from redone.sources.simulator.splits import Split, pick_pattern, topic_key
from redone.sources.simulator.world import Topic, World

EMOTIONS = ("joy", "anger", "sadness", "surprise")
_SENTIMENT_OF = {"joy": "positive", "anger": "negative", "sadness": "negative", "surprise": "neutral"}
_LIKELY_EMOTIONS = {
    "positive": ("joy", "joy", "surprise"),
    "negative": ("anger", "sadness", "sadness", "anger", "surprise"),
}
_MENTION_SHARE = 0.4
_HIGHLIGHTED = ("brand", "product", "place")


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
        labels=plan.labels,
        template=plan.core.name,
    )


def comment_words(
    world: World, topic: Topic, emotion: str, phrase: Word, rng: random.Random
) -> dict[str, Word]:
    """What the slots of a comment or a reply are filled with."""
    opener = rng.choice(world.words[emotion])
    return names(world, rng) | {"opener": opener, "topic": topic.word, "phrase": phrase}


def comment_text(pattern: Pattern, words: Mapping[str, Word], language: Language) -> str:
    """A comment ends with the phrase of the person who writes it."""
    comma = "，" if language == "zh" else ", "
    return pattern.fill(words, language) + comma + words["phrase"].say(language)


def highlights_of(pattern: Pattern, words: Mapping[str, Word], language: Language) -> tuple[str, ...]:
    """The names that a reader would search for: brand, product, place; a bare topic word is none."""
    found = [words[kind].say(language) for kind in _HIGHLIGHTED if kind in pattern.slots]
    said = pattern.fill(words, language)
    return tuple(sorted(found, key=said.index))


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
            if others and rng.random() < world.settings.reply:
                comments.append(_reply(world, split, comment, plan.topic, rng.choice(others), rng))
    return comments


def _comment(
    world: World, split: Split, note: Note, topic: Topic, author: User, comment_id: str, rng: random.Random
) -> Comment:
    language = note.language
    emotion = rng.choice(_LIKELY_EMOTIONS.get(note.labels.get("sentiment", ""), EMOTIONS))
    words = comment_words(world, topic, emotion, spoken_phrase(world, author), rng)
    kind = "mention" if rng.random() < _MENTION_SHARE else "comment"
    pattern = pick_pattern(world, split, kind, [topic_key(topic)], rng=rng)
    return Comment(
        id=comment_id,
        note_id=note.id,
        author_id=author.id,
        language=language,
        text=comment_text(pattern, words, language),
        created=some_day(note.created, 0, 5, rng),
        likes=rng.randrange(100),
        highlights=highlights_of(pattern, words, language),
        labels={"emotion": emotion, "sentiment": _SENTIMENT_OF[emotion]},
    )


def _reply(
    world: World, split: Split, parent: Comment, topic: Topic, author: User, rng: random.Random
) -> Comment:
    """A reply fits the emotion of the comment that it answers and names the topic."""
    emotion = parent.labels["emotion"]
    words = {"topic": topic.word, "phrase": spoken_phrase(world, author)}
    pattern = pick_pattern(world, split, emotion, [topic_key(topic)], rng=rng)
    return Comment(
        id=f"{parent.id}r",
        note_id=parent.note_id,
        author_id=author.id,
        language=parent.language,
        text=pattern.fill(words, parent.language),
        parent_id=parent.id,
        created=some_day(parent.created, 0, 2, rng),
        likes=rng.randrange(50),
    )
