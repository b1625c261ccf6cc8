"""Scorers of brought sets that mix forms: CompassBench (letters and blanks), parallel text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from redone.bench.general.equivalence import equivalent_many
from redone.bench.general.letters import first_marked, read_letter
from redone.bench.general.mathematics import boxed
from redone.bench.sets import Item, Mode
from redone.bench.tally import Tally, grouped_tally
from redone.bench.transbench.score import translation_tally
from redone.scoring.normalise import canonical


def parallel_score(items: Sequence[Item], outputs: Sequence[str], mode: Mode) -> Tally:
    """Score translations as SNS-TransBench's: mean of segment BLEU and chrF of every pair."""
    targets = [item.row["dst_lang"] for item in items]
    references = [item.row["reference"] for item in items]
    return translation_tally([item.group for item in items], targets, references, outputs)


def parallel_gold(item: Item) -> str:
    """Return the reference."""
    return str(item.row["reference"])


def parallel_copy(items: Sequence[Item]) -> Mapping[str, Sequence[str]]:
    """Return the model that does not translate."""
    return {"source copied": [item.row["source"] for item in items]}


def compass_gold(item: Item) -> str:
    """Return the letter marked, or the blank's content boxed."""
    answer = str(item.row["answer"])
    return f"ANSWER: {answer}" if "options" in item.row else boxed(answer)


def compass_score(items: Sequence[Item], outputs: Sequence[str], mode: Mode) -> Tally:
    """Letters as in the other choice sets; blanks by equal text or symbolic equivalence. Mean over files."""
    read = first_marked if mode == "paper" else read_letter
    credit, unread = [0.0] * len(items), 0
    blanks = []
    for at, (item, output) in enumerate(zip(items, outputs, strict=True)):
        if "options" in item.row:
            found = read(output, "ABCD")
            unread += found is None
            credit[at] = float(found == item.row["answer"])
        elif canonical(output) == canonical(item.row["answer"]):
            credit[at] = 1.0
        else:
            blanks.append(at)
    verdicts = equivalent_many([(items[at].row["answer"], outputs[at]) for at in blanks])
    for at, verdict in zip(blanks, verdicts, strict=True):
        credit[at] = float(verdict == "equal")
        unread += verdict == "unread"
    return grouped_tally(credit, [item.group for item in items], headline="accuracy", unread=unread)
