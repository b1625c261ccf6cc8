"""Mathematics: GSM8K by number; MATH-500 and AIME 2025 by symbolic equivalence."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from redone.bench.general.equivalence import equivalent_many
from redone.bench.sets import Item, Mode, Score
from redone.bench.tally import Tally, grouped_tally, share_tally

_NUMBER = re.compile(r"-?\d+\.\d+|-?\d+")
_COMMA = re.compile(r"(?<=\d)[,，](?=\d{3}(?!\d))")
_TOLERANCE = 1e-6


def gsm8k_gold(item: Item) -> str:
    """Return the final number of the worked answer."""
    return str(item.row["answer"]).rpartition("#### ")[2].replace(",", "").strip()


def last_number(output: str, *, commas: bool) -> str | None:
    """Return the last number before any further "Question:"; with ``commas``, "1,234" is one number."""
    text = output.partition("Question:")[0]
    found = _NUMBER.findall(_COMMA.sub("", text) if commas else text)
    return found[-1] if found else None


def gsm8k_score(items: Sequence[Item], outputs: Sequence[str], mode: Mode) -> Tally:
    """Score by the last number. ``paper`` reads "1,234" as 234, as OpenCompass 0.4.2 does."""
    found = [last_number(output, commas=mode == "fixed") for output in outputs]
    right = [
        float(said is not None and abs(float(said) - float(gsm8k_gold(item))) < _TOLERANCE)
        for said, item in zip(found, items, strict=True)
    ]
    return share_tally(right, unread=sum(said is None for said in found))


def symbolic_score(gold: Callable[[Item], str]) -> Score:
    """Return the scorer by symbolic equivalence; groups (subjects) beside it, items weighted alike."""

    def score(items: Sequence[Item], outputs: Sequence[str], mode: Mode) -> Tally:
        verdicts = equivalent_many([(gold(item), out) for item, out in zip(items, outputs, strict=True)])
        right = [float(verdict == "equal") for verdict in verdicts]
        tally = share_tally(right, unread=verdicts.count("unread"))
        late = verdicts.count("timeout")
        notes = (f"{late} answers took too long to compare and count as wrong",) if late else ()
        groups = [item.group or "all" for item in items]
        subjects = grouped_tally(right, groups, headline="by-subject").values()
        extras = {name: value for name, value in subjects.items() if name.startswith("by-subject/")}
        return Tally(
            counts=tally.counts, measure=tally.measure, headline=tally.headline, credit=tally.credit,
            unread=tally.unread, notes=notes, extras=extras,
        )  # fmt: skip

    return score


def boxed(text: str) -> str:
    """Return the answer as a model is asked to give it."""
    return f"The final answer is $\\boxed{{{text}}}$."


def plain_answer(item: Item) -> str:
    """Return the gold answer."""
    return str(item.row["answer"])


def boxed_answer(item: Item) -> str:
    """Return the gold answer in a box."""
    return boxed(plain_answer(item))
