"""Title re-creation: candidates by the model, mended where they lost a fact, judged by the guard.

The original is kept when no candidate passes, so that the worst that can happen is no change.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from redone.scoring import evaluate
from redone.scoring.normalise import canonical
from redone.serving.apps.bait import without_bait
from redone.serving.apps.brains import Brain, Drafts
from redone.serving.apps.facts import Fact, facts_of
from redone.serving.apps.faithful import Reason, objections
from redone.serving.apps.notes import NoteIn, plain
from redone.tasks import get

_CLAUSES = re.compile(r"[^，,。！!？?；;：:|~～…\s][^，,。！!？?；;：:|~～…]*")
TASTE = 2.0
"""How much likeness to titles that the person liked weighs against log-probability per token; our choice."""


class Candidate(BaseModel):
    """A title that was considered. ``mended`` tells that lost parts of the original were put back."""

    title: str
    accepted: bool
    mended: bool = False
    score: float | None = None
    reasons: list[Reason] = []


class TitlesResult(BaseModel):
    """The title to use, whether it differs, the facts that had to survive, and every candidate."""

    id: str
    title: str
    changed: bool
    facts: list[Fact]
    candidates: list[Candidate]
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleWishes:
    """``liked`` are titles of the person's taste; candidates like them come first."""

    drafts: int = 6
    liked: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    mend: bool = True


async def recreate(brain: Brain, note: NoteIn, wishes: TitleWishes) -> TitlesResult:
    """A new title for a note. Raises ``Refused`` when the model cannot be asked."""
    language, body = note.tongue, plain(note.body)
    original = plain(note.title)
    facts = facts_of(original, body, language, note.entities)
    source = f"{original}\n{body}"
    prompt = get("title").training_prompts(language)[0].format(text=body or original)
    drafts = (
        await brain.write(prompt, Drafts(count=wishes.drafts, max_tokens=48, seed=2))
        if source.strip()
        else []
    )
    candidates: dict[str, Candidate] = {}
    for draft in drafts:
        text = plain(draft.text)
        reasons = objections(text, facts, source, language, wishes.names)
        score = _score(text, draft.logprob, wishes.liked)
        candidates.setdefault(
            canonical(text), Candidate(title=text, accepted=not reasons, score=score, reasons=reasons)
        )
        mended = mend(text, original, reasons, language) if wishes.mend and reasons else ""
        if mended:
            left = objections(mended, facts, source, language, wishes.names)
            score = _score(mended, draft.logprob, wishes.liked)
            candidates.setdefault(
                canonical(mended),
                Candidate(title=mended, accepted=not left, mended=True, score=score, reasons=left),
            )
    return _chosen(note, original, facts, list(candidates.values()))


def mend(candidate: str, original: str, reasons: Sequence[Reason], language: str) -> str:
    """The candidate with those clauses of the original, word for word, that hold what it lost; or nothing."""
    lost = [reason for reason in reasons if reason.what == "lost"]
    if not lost or len(lost) < len(reasons):
        return ""
    clauses = [clause.strip() for clause in _CLAUSES.findall(original)]
    wanted = [clause for clause in clauses if any(_says(clause, reason, language) for reason in lost)]
    if not wanted:
        return ""
    mark, joint = ("：", "，") if language == "zh" else (": ", ", ")
    return f"{joint.join(wanted)}{mark}{candidate}"


def _says(clause: str, reason: Reason, language: str) -> bool:
    """Whether a clause says what was lost; bait is no warning and no negation."""
    said = without_bait(clause, language) if reason.kind in {"warning", "negation"} else clause
    return canonical(reason.text) in canonical(said)


def _score(text: str, logprob: float | None, liked: Sequence[str]) -> float:
    """Rank of a candidate: how fluent it is and how much to the person's taste."""
    taste = evaluate("query_similarity", text, liked, {}) if liked else 0.0
    return (logprob if logprob is not None else 0.0) + TASTE * taste


def _chosen(note: NoteIn, original: str, facts: list[Fact], candidates: list[Candidate]) -> TitlesResult:
    candidates.sort(key=lambda c: (not c.accepted, c.mended, -(c.score or 0.0)))
    passed = [c for c in candidates if c.accepted and canonical(c.title) != canonical(original)]
    return TitlesResult(
        id=note.id,
        title=passed[0].title if passed else note.title,
        changed=bool(passed),
        facts=facts,
        candidates=candidates,
        problem="" if passed else "no candidate passed; the original is kept",
    )
