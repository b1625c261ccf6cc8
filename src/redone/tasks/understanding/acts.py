"""What a comment does, which rule of the policy a note breaks, and what a mistyped query was meant to be."""

from __future__ import annotations

import random
from collections.abc import Iterator

from redone.records import Platform
from redone.tasks.forms import CHOICE, COPY
from redone.tasks.labelled import comment_label
from redone.tasks.lookup import note_templates, note_units, text_of
from redone.tasks.task import Draft, Task
from redone.tasks.understanding.moderation import clauses_for
from redone.tasks.wording import say

ACTS = ("advice", "experience", "remark")


def _broken_rule(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """Two clauses of the policy, of which one, or none, is broken."""
    for note in platform.notes:
        harm = note.labels.get("harm")
        clauses = clauses_for(platform, note.language)
        if harm is None or len(clauses) < 2:
            continue
        others = rng.sample(sorted(name for name in clauses if name != harm), min(2, len(clauses) - 1))
        shown = [harm, others[0]] if harm in clauses else (others + others)[:2]
        if len(set(shown)) < 2:
            continue
        rng.shuffle(shown)
        none = say("none", note.language)
        yield Draft(
            language=note.language,
            slots={"text": text_of(note), "a": clauses[shown[0]], "b": clauses[shown[1]], "none": none},
            answers=("AB"[shown.index(harm)] if harm in shown else none,),
            choices=("A", "B", none),
            templates=note_templates(note),
            units=note_units(note),
        )


def mistyped(text: str, language: str, rng: random.Random) -> str:
    """The text with two neighbouring characters exchanged, in English inside a word; itself if none can be."""
    places = [
        i
        for i in range(len(text) - 1)
        if text[i] != text[i + 1]
        and (language == "zh" or (text[i].isalpha() and text[i + 1].isalpha() and i and text[i - 1] != " "))
    ]
    if not places:
        return text
    i = rng.choice(places)
    return text[:i] + text[i + 1] + text[i] + text[i + 2 :]


def _correction(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    for query in platform.queries:
        typed = mistyped(query.text, query.language, rng)
        if typed != query.text:
            yield Draft(
                language=query.language,
                slots={"text": typed},
                answers=(query.text,),
                units=(query.id, query.user_id),
            )


ACT_TASKS = (
    Task(
        id="comment_act",
        capability="understanding",
        suite="sns",
        title={"en": "What a comment does", "zh": "评论作用"},
        prompts={
            "en": (
                "Comment: {text}\nAct: advice, experience or remark?",
                "Is this comment advice, experience or remark? {text}",
                "Comment: {text}\nIs it advice, experience or remark?",
            ),
            "zh": (
                "评论：{text}\n作用：建议、经历、感想？",
                "这条评论是建议、经历还是感想？{text}",
                "评论：{text}\n是建议、经历还是感想？",
            ),
        },
        **CHOICE,
        needs=("comments.labels.act",),
        truth="label",
        negatives="the other acts, on the same topics and in the same mood",
        build=comment_label("act", ACTS),
        max_share=0.4,
    ),
    Task(
        id="harm_category",
        capability="understanding",
        suite="sns",
        title={"en": "Which rule is broken", "zh": "违反哪条规则"},
        prompts={
            "en": (
                "A: {a}\nB: {b}\nNote: {text}\nBroken rule, A, B or {none}:",
                "Which rule does the note break, A, B or {none}? A: {a} B: {b} Note: {text}",
                "Note: {text}\nA: {a}\nB: {b}\nWhich rule is broken, A, B or {none}?",
            ),
            "zh": (
                "A：{a}\nB：{b}\n笔记：{text}\n违反A、B还是{none}：",
                "笔记违反哪条规则，A、B还是{none}？A：{a} B：{b} 笔记：{text}",
                "笔记：{text}\nA：{a}\nB：{b}\n违反哪条，A、B还是{none}？",
            ),
        },
        **CHOICE,
        needs=("notes.labels.harm", "policy"),
        truth="label",
        negatives="another clause of the policy, and harmless notes",
        build=_broken_rule,
        max_share=0.4,
    ),
    Task(
        id="query_correction",
        capability="understanding",
        suite="sns",
        title={"en": "Mistyped query", "zh": "搜索纠错"},
        prompts={
            "en": (
                "Typed: {text}\nMeant:",
                "Correct this search: {text}",
                "Search: {text}\nCorrect the search:",
            ),
            "zh": ("输入：{text}\n改正：", "改正这个搜索词：{text}", "搜索：{text}\n改正搜索词："),
        },
        **COPY,
        needs=("queries",),
        truth="log",
        negatives="two neighbouring characters are exchanged; the typed form earns nothing",
        build=_correction,
    ),
)
