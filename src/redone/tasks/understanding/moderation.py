"""What a platform must know before it shows a note: clickbait, harm under a policy clause, wide appeal."""

from __future__ import annotations

import random
from collections.abc import Iterator

from redone.records import Platform
from redone.tasks import rewards
from redone.tasks.labelled import YES_NO, note_label
from redone.tasks.lookup import headline, note_templates, note_units, text_of
from redone.tasks.task import Draft, Task
from redone.tasks.wording import say


def _clickbait(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    for note in platform.notes:
        if note.labels.get("clickbait") in YES_NO:
            code = note.labels["clickbait"]
            yield Draft(
                language=note.language,
                slots={"text": headline(note)},
                answers=(say(code, note.language),),
                choices=tuple(say(c, note.language) for c in YES_NO),
                templates=note_templates(note),
                units=note_units(note),
            )


def _harmful(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """Ask about a note and one clause of the policy; a note that breaks another clause is a hard "no"."""
    for note in platform.notes:
        harm = note.labels.get("harm")
        clauses = clauses_for(platform, note.language)
        if harm is None or not clauses:
            continue
        if harm in clauses and rng.random() < 0.75:
            category = harm
        else:
            category = rng.choice([name for name in clauses if name != harm] or list(clauses))
        code = "yes" if harm == category else "no"
        yield Draft(
            language=note.language,
            slots={"text": text_of(note), "clause": clauses[category]},
            answers=(say(code, note.language),),
            choices=tuple(say(c, note.language) for c in YES_NO),
            templates=note_templates(note),
            units=note_units(note),
        )


def clauses_for(platform: Platform, language: str) -> dict[str, str]:
    """Return the clauses in one language; a key may carry the language after a colon (``spam:zh``)."""
    own = {
        key.removesuffix(f":{language}"): text
        for key, text in platform.policy.items()
        if key.endswith(f":{language}")
    }
    return own or {key: text for key, text in platform.policy.items() if ":" not in key}


MODERATION = (
    Task(
        id="clickbait",
        capability="understanding",
        suite="sns",
        title={"en": "Clickbait title", "zh": "标题党"},
        prompts={
            "en": (
                "{text}\nClickbait, yes or no?",
                "Is this title clickbait, yes or no? {text}",
                "{text}\nIs this clickbait, yes or no?",
            ),
            "zh": (
                "{text}\n标题党，是或否？",
                "这是标题党吗，是或否？{text}",
                "{text}\n是标题党吗，是或否？",
            ),
        },
        answer="label",
        parser="label",
        reward=rewards.EXACT,
        metric="accuracy",
        needs=("notes.labels.clickbait",),
        truth="label",
        negatives="plain titles of the same topics",
        build=_clickbait,
        max_share=0.55,
    ),
    Task(
        id="harmful",
        capability="understanding",
        suite="sns",
        title={"en": "Harmful note under a policy clause", "zh": "按条款判断违规"},
        prompts={
            "en": (
                "Rule: {clause}\nNote: {text}\nBroken, yes or no?",
                "Note: {text}\nRule: {clause}\nDoes the note break the rule, yes or no?",
                'Does this note break "{clause}", yes or no? {text}',
            ),
            "zh": (
                "规则：{clause}\n笔记：{text}\n违规，是或否？",
                "笔记：{text}\n规则：{clause}\n笔记违反规则吗，是或否？",
                "笔记违反“{clause}”吗，是或否？{text}",
            ),
        },
        answer="label",
        parser="label",
        reward=rewards.EXACT,
        metric="accuracy",
        needs=("notes.labels.harm", "policy"),
        truth="label",
        negatives="harmless notes, and harmful ones under another clause",
        build=_harmful,
        max_share=0.55,
    ),
    Task(
        id="gender_appeal",
        capability="understanding",
        suite="sns",
        title={"en": "Interest to both men and women", "zh": "男女都会讨论"},
        prompts={
            "en": (
                "{text}\nFor both men and women, yes or no?",
                "Would men and women both discuss this, yes or no? {text}",
                "{text}\nIs this for women and men, yes or no?",
            ),
            "zh": (
                "{text}\n男女都会讨论，是或否？",
                "男生女生都会聊吗，是或否？{text}",
                "{text}\n两性都感兴趣吗，是或否？",
            ),
        },
        answer="label",
        parser="label",
        reward=rewards.EXACT,
        metric="accuracy",
        needs=("notes.labels.appeal",),
        truth="label",
        negatives="notes for one gender",
        build=note_label("appeal", YES_NO),
        max_share=0.55,
    ),
)
