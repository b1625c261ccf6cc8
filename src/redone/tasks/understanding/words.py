"""Slang and titles: what a platform word means, and the title that sums a note up."""

from __future__ import annotations

import random
from collections.abc import Iterator

from redone.records import Platform
from redone.tasks import rewards
from redone.tasks.lookup import grouped, note_templates, note_units
from redone.tasks.options import some_choices
from redone.tasks.task import Draft, Task
from redone.tasks.wording import listed


def _slang(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """Each note or comment that uses a term, so that there are as many prompts as uses."""
    terms = grouped(platform.terms, lambda term: term.language)
    texts = [(n.id, n.author_id, n.language, n.body, note_templates(n)) for n in platform.notes]
    texts += [(c.id, c.author_id, c.language, c.text, ()) for c in platform.comments]
    for record, author, language, text, templates in texts:
        for term in terms.get(language, []):
            if term.text not in text or len(terms[language]) < 2:
                continue
            choices = some_choices(term.meaning, [t.meaning for t in terms[language]], 3, rng)
            yield Draft(
                language=language,
                slots={"text": text, "term": term.text, "choices": listed(choices, language)},
                answers=(term.meaning,),
                choices=choices,
                templates=templates,
                units=(record, author),
            )


def _title(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    for note in platform.notes:
        if note.title and note.body and note.labels.get("clickbait") != "yes":
            yield Draft(
                language=note.language,
                slots={"text": note.body},
                answers=(note.title,),
                templates=note_templates(note),
                units=note_units(note),
            )


WORDS = (
    Task(
        id="slang_meaning",
        capability="understanding",
        suite="sns",
        title={"en": "Meaning of slang", "zh": "网络用语含义"},
        prompts={
            "en": (
                "{text}\n{term} means ({choices}):",
                "What does {term} mean here, {choices}? {text}",
                "{text}\nWhat does {term} mean: {choices}?",
            ),
            "zh": (
                "{text}\n{term}的意思({choices})：",
                "这里{term}是什么意思，{choices}？{text}",
                "{text}\n{term}是什么意思，{choices}？",
            ),
        },
        answer="label",
        parser="label",
        reward=rewards.EXACT,
        metric="accuracy",
        needs=("terms",),
        truth="expert",
        negatives="meanings of other terms",
        build=_slang,
        max_share=0.5,
    ),
    Task(
        id="title",
        capability="understanding",
        suite="sns",
        title={"en": "Title for a note", "zh": "标题再创作"},
        prompts={
            "en": ("{text}\nTitle:", "Write a title for this note: {text}", "{text}\nWrite the title:"),
            "zh": ("{text}\n标题：", "给这篇笔记写标题：{text}", "{text}\n写标题："),
        },
        answer="text",
        parser="text",
        reward=rewards.WORDING,
        metric="ROUGE-L",
        needs=("notes.title", "notes.body"),
        truth="log",
        negatives="none; clickbait titles are not used as references",
        build=_title,
    ),
)
