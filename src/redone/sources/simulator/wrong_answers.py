"""What a wrong label looks like: plausible, in the same form as a right one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from redone.records import Example
from redone.scoring.normalise import canonical, join_list, split_list
from redone.sources.simulator.chance import number


def wrong_answer(example: Example, pool: Sequence[Example], kind: str, seed: int) -> Example | None:
    """The example with another answer; None when there is no other.

    A label becomes another choice, a list gets one item exchanged, an open answer (with its hidden checks) is
    that of another example of the task, from ``pool``. What a ``wrong-systematic`` error turns an answer into
    depends on the answer alone, what a ``wrong-random`` one does on the example. The target keeps the form
    that the log has for the task, so that form never tells wrong from right.
    """
    key: tuple[object, ...] = (seed, "neighbour", example.task, example.references[0])
    if kind == "wrong-random":
        key = (seed, "other", example.id)
    changed = _other_choice(example, key) or _other_item(example, key)
    if changed:
        return changed
    donors = [donor for donor in pool if donor.references[0] not in example.references]
    if not donors:
        return None
    donor = min(donors, key=lambda other: number(*key, other.references[0]))
    return replace(
        example,
        references=donor.references,
        target=donor.target,
        rationale="",
        checks=donor.checks if example.checks else {},
    )


def _other_choice(example: Example, key: tuple[object, ...]) -> Example | None:
    """Another of the choices, when the answer is one of them."""
    right = example.references[0]
    others = [choice for choice in example.choices if choice not in example.references]
    if right not in example.choices or not others:
        return None
    wrong = min(others, key=lambda choice: number(*key, choice))
    target = example.target.replace(right, wrong)
    return replace(example, references=(wrong,), target=target, rationale="")


def _other_item(example: Example, key: tuple[object, ...]) -> Example | None:
    """The list with one item exchanged, when the answer is a list of choices in canonical form."""
    items = split_list(example.references[0])
    said = {canonical(choice): choice for choice in example.choices}
    others = sorted(set(said) - set(items))
    if not items or not others or not set(items) <= set(said):
        return None
    old = items[number(*key, "item") % len(items)]
    new = min(others, key=lambda item: number(*key, item))
    wrong = join_list(sorted(new if item == old else item for item in items))
    target = example.target.replace(said[old], said[new])
    return replace(example, references=(wrong,), target=target, rationale="")
