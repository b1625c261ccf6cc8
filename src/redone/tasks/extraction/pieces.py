"""Verbatim pieces of a note: when, with whom, about what, how it was, which words are slang or break a rule."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from redone.records import Note, Platform
from redone.tasks.forms import PASSAGE, PIECE, Form
from redone.tasks.lookup import note_templates, note_units, text_of
from redone.tasks.parsers import NOTHING
from redone.tasks.task import Draft, Task

Find = Callable[[Note, Platform], str | None]
"""The piece of a note; ``NOTHING`` when the note has none, None when it is unknown."""


def _label(name: str, note: Note, platform: Platform) -> str | None:
    piece = note.labels.get(name)
    return piece if piece and piece in text_of(note) else None


def _subject(note: Note, platform: Platform) -> str | None:
    """The topic word as the text writes it."""
    word = note.category[-1] if note.category else ""
    place = text_of(note).lower().find(word.lower()) if word else -1
    return text_of(note)[place : place + len(word)] if place >= 0 else None


def _slang(note: Note, platform: Platform) -> str | None:
    """The only slang word of the text; a text with two is not asked about."""
    terms = [t.text for t in platform.terms if t.language == note.language and t.text in text_of(note)]
    return None if len(set(terms)) > 1 else (terms or [NOTHING])[0]


def _evidence(note: Note, platform: Platform) -> str | None:
    if note.labels.get("harm") == "none":
        return NOTHING
    return _label("evidence", note, platform)


def _pieces(find: Find, platform: Platform, rng: random.Random) -> Iterator[Draft]:
    for note in platform.notes:
        piece = find(note, platform)
        if piece is not None:
            yield Draft(
                language=note.language,
                slots={"text": text_of(note)},
                answers=(piece,),
                templates=note_templates(note),
                units=note_units(note),
            )


def _piece_task(
    name: str,
    title: Mapping[str, str],
    prompts: Mapping[str, tuple[str, ...]],
    source: tuple[Find, tuple[str, ...], str],
    form: Form = PIECE,
) -> Task:
    find, needs, negatives = source
    return Task(
        id=name,
        capability="extraction",
        suite="sns",
        title=title,
        prompts=prompts,
        **form,
        needs=needs,
        truth="label",
        negatives=negatives,
        build=partial(_pieces, find),
        max_share=0.4,
    )


PIECES = (
    _piece_task(
        "time",
        {"en": "Time in a note", "zh": "时间抽取"},
        {
            "en": ("{text}\nTime:", "Copy the time from: {text}", "{text}\nWhat is the time?"),
            "zh": ("{text}\n时间：", "找出时间：{text}", "{text}\n时间是什么？"),
        },
        (partial(_label, "time"), ("notes.labels.time",), "places, prices and company in the same text"),
    ),
    _piece_task(
        "company",
        {"en": "With whom", "zh": "同行的人"},
        {
            "en": ("{text}\nWith whom:", "Copy the words on company: {text}", "{text}\nWith whom?"),
            "zh": ("{text}\n和谁一起：", "找出同行的人：{text}", "{text}\n和谁一起？"),
        },
        (partial(_label, "company"), ("notes.labels.company",), "times and places in the same text"),
    ),
    _piece_task(
        "subject",
        {"en": "What a note is about", "zh": "主题词"},
        {
            "en": ("{text}\nSubject:", "Copy the word that this is about: {text}", "{text}\nThe subject is:"),
            "zh": ("{text}\n主题词：", "找出主题词：{text}", "{text}\n主题是什么？"),
        },
        (_subject, ("notes.category",), "products and places that are only mentioned"),
    ),
    _piece_task(
        "opinion_word",
        {"en": "Word of the opinion", "zh": "观点词"},
        {
            "en": ("{text}\nOpinion:", "Copy the word of opinion: {text}", "{text}\nThe word of opinion?"),
            "zh": ("{text}\n观点词：", "找出观点词：{text}", "{text}\n观点词是什么？"),
        },
        (
            partial(_label, "opinion"),
            ("notes.labels.opinion",),
            "slang among plain words; sarcastic notes are not asked about",
        ),
    ),
    _piece_task(
        "slang_word",
        {"en": "Slang in a note", "zh": "找网络用语"},
        {
            "en": (
                "{text}\nSlang, or []:",
                "Which word is slang, or []? {text}",
                "{text}\nWhich is the slang word, or []?",
            ),
            "zh": (
                "{text}\n网络用语，没有写[]：",
                "哪个词是网络用语，没有写[]？{text}",
                "{text}\n找出网络用语，没有写[]：",
            ),
        },
        (_slang, ("terms", "notes"), "notes without slang, and invented brand names"),
    ),
    _piece_task(
        "violation",
        {"en": "Sentence that breaks a rule", "zh": "违规句"},
        {
            "en": (
                "{text}\nSentence against the rules, or []:",
                "Copy the sentence that breaks a rule, or []: {text}",
                "{text}\nWhich sentence breaks the rules, or []?",
            ),
            "zh": (
                "{text}\n违规句，没有写[]：",
                "抄下违规的句子，没有写[]：{text}",
                "{text}\n哪个句子违规，没有写[]？",
            ),
        },
        (_evidence, ("notes.labels.harm", "notes.labels.evidence"), "harmless notes, lookalikes included"),
        PASSAGE,
    ),
)
