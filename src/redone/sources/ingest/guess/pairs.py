"""Shapes of two texts: translations, and pairs with a label, a score, or a reply."""

from __future__ import annotations

from redone.sources.ingest.guess.drafter import LANGUAGE_OF, PROMPT_CHARACTERS, Drafter, Steps, cut, metric
from redone.sources.ingest.guess.names import rank
from redone.sources.ingest.guess.posts import label_task, labelled
from redone.sources.ingest.guess.profile import Column
from redone.sources.ingest.guess.roles import Guess, guess_labels, is_text
from redone.sources.ingest.guess.wordings import wordings
from redone.sources.ingest.guess.writing import TaskDraft

_PAIR_CHARACTERS = 120


def parallel(drafter: Drafter) -> bool:
    """The same text in Chinese and English, by the names of the columns or by what they hold."""
    zh, en = drafter.guess("zh"), drafter.guess("en")
    if zh is None or en is None or zh.column.name == en.column.name:
        zh, en = _two_languages(drafter)
    if zh is None or en is None:
        return False
    drafter.take("zh", zh)
    drafter.take("en", en)
    for kind, language, column in (("to_zh", "en", "zh"), ("to_en", "zh", "en")):
        both = {**wordings(kind, "en"), **wordings(kind, "zh")}
        extra = {"where": {language: {"max_length": PROMPT_CHARACTERS}}, **metric("translation")}
        answer = {"column": column, "form": "text"}
        name = f"{drafter.file.name}_{kind}"
        drafter.file.tasks.append(TaskDraft(name, "translation", both, answer, extra=extra))
    drafter.split_by = "zh"
    labelled(drafter, "zh", zh=True)
    return True


def _two_languages(drafter: Drafter) -> tuple[Guess | None, Guess | None]:
    """Two texts of the file's only two, one Chinese and one not: likely a translation."""
    texts = [c for c in drafter.columns.values() if c.name not in drafter.taken and is_text(c)]
    zh, en = [c for c in texts if c.chinese], [c for c in texts if not c.chinese and not c.han]
    if len(texts) != 2 or len(zh) != 1 or len(en) != 1 or zh[0].filled != en[0].filled:
        return None, None
    why = "one Chinese text and one other, taken for translations of each other"
    return Guess(zh[0], False, why), Guess(en[0], False, why)


def pair(drafter: Drafter) -> bool:
    """Two texts per row, and what somebody said of them."""
    first, second = drafter.guess("first"), drafter.guess("second")
    if first is None or second is None or first.column.name == second.column.name:
        first, second = _two_texts(drafter)
    if first is None or second is None:
        return False
    zh = first.column.chinese
    drafter.take("first", first)
    drafter.take("second", second)
    drafter.split_by = "first"
    cuts = [cut(column, _PAIR_CHARACTERS) for column in ("first", "second")]
    labels = guess_labels(drafter.columns, drafter.taken)
    score = next((c for c in drafter.columns.values() if _is_score(c) and c.name not in drafter.taken), None)
    labels = [found for found in labels if found.sure] or ([] if score is not None else labels)
    for found in labels[:2]:
        label_task(drafter, found, zh, "pair", "matching", prepare=cuts)
    if not labels and score is not None:
        _score_task(drafter, score, zh, cuts)
    elif not labels:
        drafter.choice("reply_choice", "dialogue", "reply", zh, "second", "first", prepare=cuts)
    return True


def _two_texts(drafter: Drafter) -> tuple[Guess | None, Guess | None]:
    """Two columns that people wrote, neither a title: likely a pair, if nothing else is known of them."""
    texts = [c for c in drafter.columns.values() if c.name not in drafter.taken and is_text(c)]
    apart = [c for c in texts if rank(c.name, "title") is None]
    if len(texts) != 2 or len(apart) != 2 or drafter.guess("hashtags"):
        return None, None
    one, other = (Guess(c, False, "one of two texts, taken as a pair") for c in texts)
    return one, other


def _score_task(drafter: Drafter, score: Column, zh: bool, cuts: Steps) -> None:
    values = sorted(_number(v) for v, count in score.values.items() for _ in range(count))
    edge = values[len(values) // 2]
    words = ["否", "是"] if zh else ["no", "yes"]
    drafter.take("score", Guess(score, False, f"numbers from {values[0]:g} to {values[-1]:g}"))
    step = {"do": "bins", "column": "score", "edges": [edge], "names": words, "into": "alike"}
    said = "含义相同" if zh else "same meaning"
    drafter.file.tasks.append(
        TaskDraft(
            f"{drafter.file.name}_alike", "matching", wordings("pair", LANGUAGE_OF[zh], said),
            {"column": "alike", "form": "label", "labels": words},
            [f"unsure: the border between {words[0]} and {words[1]} is the median, {edge:g}"],
            [*cuts, step], {"balance": True},
        )
    )  # fmt: skip


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _is_score(column: Column) -> bool:
    named = rank(column.name, "label") is not None
    named |= column.name.lower() in ("score", "similarity", "分数", "相似度")
    return column.kind == "number" and column.distinct > 2 and named
