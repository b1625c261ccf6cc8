"""Scoring allowed answers: the model chooses between given labels and can write nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from redone.serving.engine.answers import LabelAsk
from redone.serving.engine.slots import Slots


def label_logprobs(slots: Slots, asks: Sequence[LabelAsk]) -> list[tuple[float, ...]]:
    """Log-probability of every option of every ask, in order.

    The prompts are read once into rows behind the live ones; each option is read after a copy of its prompt.
    """
    first = slots.count
    prompts = [ask.prompt for ask in asks]
    ends = slots.read(prompts, [0] * len(prompts), first, last_only=True)
    opening = slots.layers.logits(ends).log_softmax(-1).tolist()
    scores = [[opening[at][option[0]] for option in ask.options] for at, ask in enumerate(asks)]
    longer = [
        (at, number) for at, ask in enumerate(asks) for number, o in enumerate(ask.options) if len(o) > 1
    ]
    if longer:
        _add_rest(slots, asks, longer, scores)
    return [tuple(row) for row in scores]


def _add_rest(
    slots: Slots, asks: Sequence[LabelAsk], longer: list[tuple[int, int]], scores: list[list[float]]
) -> None:
    """Add the log-probabilities of all tokens but the first."""
    source = slots.count
    first = source + len(asks)
    starts = [len(asks[at].prompt) for at, _ in longer]
    tails = [asks[at].options[number][:-1] for at, number in longer]
    slots.make_room(first + len(longer), max(starts) + max(len(tail) for tail in tails))
    origin = torch.tensor([source + at for at, _ in longer], device=slots.cache.device)
    held = max(starts)
    for cache in (slots.keys, slots.values):
        cache[:, first : first + len(longer), :, :held] = cache[:, :, :, :held].index_select(1, origin)
    hidden = slots.read(tails, starts, first)
    drawn = [token for at, number in longer for token in asks[at].options[number][1:]]
    wanted = torch.tensor(drawn, device=hidden.device)[:, None]
    logprobs = slots.layers.logits(hidden).log_softmax(-1).gather(-1, wanted)[:, 0]
    for (at, number), rest in zip(
        longer, logprobs.split_with_sizes([len(tail) for tail in tails]), strict=True
    ):
        scores[at][number] += float(rest.sum())
