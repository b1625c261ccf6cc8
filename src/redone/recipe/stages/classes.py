"""Classes that come equally often, so that naming the most frequent one is no way to be rewarded.

A policy that cannot tell the classes of a question apart still gains by answering the commonest, and
reinforcement learning takes that gain: the task collapses to one answer, every group of it is all right or all
wrong, and it is never learned from again. With even classes a constant answer earns what any other does, and
what is left to gain is telling them apart. Our addition; the papers do not say how such tasks were drawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from redone.records import Example

MOST_CLASSES = 4
"""Questions with more classes are left as they are: the commonest is then too rare to collapse to."""
FEWEST = 4
"""A class keeps so many examples at least, however rare another one is."""


def even_classes(examples: Sequence[Example]) -> list[Example]:
    """The examples, in order, without what a class has beyond the rarest one of its task and language.

    Only for tasks whose answers in one language are 2 to `MOST_CLASSES` of their closed options.
    """
    counts: dict[tuple[str, str], Counter[str]] = {}
    for example in examples:
        counts.setdefault((example.task, example.language), Counter())[_class(example)] += 1
    open_ended = {(e.task, e.language) for e in examples if _class(e) not in e.choices}
    limits = {
        key: max(FEWEST, min(own.values()))
        for key, own in counts.items()
        if 2 <= len(own) <= MOST_CLASSES and key not in open_ended
    }
    taken: Counter[tuple[str, str, str]] = Counter()
    kept = []
    for example in examples:
        key = (example.task, example.language)
        taken[(*key, _class(example))] += 1
        if key not in limits or taken[(*key, _class(example))] <= limits[key]:
            kept.append(example)
    return kept


def _class(example: Example) -> str:
    return example.references[0] if example.references else ""
