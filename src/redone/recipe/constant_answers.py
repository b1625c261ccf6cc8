"""A task answered alike everywhere: the collapse of a policy to one class."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from redone.recipe.answering import Answer

CONSTANT_SHARE = 0.9
"""A task answered alike this often has collapsed to one class; see `constant_answer`."""


def constant_answer(groups: Sequence[Sequence[Answer]]) -> tuple[str, float]:
    """The most frequent parsed answer of one task and its share among all samples.

    Counts only tasks with closed options (every example lists ``choices``): there, one answer for nearly
    everything means that the policy has collapsed to a class. A class is worded differently in each language,
    so each has its own most frequent answer and their counts are added. An answer that cannot be read is
    none, but it is a sample.
    """
    if not all(group[0].example.choices for group in groups):
        return "", 0.0
    return most_frequent((a.example.language, a.score.answer) for group in groups for a in group)


def most_frequent(answers: Iterable[tuple[str, str]]) -> tuple[str, float]:
    """The most frequent answers of (language, answer) pairs, joined, and their share; empty ones never win."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for language, answer in answers:
        counts[language][answer] += 1
    total = sum(own.total() for own in counts.values())
    best = [max(own.items(), key=lambda item: (bool(item[0]), item[1])) for own in counts.values()]
    named = [(answer, count) for answer, count in best if answer]
    return " / ".join(dict.fromkeys(answer for answer, _ in named)), sum(n for _, n in named) / total
