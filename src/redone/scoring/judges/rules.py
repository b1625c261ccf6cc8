"""Rules that a machine can check without taste: each gives the share of it that an answer keeps, 0..1.

They know a question's wording, never the right answer. A rule that does not apply gives None.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from redone.scoring.judges.protocol import Question
from redone.scoring.normalise import CJK, canonical
from redone.scoring.tokens import tokenise

Rule = Callable[[Question, str], float | None]

_HAN = re.compile(f"[{CJK}]")
_LATIN = re.compile(r"[A-Za-z]{2,}")
_MARKUP = re.compile(r"[{}\[\]<>|`\\]|https?:|\*\*|##")
_TO_JUDGE = re.compile(
    r"\b(?:answer|answers|response|verdict|score|scores|grade|rating|rate|winner|judge|evaluator|assistant|"
    r"system|instructions?|prompt|solution|marks?|points?|prefer(?:red)?|thought process)\b"
    r"|答案|回答|评分|打分|满分|得分|评委|裁判|评判|指令|系统提示|胜者|获胜|解答|解析|选择A|选择B|优于|更好的",
    re.IGNORECASE,
)
_COMMON = (
    "a an the and or of to in on at is are was were be it its this that for with as i you we my your his her "
    "me us so by from not no do does did what which who how why"
)
_STOP = frozenset(_COMMON.split()) | frozenset("的了是在我你他她们这那有和与就也")


def length_between(shortest: int, longest: int) -> Rule:
    """Tokens (characters in Chinese) within the range; half as many, or twice, keep nothing of it."""

    def kept(question: Question, answer: str) -> float | None:
        count = len(tokenise(answer))
        if count < shortest:
            return max(0.0, 2 * count / shortest - 1)
        return 1.0 if count <= longest else max(0.0, 2 - count / longest)

    return kept


def in_language(question: Question, answer: str) -> float | None:
    """The share of the writing that is in the question's language; names may be in another."""
    han, latin = len(_HAN.findall(answer)), len(_LATIN.findall(answer))
    if not han + latin:
        return 0.0
    own = han if question.language == "zh" else latin
    return min(1.0, 1.5 * own / (han + latin))


def no_repetition(question: Question, answer: str) -> float | None:
    """Different pairs of neighbouring tokens as a share of all."""
    pairs = list(pairwise(tokenise(answer)))
    return len(set(pairs)) / len(pairs) if pairs else 1.0


def on_topic(question: Question, answer: str) -> float | None:
    """The share of the answer that takes up words of the question, counted up to a half: copying gains nothing."""
    asked, said = _content(question.prompt), _content(answer)
    if not asked or not said:
        return 0.0 if asked else None
    return min(1.0, 2 * len(said & asked) / len(said))


def plain_text(question: Question, answer: str) -> float | None:
    """No markup, braces or links: none of these tasks asks for any."""
    return 0.0 if _MARKUP.search(answer) else 1.0


def not_to_the_judge(question: Question, answer: str) -> float | None:
    """No words about verdicts and marks, unless the question itself is about them."""
    strange = {m.casefold() for m in _TO_JUDGE.findall(answer)} - {
        m.casefold() for m in _TO_JUDGE.findall(question.prompt)
    }
    return 0.0 if strange else 1.0


def ends_well(question: Question, answer: str) -> float | None:
    """A line of text that says something: not empty, one line, not broken off at a comma or colon."""
    text = answer.strip()
    if not text or "\n" in text or not tokenise(text):
        return 0.0
    return 0.0 if text[-1] in ",，、:：;；-(（" else 1.0


def _content(text: str) -> set[str]:
    """Words, and in Chinese pairs of characters, without those that any sentence has."""
    tokens = tokenise(canonical(text))
    words = {t for t in tokens if not _HAN.fullmatch(t)}
    return (words | {a + b for a, b in pairwise(tokens) if _HAN.fullmatch(a) and _HAN.fullmatch(b)}) - _STOP
