"""Both orders: an answer must win wherever it stands, else its victory says something about the place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from redone.scoring.judges.protocol import SWAPPED, Duel, Judge, Verdict

PLACE = "the verdict changes with the order of the answers"


def compare_both_ways(judge: Judge, duel: Duel) -> Verdict:
    """The verdict that both orders give, in terms of the duel as it stands; unknown when they differ."""
    first = judge.compare(duel.question, duel.answer_a, duel.answer_b)
    if first.winner is None:
        return first
    second = judge.compare(duel.question, duel.answer_b, duel.answer_a)
    if second.winner is None:
        return second
    if SWAPPED[second.winner] != first.winner:
        return Verdict(None, PLACE)
    return first


def ask(judge: Judge, duels: Sequence[Duel], on_each: Callable[[], None] = lambda: None) -> list[Verdict]:
    """One verdict per duel, in order, as many at a time as the judge takes."""

    def one(duel: Duel) -> Verdict:
        verdict = compare_both_ways(judge, duel)
        on_each()
        return verdict

    if judge.parallel <= 1:
        return [one(duel) for duel in duels]
    with ThreadPoolExecutor(judge.parallel) as pool:
        return list(pool.map(one, duels))
