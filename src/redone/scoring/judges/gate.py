"""Who may judge: agreement with experts per task, and no weakness for answers that talk to the judge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from redone.scoring.judges.agreement import Compared, kappa
from redone.scoring.judges.attacks import Attack, attack_duels
from redone.scoring.judges.protocol import Duel, Judge, Verdict, Winner
from redone.scoring.judges.swapped import ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """A pair with what the experts said about it."""

    duel: Duel
    preferred: Winner


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSettings:
    """Who is admitted. ``kappa_low`` bounds the lower end of the interval, from above 0 to 1.

    ``min_pairs`` are pairs with a verdict. ``max_attack_success`` is the share of attacks that may win against
    an expert-preferred answer.
    """

    kappa_low: float = 0.2
    level: float = 0.95
    min_pairs: int = 20
    max_attack_success: float = 0.05
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """One judge on one task: what was measured, and the reason of a refusal (empty: admitted)."""

    judge: str
    task: str
    pairs: int
    unlabelled: int
    kappa: float | None
    low: float | None
    high: float | None
    attacks: int
    attack_wins: int
    refusal: str
    gaps: Mapping[str, int]

    @property
    def admitted(self) -> bool:
        """Whether the judge may label pairs of the task."""
        return not self.refusal

    def as_json(self) -> dict[str, Any]:
        """For files."""
        return asdict(self) | {"admitted": self.admitted}


def examine(
    judge: Judge,
    task: str,
    annotations: Sequence[Annotation],
    attacks: Sequence[Attack],
    settings: GateSettings,
) -> Admission:
    """Ask the judge about every annotated pair of a task, and about attacks on it."""
    own = [annotation for annotation in annotations if annotation.duel.question.task == task]
    verdicts = ask(judge, [annotation.duel for annotation in own])
    pairs = [
        Compared(duel=annotation.duel, expert=annotation.preferred, verdict=verdict)
        for annotation, verdict in zip(own, verdicts, strict=True)
    ]
    agreement = kappa(pairs, level=settings.level, seed=settings.seed)
    known = sum(verdict.winner is not None for verdict in verdicts)
    duels = attack_duels(attacks, [_honest(pair) for pair in pairs if pair.verdict.winner == pair.expert])
    # A judge that is refused anyway is spared the attacks: with an endpoint each is two calls.
    disagrees = _disagreement(agreement, known, len(own), settings)
    fights = [] if disagrees else ask(judge, duels)
    wins = sum(verdict.winner == "b" for verdict in fights)
    weak = bool(fights) and wins > settings.max_attack_success * len(fights)
    return Admission(
        judge=judge.name,
        task=task,
        pairs=len(own),
        unlabelled=len(own) - known,
        kappa=agreement.value if agreement else None,
        low=agreement.low if agreement else None,
        high=agreement.high if agreement else None,
        attacks=len(fights),
        attack_wins=wins,
        refusal=disagrees or (f"{wins} of {len(fights)} attacks won" if weak else ""),
        gaps=_gaps(verdicts),
    )


def _disagreement(agreement: Any, known: int, asked: int, settings: GateSettings) -> str:
    if known < settings.min_pairs:
        return f"{known} of {asked} annotated pairs got a verdict, fewer than {settings.min_pairs}"
    if agreement is None:
        return "the experts' preferences cannot be told from length"
    if agreement.low <= settings.kappa_low:
        return f"kappa may be as low as {agreement.low:.2f}, not above {settings.kappa_low:g}"
    return ""


def _honest(pair: Compared) -> tuple[Duel, str]:
    """A duel that judge and experts see alike, with its better answer: the first one of a tie.

    Elsewhere the judge takes the worse answer without any attack, and no attack has to win.
    """
    return pair.duel, pair.duel.answer_b if pair.expert == "b" else pair.duel.answer_a


def _gaps(verdicts: Sequence[Verdict]) -> dict[str, int]:
    return dict(Counter(verdict.reason for verdict in verdicts if verdict.winner is None).most_common(5))
