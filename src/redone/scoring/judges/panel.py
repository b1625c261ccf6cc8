"""The admitted judges together: a pair is labelled when more than half of them name the same answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from redone.scoring.judges.protocol import Duel, Judge, Verdict, Winner
from redone.scoring.judges.swapped import ask

SILENT, SPLIT, EVEN = "too few verdicts", "no majority", "a tie"


@dataclass(frozen=True, slots=True)
class PanelVerdict:
    """``winner`` None: unlabelled, for the ``reason``. ``votes`` are judge -> what it said (None: nothing)."""

    winner: Winner | None
    reason: str
    votes: dict[str, Winner | None]


def judged(
    judges: Sequence[Judge], duels: Sequence[Duel], on_each: Callable[[], None] = lambda: None
) -> list[PanelVerdict]:
    """One verdict per duel. The majority is of all judges asked: a silent judge never makes a vote easier."""
    asked = {judge.name: ask(judge, duels, on_each) for judge in judges}
    return [
        majority({name: verdicts[place] for name, verdicts in asked.items()}) for place in range(len(duels))
    ]


def majority(verdicts: dict[str, Verdict]) -> PanelVerdict:
    """The winner that more than half of the judges name."""
    votes = {name: verdict.winner for name, verdict in verdicts.items()}
    counts = Counter(vote for vote in votes.values() if vote is not None)
    for winner, count in counts.items():
        if 2 * count > len(votes):
            return PanelVerdict(winner, EVEN if winner == "tie" else f"{count} of {len(votes)}", votes)
    return PanelVerdict(None, SILENT if 2 * counts.total() <= len(votes) else SPLIT, votes)
