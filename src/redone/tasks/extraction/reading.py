"""Questions to a note, some without an answer (Note-MRC), and words worth a tap in a comment (Note-CHLW)."""

from __future__ import annotations

import random
from collections.abc import Iterator

from redone.records import Platform
from redone.tasks import rewards
from redone.tasks.extraction.entities import entities_of
from redone.tasks.lookup import note_templates, note_units, notes_by_id, text_of
from redone.tasks.parsers import NOTHING
from redone.tasks.task import Draft, Task
from redone.tasks.wording import say

_QUESTIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "price": {"en": ("how much is it?", "what does it cost?"), "zh": ("多少钱？", "价格是多少？")},
    "place": {"en": ("where is it?", "which place?"), "zh": ("在哪里？", "是什么地方？")},
    "brand": {"en": ("which brand?", "who makes it?"), "zh": ("什么牌子？", "是哪家的？")},
    "product": {"en": ("which product?", "what was bought?"), "zh": ("什么产品？", "买了什么？")},
}
_UNANSWERABLE_SHARE = 0.3  # SNS-Bench MRC-simple: 246 of 800 questions have no answer in the note


def _question(kind: str, language: str, rng: random.Random) -> str:
    """Return a wording for the kind; a kind of the user's own is asked for by its name."""
    known = _QUESTIONS.get(kind, {}).get(language)
    plain = f"{say(kind, language)}？" if language == "zh" else f"which {kind}?"
    return rng.choice(known) if known else plain


def _questions(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    kinds = sorted({entity.kind for note in platform.notes for entity in note.entities})
    for note in platform.notes:
        present = [kind for kind in kinds if entities_of(note, kind)]
        absent = [kind for kind in kinds if all(entity.kind != kind for entity in note.entities)]
        ask_absent = bool(absent) and rng.random() < _UNANSWERABLE_SHARE
        if not present and not ask_absent:
            continue
        kind = rng.choice(absent if ask_absent else present)
        found = [] if ask_absent else entities_of(note, kind)
        yield Draft(
            language=note.language,
            slots={"text": text_of(note), "question": _question(kind, note.language, rng)},
            answers=(", ".join(found) or NOTHING,),
            templates=note_templates(note),
            units=note_units(note),
        )


def _highlights(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    notes = notes_by_id(platform)
    for comment in platform.comments:
        if comment.highlights is None:
            continue
        yield Draft(
            language=comment.language,
            slots={"text": comment.text},
            answers=(", ".join(comment.highlights) or NOTHING,),
            units=(comment.id, comment.author_id, *note_units(notes[comment.note_id])),
        )


READING = (
    Task(
        id="mrc",
        capability="extraction",
        suite="sns",
        title={"en": "Question about a note", "zh": "阅读理解"},
        prompts={
            "en": (
                "{text}\nQuestion: {question} Copy it, or [] if not said:",
                "{question} Copy the words or say []: {text}",
                "{text}\nCopy the words or say []: {question}",
            ),
            "zh": (
                "{text}\n问：{question}摘原文，没有写[]：",
                "{question}抄原文，没有答[]：{text}",
                "{text}\n抄原文，没有答[]：{question}",
            ),
        },
        answer="text",
        parser="span",
        reward=rewards.SPAN,
        metric="BLEU and ROUGE-L",
        needs=("notes.entities",),
        truth="label",
        negatives="questions that the note does not answer",
        build=_questions,
        max_share=0.4,
    ),
    Task(
        id="highlights",
        capability="extraction",
        suite="sns",
        title={"en": "Words worth a tap", "zh": "评论高亮词"},
        prompts={
            "en": (
                "Comment: {text}\nWords to search, or []:",
                "Which words of this comment would one search for, or []? {text}",
                "Comment: {text}\nWhich words would one search for, or []?",
            ),
            "zh": (
                "评论：{text}\n高亮词，没有写[]：",
                "这条评论有哪些词值得搜，没有写[]？{text}",
                "评论：{text}\n标出想搜的词，没有写[]：",
            ),
        },
        answer="list",
        parser="list",
        reward=rewards.LIST_F1,
        metric="F1",
        needs=("comments.highlights",),
        truth="label",
        negatives="comments without any such word",
        build=_highlights,
        max_share=0.5,
    ),
)
