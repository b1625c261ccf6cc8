"""The facts of a title that a rewrite may not lose: names, numbers, warnings, negations, and what it is about.

The paper that re-creates titles names one failure that it leaves open: a warning about a certain card became
a general title in which the card was gone (RedOne 2.0, section 4.6). These are rules, not a model: what they
find can be read, and a candidate that loses one is rejected with that fact as the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel

from redone.scoring.normalise import canonical
from redone.serving.apps.bait import without_bait
from redone.serving.apps.terms import carries_matter, common_runs, content_terms

Kind = Literal["entity", "number", "warning", "negation", "term"]

NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")
_ZH_NUMBER = re.compile(
    "[零〇一二两三四五六七八九十百千万亿半]+(?=[个元块天年月日岁次家间本张条步种款件位分小周号度斤公])"
)
_QUOTED = re.compile(r"[《「『“\"【]([^》」』”\"】]{1,40})[》」』”\"】]")
_TAG = re.compile(r"#([^\s#]{1,40})")
_LATIN_IN_ZH = re.compile(r"[A-Za-z][A-Za-z0-9&+.'\-]*(?: [A-Z0-9][A-Za-z0-9&+.'\-]*)*")
_NAME_EN = re.compile(r"(?<![.!?] )(?<!^)\b[A-Z][A-Za-z0-9&'\-]*(?: [A-Z][A-Za-z0-9&'\-]*)*")
_MODEL = re.compile(r"\b(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9\-]{2,}\b")
WARNING = {
    "zh": re.compile(
        "千万别|不要|别(?!人|的|墅|致|称|处|名|样)|切勿|请勿|勿|小心|当心|注意|警惕|避雷|避坑|踩雷|踩坑|慎入|慎买|谨慎|警告|后悔|上当|被骗|危险|禁止"
    ),
    "en": re.compile(
        r"\b(?:do not|don't|dont|never|avoid|beware|warning|careful|caution|watch out|stop|scam|danger(?:ous)?|"
        r"regret|mistake|pitfalls?|wrong|risky?|unsafe)\b",
        re.IGNORECASE,
    ),
}
_OTHER_BIE = "(?!人|的|墅|致|称|处|名|样)"
NEGATION = {
    "zh": re.compile(
        "不(?!过|错|仅|但|同|断|管|论|少|久|如)|没(?!错)|无(?!论|数|比|敌)|未|非(?!常|洲)|勿|莫|别"
        + _OTHER_BIE
    ),
    "en": re.compile(
        r"\b(?:not|no|never|none|nobody|nothing|without|cannot|neither|nor|isn't|aren't|wasn't|won't|don't|"
        r"doesn't|didn't|can't|couldn't|shouldn't|wouldn't|hardly|dont)\b",
        re.IGNORECASE,
    ),
}


class Fact(BaseModel):
    """Something that must survive; ``text`` is how the original says it."""

    kind: Kind
    text: str


def facts_of(title: str, body: str, language: str, entities: Iterable[str] = ()) -> list[Fact]:
    """The facts of a title. The body says which of its words are the matter, and warns where the title does not.

    ``entities`` are names known to stand in the note; those in the title must survive.
    """
    found: dict[tuple[str, str], Fact] = {}

    def add(kind: Kind, text: str) -> None:
        folded = canonical(text)
        if folded:
            found.setdefault((kind, folded), Fact(kind=kind, text=text.strip()))

    for name in (*entities, *_names(title, language)):
        if canonical(name) and canonical(name) in canonical(title):
            add("entity", name)
    for number in numbers(title):
        add("number", number)
    for kind, patterns in (("warning", WARNING), ("negation", NEGATION)):
        hit = patterns[language].search(without_bait(title, language))
        if hit:
            add("warning" if kind == "warning" else "negation", hit.group())
    for term in _matter(title, body, language):
        add("term", term)
    return list(found.values())


def numbers(text: str) -> list[str]:
    """Numbers in digits (full width as well) and in Chinese characters before a measure word."""
    folded = canonical(text)
    return list(dict.fromkeys([*NUMBER.findall(folded), *_ZH_NUMBER.findall(folded)]))


def _names(title: str, language: str) -> list[str]:
    names = [*_QUOTED.findall(title), *_TAG.findall(title), *_MODEL.findall(title)]
    if language == "zh":
        names += _LATIN_IN_ZH.findall(title)
    else:
        names += _NAME_EN.findall(title)
    return [name for name in names if len(name) > 1]


def _matter(title: str, body: str, language: str) -> list[str]:
    """What title and body both speak of; without a body, nothing is known to matter more than the rest."""
    if language == "zh":
        return [run for run in common_runs(canonical(title), canonical(body)) if carries_matter(run)]
    return sorted(content_terms(title) & content_terms(body))
