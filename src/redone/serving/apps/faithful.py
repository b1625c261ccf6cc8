"""The guard: a candidate title passes when every fact of the original survives and none is made up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import BaseModel

from redone.scoring.normalise import canonical
from redone.serving.apps.addressed import addresses_the_reader_machine
from redone.serving.apps.bait import without_bait
from redone.serving.apps.facts import NEGATION, WARNING, Fact, numbers

LONGEST = {"zh": 40, "en": 100}
"""Characters of a title."""

What = Literal["lost", "invented", "form"]


class Reason(BaseModel):
    """Why a candidate is rejected: a fact that it lost or invented, or its form."""

    what: What
    kind: str
    text: str


def objections(
    candidate: str, facts: Sequence[Fact], source: str, language: str, names: Iterable[str] = ()
) -> list[Reason]:
    """What speaks against a candidate; nothing when it is faithful.

    ``source`` is the whole note, from which a candidate may take facts; ``names`` are names of other notes
    that it may not bring in unless the source has them.
    """
    folded, given = canonical(candidate), canonical(source)
    reasons = _form(candidate, language)
    reasons += [
        Reason(what="lost", kind=fact.kind, text=fact.text)
        for fact in facts
        if not _survives(fact, candidate, folded, language)
    ]
    known = set(numbers(source))
    reasons += [
        Reason(what="invented", kind="number", text=number)
        for number in numbers(candidate)
        if number not in known
    ]
    reasons += [
        Reason(what="invented", kind="entity", text=name)
        for name in names
        if canonical(name) and canonical(name) in folded and canonical(name) not in given
    ]
    return reasons + _invented_tone(candidate, source, language)


def _invented_tone(candidate: str, source: str, language: str) -> list[Reason]:
    """A negation or warning that the source has not; bait counts beside bait alone."""
    reasons = []
    for kind, patterns in (("negation", NEGATION), ("warning", WARNING)):
        for said, given in (
            (without_bait(candidate, language), without_bait(source, language)),
            (candidate, source),
        ):
            hit = patterns[language].search(said)
            if hit and not patterns[language].search(given):
                reasons.append(Reason(what="invented", kind=kind, text=hit.group()))
                break
    return reasons


def _survives(fact: Fact, candidate: str, folded: str, language: str) -> bool:
    if fact.kind == "number":
        return fact.text in numbers(candidate)
    if fact.kind == "warning":
        return bool(WARNING[language].search(without_bait(candidate, language)))
    if fact.kind == "negation":
        return bool(NEGATION[language].search(without_bait(candidate, language)))
    return canonical(fact.text) in folded


def _form(candidate: str, language: str) -> list[Reason]:
    if not canonical(candidate):
        return [Reason(what="form", kind="empty", text="")]
    if len(candidate) > LONGEST[language] or "\n" in candidate:
        return [Reason(what="form", kind="length", text=str(len(candidate)))]
    if addresses_the_reader_machine(candidate):
        return [Reason(what="form", kind="addressed", text=candidate)]
    return []
