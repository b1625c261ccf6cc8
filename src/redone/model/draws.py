"""Choosing tokens: uniform numbers that depend on their own place, put through the inverse distribution."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Words = NDArray[np.uint64]
BLOCK = 64  # vocabulary entries summed together before one of them is looked for

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def prompt_keys(prompts: Sequence[Sequence[int]]) -> Words:
    """One key per prompt from its ids; a prompt that stands there twice has two keys."""
    seen: Counter[tuple[int, ...]] = Counter()
    keys = np.empty(len(prompts), np.uint64)
    for place, prompt in enumerate(prompts):
        ids = tuple(prompt)
        text = np.asarray((seen[ids], *ids), np.int64).tobytes()
        keys[place] = int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")
        seen[ids] += 1
    return keys


def row_keys(seed: int, keys: Words, group_size: int) -> Words:
    """One key per sampled row ``[prompts * group_size]``."""
    seeded = _mix(keys ^ _mix(np.asarray([seed & (2**64 - 1)], np.uint64)))
    rows = np.arange(1, group_size + 1, dtype=np.uint64)
    return _mix(seeded[:, None] + rows[None, :] * _GOLDEN).reshape(-1)


def uniforms(keys: Words, position: int | Words) -> NDArray[np.float64]:
    """A number in [0, 1) for every row key at an answer position, one for all or one each.

    SplitMix64 run as a counter.
    """
    mixed = _mix(keys + (np.atleast_1d(np.asarray(position, np.uint64)) + np.uint64(1)) * _MIX_2)
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _mix(words: Words) -> Words:
    words = words + _GOLDEN
    words = (words ^ (words >> np.uint64(30))) * _MIX_1
    words = (words ^ (words >> np.uint64(27))) * _MIX_2
    return words ^ (words >> np.uint64(31))


def choose(logits: Tensor, chance: Tensor | None, temperature: float, top_p: float) -> tuple[Tensor, Tensor]:
    """Token and log-probability of every row.

    Args:
        logits: ``[R, V]`` f32.
        chance: a uniform number per row ``[R]`` f64; None takes the most likely token.
        temperature: divides the logits; 0 goes with ``chance`` None.
        top_p: the smallest set of tokens with this mass is drawn from; 1.0 is all of them.

    Returns:
        Ids ``[R]`` int64 and log-probabilities ``[R]`` f32 under the softmax at ``temperature`` (at 1 when
        greedy), before ``top_p`` cuts it.

    """
    if temperature not in (0.0, 1.0):
        logits = logits / temperature
    norm = logits.logsumexp(-1, keepdim=True)
    if chance is None:
        ids = logits.argmax(-1)
    else:
        chances = (logits - norm).exp_()
        ids = _inverse(chances if top_p >= 1.0 else _nucleus(chances, top_p), chance)
    return ids, (logits.gather(-1, ids[:, None]) - norm)[:, 0]


def choose_once(
    logits: Tensor, chance: Tensor | None, temperature: float, top_p: float
) -> tuple[Tensor, Tensor]:
    """As ``choose``, with one pass of exponentials in place of two; sums are rounded otherwise.

    ``logits`` are overwritten.
    """
    if chance is None or top_p < 1.0:
        return choose(logits, chance, temperature, top_p)
    if temperature != 1.0:
        logits /= temperature
    logits -= logits.amax(-1, keepdim=True)
    chances = logits.exp()
    ids = _inverse(chances, chance)
    return ids, (logits.gather(-1, ids[:, None]) - chances.sum(-1, keepdim=True).log_())[:, 0]


def _inverse(chances: Tensor, chance: Tensor) -> Tensor:
    """The token at which the summed chances pass ``chance``: first its block, then its place in the block."""
    rows, size = chances.shape
    if size % BLOCK:
        chances = torch.nn.functional.pad(chances, (0, BLOCK - size % BLOCK))
    blocks = chances.view(rows, -1, BLOCK)
    sums = blocks.sum(-1).double().cumsum(-1)
    target = chance[:, None] * sums[:, -1:]
    block = _first_above(sums, target)
    before = torch.where(block > 0, sums.gather(-1, (block - 1).clamp_(min=0)), 0.0)
    share = (target - before) / (sums.gather(-1, block) - before)
    inside = blocks.gather(1, block[:, :, None].expand(-1, -1, BLOCK))[:, 0].double().cumsum(-1)
    place = _first_above(inside, share.clamp_(0.0, 1.0 - 2.0**-50) * inside[:, -1:])
    return (block * BLOCK + place)[:, 0]


def _first_above(sums: Tensor, target: Tensor) -> Tensor:
    return torch.searchsorted(sums, target, right=True).clamp_(max=sums.shape[-1] - 1)


def _nucleus(chances: Tensor, top_p: float) -> Tensor:
    ordered, order = chances.sort(-1, descending=True)
    ordered[ordered.cumsum(-1) - ordered >= top_p] = 0.0
    return torch.zeros_like(chances).scatter_(-1, order, ordered)
