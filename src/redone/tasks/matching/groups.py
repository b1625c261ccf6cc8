"""Things that go together on the platform: tags of one note, notes of one category, a reply and its comment."""

from __future__ import annotations

import random
from collections.abc import Iterator

from redone.records import Platform
from redone.tasks.extraction.hashtags import companions_by_tag
from redone.tasks.forms import CHOICE
from redone.tasks.lookup import (
    grouped,
    headline,
    note_templates,
    note_units,
    notes_by_id,
    replies_with_parents,
)
from redone.tasks.options import LETTERS, lettered, some_choices
from redone.tasks.task import Draft, Task
from redone.tasks.wording import listed


def _related_tag(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    beside = companions_by_tag(platform)
    for note in platform.notes:
        own = list(dict.fromkeys(note.hashtags))
        if len(own) < 2:
            continue
        shown, gold = rng.sample(own, 2)
        foreign = sorted(set(beside[note.language]) - beside[note.language][shown])
        choices = some_choices(gold, foreign, 4, rng)
        if len(choices) > 2:
            yield Draft(
                language=note.language,
                slots={"tag": f"#{shown}", "choices": listed(choices, note.language)},
                answers=(gold,),
                choices=choices,
                logged=f"#{gold}",
                units=note_units(note),
            )


def _odd_one(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """Three titles of one top-level category and one of another."""
    by_top = grouped((n for n in platform.notes if n.category), lambda n: (n.language, n.category[0]))
    by_language = grouped((n for n in platform.notes if n.category), lambda n: n.language)
    for odd in platform.notes:
        if not odd.category:
            continue
        tops = sorted({n.category[0] for n in by_language[odd.language]} - {odd.category[0]})
        if not tops:
            continue
        top = rng.choice(tops)
        members = by_top[odd.language, top]
        if len(members) < 3:
            continue
        same = rng.sample(members, 3)
        if len({headline(note) for note in (odd, *same)}) < 4:
            continue
        letter, slots = lettered(headline(odd), [headline(note) for note in same], rng)
        paths = [odd.category[0] if at == letter else top for at in LETTERS]
        yield Draft(
            language=odd.language,
            slots=slots,
            answers=(letter,),
            choices=LETTERS,
            rationale=" , ".join(paths),
            templates=note_templates(odd, *same),
            units=note_units(odd, *same),
        )


def _parent(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """The comment that a reply answers; the other one is of another emotion or under another note."""
    notes = notes_by_id(platform)
    pairs = replies_with_parents(platform)
    tops = [c for c in platform.comments if not c.parent_id]
    by_note = grouped(tops, lambda c: c.note_id)
    by_language = grouped(tops, lambda c: c.language)
    for reply, parent in pairs:
        near = [c for c in by_note[parent.note_id] if c.labels.get("emotion") != parent.labels.get("emotion")]
        far = [rng.choice(by_language[reply.language]) for _ in range(6)]
        pool = [*near, *(c for c in far if c.note_id != parent.note_id)]
        wrong = [c for c in pool if c.language == reply.language and c.text != parent.text]
        if not wrong:
            continue
        letter, slots = lettered(parent.text, [wrong[0].text], rng)
        yield Draft(
            language=reply.language,
            slots={"reply": reply.text, **slots},
            answers=(letter,),
            choices=("A", "B"),
            units=(
                *(unit for c in (reply, parent, wrong[0]) for unit in (c.id, c.author_id)),
                *note_units(notes[parent.note_id], notes[wrong[0].note_id]),
            ),
        )


GROUPS = (
    Task(
        id="related_tag",
        capability="matching",
        suite="sns",
        title={"en": "Tag that goes with a tag", "zh": "相关标签"},
        prompts={
            "en": (
                "{tag} goes with ({choices}):",
                "Which hashtag goes with {tag}: {choices}?",
                "Pick from {choices} the one that goes with {tag}.",
            ),
            "zh": (
                "{tag}常和谁一起({choices})：",
                "哪个标签常和{tag}一起：{choices}？",
                "从{choices}中选出和{tag}一起的标签。",
            ),
        },
        **CHOICE,
        needs=("notes.hashtags",),
        truth="log",
        negatives="tags that never went with it",
        build=_related_tag,
        max_share=0.4,
    ),
    Task(
        id="odd_one_out",
        capability="matching",
        suite="sns",
        title={"en": "Title of another topic", "zh": "找不同类"},
        prompts={
            "en": (
                "A: {a}\nB: {b}\nC: {c}\nD: {d}\nOther topic:",
                "Which title is on another topic? A: {a} B: {b} C: {c} D: {d}",
                "A: {a}\nB: {b}\nC: {c}\nD: {d}\nWhich is on another topic?",
            ),
            "zh": (
                "A：{a}\nB：{b}\nC：{c}\nD：{d}\n不同类：",
                "哪个标题和其他的不是一类？A：{a} B：{b} C：{c} D：{d}",
                "A：{a}\nB：{b}\nC：{c}\nD：{d}\n哪个不是一类？",
            ),
        },
        **CHOICE,
        needs=("notes.title", "notes.category"),
        truth="label",
        negatives="three titles of one top-level category",
        build=_odd_one,
        max_share=0.3,
    ),
    Task(
        id="reply_parent",
        capability="matching",
        suite="sns",
        title={"en": "Comment that a reply answers", "zh": "回复的是哪条"},
        prompts={
            "en": (
                "Reply: {reply}\nA: {a}\nB: {b}\nReply to:",
                'Which comment does "{reply}" answer, A: {a} or B: {b}?',
                "A: {a}\nB: {b}\nWhich comment does the reply answer? {reply}",
            ),
            "zh": (
                "回复：{reply}\nA：{a}\nB：{b}\n回复的是：",
                "“{reply}”回复哪条评论，A：{a} 还是B：{b}？",
                "A：{a}\nB：{b}\n{reply}\n回复的是哪条评论？",
            ),
        },
        **CHOICE,
        needs=("comments.parent_id",),
        truth="log",
        negatives="comments of another emotion under the same note, then comments under other notes",
        build=_parent,
        max_share=0.55,
    ),
)
