"""Two-step sums with the steps as rationale; the answer alone is judged."""

from __future__ import annotations

import random

from redone.tasks import rewards
from redone.tasks.general.endless import general_task
from redone.tasks.task import Draft


def _draft(rng: random.Random, language: str, world: int) -> Draft:
    """Draw ``a + b * c`` or one of its relatives, with small numbers: about 15,000 different sums."""
    left, right, other = rng.randint(2, 9), rng.randint(2, 9), rng.randint(1, 60)
    product = left * right
    form = rng.choice(("a+b*c", "b*c+a", "b*c-a", "a+b+c"))
    if form == "a+b+c":
        first, result = other + product, other + product + right
        sum_text, steps = (
            f"{other}+{product}+{right}",
            (f"{other}+{product}={first}", f"{first}+{right}={result}"),
        )
    elif form == "b*c-a":
        small = min(other, product - 1)
        result = product - small
        sum_text, steps = (
            f"{left}*{right}-{small}",
            (f"{left}*{right}={product}", f"{product}-{small}={result}"),
        )
    else:
        result = other + product
        sum_text = f"{other}+{left}*{right}" if form == "a+b*c" else f"{left}*{right}+{other}"
        last = f"{other}+{product}" if form == "a+b*c" else f"{product}+{other}"
        steps = (f"{left}*{right}={product}", f"{last}={result}")
    return Draft(
        language=language, slots={"sum": sum_text}, answers=(str(result),), rationale=" ; ".join(steps)
    )


ARITHMETIC = (
    general_task(
        id="arithmetic",
        title={"en": "Two-step sums", "zh": "两步算术"},
        prompts={
            "en": ("{sum} =", "Work out {sum}.", "What is {sum}?"),
            "zh": ("计算{sum}", "{sum}等于？", "计算{sum}等于？"),
        },
        answer=("number", "number"),
        reward=rewards.EXACT,
        metric="accuracy",
        generate=_draft,
    ),
)
