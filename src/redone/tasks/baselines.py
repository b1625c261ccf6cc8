"""What costs nothing: the best constant answer, the prompt, all options at once, a blind choice.

Every result table shows these beside the model's score: the constant ``[]`` scores 67.64 on SNS-Bench CHLW.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from redone.errors import UserError
from redone.records import Example
from redone.tasks.parsers import NOTHING
from redone.tasks.scorer import Scorer

_CANDIDATES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Mean raw scores in 0..1 of trivial strategies; None where nothing could be scored.

    ``chance`` is the expected accuracy of a random pick among the choices (None unless one of them is the
    answer), ``everything`` the score of naming all of them (None where there are none).
    """

    constant: float | None
    constant_answer: str
    echo: float | None
    chance: float | None
    everything: float | None


def baseline(examples: Sequence[Example], scorer: Scorer) -> Baseline:
    """Return the trivial scores of one task's examples.

    The constant is picked per language on these very examples, which makes it as strong as it can be.

    Raises:
        UserError: there are no examples.

    """
    if not examples:
        raise UserError("baseline: no examples to score")
    constant, answer = _best_constant(examples, scorer)
    single = all(example.references[0] in example.choices for example in examples)
    chance = sum(1 / len(example.choices) for example in examples) / len(examples) if single else None
    closed = all(example.choices for example in examples)
    listings = [(example, ", ".join(example.choices), True) for example in examples]
    return Baseline(
        constant=constant,
        constant_answer=answer,
        echo=_mean(scorer, [(e, e.messages[-1].content, True) for e in examples]),
        chance=chance,
        everything=_mean(scorer, listings) if closed else None,
    )


def _best_constant(examples: Sequence[Example], scorer: Scorer) -> tuple[float | None, str]:
    by_language: dict[str, list[Example]] = {}
    for example in examples:
        by_language.setdefault(example.language, []).append(example)
    total, answers = 0.0, []
    for own in by_language.values():
        common = Counter(e.references[0] for e in own).most_common(_CANDIDATES)
        candidates = [answer for answer, _ in common]
        if NOTHING not in candidates:
            candidates.append(NOTHING)
        means = _means(scorer, [[(e, answer, True) for e in own] for answer in candidates])
        scored = zip(means, candidates, strict=True)
        known = [(value, answer) for value, answer in scored if value is not None]
        if not known:
            return None, ""
        value, answer = max(known, key=lambda pair: pair[0])
        total += value * len(own)
        answers.append(answer)
    return total / len(examples), " / ".join(answers)


def _mean(scorer: Scorer, items: list[tuple[Example, str, bool]]) -> float | None:
    return _means(scorer, [items])[0]


def _means(scorer: Scorer, lists: list[list[tuple[Example, str, bool]]]) -> list[float | None]:
    # All in one call: a sandbox takes longer to start than to run a program.
    scores = iter(scorer.score_many([item for items in lists for item in items]))
    return [_known_mean([next(scores).value for _ in items]) for items in lists]


def _known_mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
