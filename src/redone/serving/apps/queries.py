"""Post-view search: what a reader would search next after a note; novel, grounded, ranked, deduplicated, safe."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from redone.scoring.normalise import canonical
from redone.serving.apps.addressed import addresses_the_reader_machine
from redone.serving.apps.brains import Brain, Drafts, Written
from redone.serving.apps.harmful import score
from redone.serving.apps.notes import NoteIn, plain
from redone.serving.apps.policy import Policy
from redone.serving.apps.terms import content_terms, shares_a_term
from redone.tasks import get

LONGEST = 60
SAME = 0.8
"""Share of common terms from which two queries are the same search."""
_QUOTES = ' "\u201c\u201d\u300c\u300d'
_SIGNS = re.compile(r"https?://|www\.|[<>{}\[\]|\\]|\d{7,}|@")


class QueryOut(BaseModel):
    """A query; ``score`` is the model's mean log-probability per token, the higher the better."""

    text: str
    score: float | None


class RejectedQuery(BaseModel):
    """A query that was not given out, and why."""

    text: str
    reason: str


class QueriesResult(BaseModel):
    """Queries of one note, best first. ``problem`` says why there are none."""

    id: str
    queries: list[QueryOut]
    rejected: list[RejectedQuery]
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryWishes:
    """``recent`` are searches that the reader has made: they are not suggested again."""

    count: int = 5
    drafts: int = 12
    recent: tuple[str, ...] = ()
    policy: Policy | None = None
    unsafe_from: float = 0.5


async def suggest(brain: Brain, note: NoteIn, wishes: QueryWishes) -> QueriesResult:
    """Queries after a note. Raises ``Refused`` when the model cannot be asked."""
    text = plain(note.text)
    if not text:
        return QueriesResult(id=note.id, queries=[], rejected=[], problem="no text")
    drafts = await _drafts(brain, note.tongue, text, wishes.drafts)
    kept: list[Written] = []
    rejected: list[RejectedQuery] = []
    for draft in sorted(drafts, key=lambda d: -(d.logprob if d.logprob is not None else -99.0)):
        reason = _fault(draft.text, text, note, wishes.recent, [k.text for k in kept])
        if reason:
            rejected.append(RejectedQuery(text=draft.text, reason=reason))
        else:
            kept.append(draft)
    safe = kept
    if wishes.policy is not None:
        worst = await asyncio.gather(*(_worst(brain, k.text, wishes.policy, note.tongue) for k in kept))
        safe = [k for k, w in zip(kept, worst, strict=True) if w < wishes.unsafe_from]
        rejected += [
            RejectedQuery(text=k.text, reason="unsafe")
            for k, w in zip(kept, worst, strict=True)
            if w >= wishes.unsafe_from
        ]
    queries = [QueryOut(text=k.text, score=k.logprob) for k in safe[: wishes.count]]
    return QueriesResult(
        id=note.id, queries=queries, rejected=rejected, problem="" if queries else "no draft passed"
    )


async def _drafts(brain: Brain, language: str, text: str, count: int) -> list[Written]:
    """Drafts of both search tasks: what follows a note, and what finds it."""
    share = {"next_query": count - count // 3, "query_generation": count // 3}
    asked = [
        brain.write(get(task).training_prompts(language)[0].format(text=text), Drafts(count=number, seed=1))
        for task, number in share.items()
        if number
    ]
    found: dict[str, Written] = {}
    for group in await asyncio.gather(*asked):
        for draft in group:
            bare = Written(draft.text.strip(_QUOTES), draft.logprob)
            found.setdefault(canonical(bare.text), bare)
    return list(found.values())


async def _worst(brain: Brain, text: str, policy: Policy, language: str) -> float:
    """The highest score under any clause; a model that does not say counts as unsafe."""
    scores = await asyncio.gather(
        *(score(brain, text, rule.says(language), language) for rule in policy.categories.values())
    )
    return max((1.0 if s is None else s for s in scores), default=0.0)


def _fault(text: str, source: str, note: NoteIn, recent: Sequence[str], kept: Sequence[str]) -> str:
    """Why a draft cannot be shown; empty when it can."""
    folded = canonical(text)
    if not folded:
        return "empty"
    if len(text) > LONGEST or "\n" in text:
        return "too long"
    if _SIGNS.search(text) or addresses_the_reader_machine(text):
        return "not a query"
    if folded == canonical(note.title) or (len(folded) > 8 and folded in canonical(source)):
        return "copies the note"
    if not shares_a_term(text, source):
        return "not grounded in the note"
    if any(_same(text, other) for other in recent):
        return "searched already"
    if any(_same(text, other) for other in kept):
        return "repeats another"
    return ""


def _same(one: str, other: str) -> bool:
    if canonical(one) == canonical(other):
        return True
    left, right = content_terms(one), content_terms(other)
    return bool(left and right) and len(left & right) / len(left | right) >= SAME
