"""HaluEval, general queries: does the response hold a hallucination? Yes or no."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from redone.bench.sets import Item, Mode
from redone.bench.tally import Tally

SOURCE = "Download data/general_data.json of github.com/RUCAIBox/HaluEval."
_WORD = re.compile(r"\b(yes|no)\b", re.IGNORECASE)


def gold(item: Item) -> str:
    """Return the right judgement."""
    return "Yes" if item.row["hallucination"].lower() == "yes" else "No"


def always(items: Sequence[Item]) -> Mapping[str, Sequence[str]]:
    """Return the models that read nothing."""
    return {f"always {word}": [word] * len(items) for word in ("No", "Yes")}


def judgement(output: str, mode: Mode) -> str | None:
    """Return "yes" or "no"; None where the output has both words or neither.

    ``paper`` looks for "Yes" and "No" as upstream does, inside longer words too ("Not" holds "No").
    """
    if mode == "paper":
        found = {word.lower() for word in ("Yes", "No") if word in output}
    else:
        found = {word.lower() for word in _WORD.findall(output)}
    return found.pop() if len(found) == 1 else None


def score(items: Sequence[Item], outputs: Sequence[str], mode: Mode) -> Tally:
    """Accuracy is the headline; a constant "No" gets 81.92, so F1 and balanced accuracy stand beside it."""
    table = np.zeros((len(items), 6))  # yes right, yes all, no right, no all, said yes, unread
    credit = np.zeros(len(items))
    for at, (item, output) in enumerate(zip(items, outputs, strict=True)):
        found, wanted = judgement(output, mode), gold(item).lower()
        column = 0 if wanted == "yes" else 2
        credit[at] = table[at, column] = found == wanted
        table[at, column + 1] = 1
        table[at, 4:] = found == "yes", found is None

    def measure(sums: Sequence[float]) -> dict[str, float]:
        yes_right, yes, no_right, no, said_yes, _ = sums
        shares = [right / whole for right, whole in ((yes_right, yes), (no_right, no)) if whole]
        return {
            "accuracy": 100 * (yes_right + no_right) / (yes + no),
            "balanced-accuracy": 100 * sum(shares) / len(shares),
            "f1": 200 * yes_right / (yes + said_yes) if yes + said_yes else 100.0,
        }

    unread = int(table[:, 5].sum())
    return Tally(counts=table, measure=measure, headline="accuracy", credit=credit, unread=unread)
