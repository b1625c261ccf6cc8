"""Judging and repairing translations: the faithful one, the wrong word, mixed languages, slang said plainly."""

from __future__ import annotations

import random
from collections.abc import Iterator

from redone.records import ParallelText, Platform
from redone.tasks.forms import CHOICE, COPY, PIECE
from redone.tasks.lookup import note_templates, note_units, text_of
from redone.tasks.options import lettered
from redone.tasks.task import Draft, Task
from redone.tasks.translation.words import Pair, another, glossary_pairs, replaced, with_pairs

_LANGUAGES = ("zh", "en")
_OTHER = {"zh": "en", "en": "zh"}


def _say(item: ParallelText, language: str) -> str:
    return item.zh if language == "zh" else item.en


def _draft(
    item: ParallelText, language: str, slots: dict[str, str], answer: str, rationale: str = ""
) -> Draft:
    return Draft(
        language=language,
        slots=slots,
        answers=(answer,),
        choices=("A", "B") if "b" in slots else (),
        rationale=rationale,
        templates=(item.template,) if item.template else (),
        units=(item.id,),
    )


def _spoilt(platform: Platform, rng: random.Random) -> Iterator[tuple[ParallelText, str, Pair, Pair]]:
    """A text, the language to spoil it in, an entry that it holds, and the one to put in its place."""
    pairs = glossary_pairs(platform)
    for item, found in with_pairs(platform):
        language = rng.choice(_LANGUAGES)
        old = rng.choice(found)
        new = another(old, pairs, _say(item, language), language, rng)
        if new is not None:
            yield item, language, old, new


def _choice(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """The translation against the same with one name or topic exchanged. Asked in the target language."""
    for item, language, old, new in _spoilt(platform, rng):
        right = _say(item, language)
        letter, slots = lettered(right, [replaced(right, language, old, new.say(language))], rng)
        slots["text"] = _say(item, _OTHER[language])
        yield _draft(item, language, slots, letter, f"{old.say(_OTHER[language])} = {old.say(language)}")


def _back(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """Two texts as they came back from the other language; one of them has lost a word on the way."""
    for item, language, old, new in _spoilt(platform, rng):
        others = item.references_zh if language == "zh" else item.references_en
        kept = [text for text in others if replaced(text, language, old, "") != text]
        if not kept:
            continue
        right = rng.choice(kept)
        letter, slots = lettered(right, [replaced(right, language, old, new.say(language))], rng)
        yield _draft(item, language, slots | {"text": _say(item, language)}, letter)


def _wrong_word(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    for item, language, old, new in _spoilt(platform, rng):
        wrong = replaced(_say(item, language), language, old, new.say(language))
        slots = {"text": _say(item, _OTHER[language]), "draft": wrong}
        yield _draft(
            item, language, slots, new.say(language), f"{old.say(_OTHER[language])} = {old.say(language)}"
        )


def _mixed(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """A text in which some words are in the other language, as bilingual people write."""
    for item, found in with_pairs(platform):
        language = rng.choice(_LANGUAGES)
        text = _say(item, language)
        for pair in rng.sample(found, min(2, len(found))):
            text = replaced(text, language, pair, pair.say(_OTHER[language]))
        yield _draft(item, language, {"text": text}, _say(item, language))


def _plain(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """A note with slang, and the same with the slang said plainly."""
    for note in platform.notes:
        text = text_of(note)
        used = [t for t in platform.terms if t.language == note.language and t.text in text]
        if len({term.text for term in used}) == 1:
            yield Draft(
                language=note.language,
                slots={"text": text},
                answers=(text.replace(used[0].text, used[0].meaning),),
                templates=note_templates(note),
                units=note_units(note),
            )


_PLAIN_TASK = Task(
    id="slang_plain",
    capability="translation",
    suite="translation",
    title={"en": "Slang said plainly", "zh": "网络用语改写"},
    prompts={
        "en": (
            "{text}\nIn plain words:",
            "Write this without slang: {text}",
            "{text}\nWrite it in plain words:",
        ),
        "zh": ("{text}\n不用网络用语：", "不用网络用语写一遍：{text}", "{text}\n改写，不用网络用语："),
    },
    **COPY,
    needs=("terms", "notes"),
    truth="expert",
    negatives="the text with its slang left in earns nothing",
    build=_plain,
)

CHECKS = (
    Task(
        id="translation_choice",
        capability="translation",
        suite="translation",
        title={"en": "The faithful translation", "zh": "选择译文"},
        prompts={
            "en": (
                "{text}\nA: {a}\nB: {b}\nFaithful:",
                "Which is the right translation of {text} A: {a} B: {b}",
                "A: {a}\nB: {b}\nWhich translation is right? {text}",
            ),
            "zh": (
                "{text}\nA：{a}\nB：{b}\n正确译文：",
                "哪句是正确的译文？{text} A：{a} B：{b}",
                "A：{a}\nB：{b}\n哪个译文正确？{text}",
            ),
        },
        **CHOICE,
        needs=("parallel", "parallel.word"),
        truth="expert",
        negatives="the translation with one name or topic exchanged for another of its kind",
        build=_choice,
        max_share=0.55,
    ),
    Task(
        id="back_translation",
        capability="translation",
        suite="translation",
        title={"en": "The faithful back-translation", "zh": "选择回译"},
        prompts={
            "en": (
                "{text}\nTranslated back:\nA: {a}\nB: {b}\nSame meaning:",
                "Which still says the same when translated back? {text} A: {a} B: {b}",
                "A: {a}\nB: {b}\nWhich says the same? {text}",
            ),
            "zh": (
                "{text}\n回译：\nA：{a}\nB：{b}\n意思相同：",
                "回译后哪句意思没变？{text} A：{a} B：{b}",
                "A：{a}\nB：{b}\n哪句意思相同？{text}",
            ),
        },
        **CHOICE,
        needs=("parallel.references_zh", "parallel.references_en", "parallel.word"),
        truth="expert",
        negatives="another wording with one name or topic exchanged",
        build=_back,
        max_share=0.55,
    ),
    Task(
        id="translation_error",
        capability="translation",
        suite="translation",
        title={"en": "Wrong word in a translation", "zh": "找错译"},
        prompts={
            "en": (
                "{text}\nTranslation: {draft}\nWrong word:",
                "Copy the wrong word of this translation: {text} / {draft}",
                "{text} / {draft}\nWhich word of the translation is wrong?",
            ),
            "zh": (
                "{text}\n译文：{draft}\n错词：",
                "找出译文里错的词：{text} / {draft}",
                "{text} / {draft}\n译文里哪个词错了？",
            ),
        },
        **PIECE,
        needs=("parallel", "parallel.word"),
        truth="expert",
        negatives="the right words of the same translation",
        build=_wrong_word,
        max_share=0.3,
    ),
    Task(
        id="mixed_text",
        capability="translation",
        suite="translation",
        title={"en": "Mixed languages made one", "zh": "中英混写规范化"},
        prompts={
            "en": (
                "{text}\nAll in English:",
                "Write this in English only: {text}",
                "{text}\nWrite all in English:",
            ),
            "zh": ("{text}\n全用中文：", "把它全写成中文：{text}", "{text}\n全写成中文："),
        },
        **COPY,
        needs=("parallel", "parallel.word"),
        truth="expert",
        negatives="the mixed text itself earns nothing",
        build=_mixed,
    ),
    _PLAIN_TASK,
)
