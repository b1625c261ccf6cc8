"""Many prompts that begin alike (instructions, worked examples): the common beginning is read once.

Evaluation asks thousands of questions under a few sets of instructions. Prompts are put into groups by their first
tokens; a group's common prefix is computed once, what follows it is read without padding, longest first, and ended
answers are dropped. Answers are those of ``GroupSampler.generate`` up to rounding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor

from redone.model.decoder import Decoder, take_weights
from redone.model.draws import prompt_keys, row_keys
from redone.model.sampler import (
    BATCH_TOKENS,
    GPU_BATCH_TOKENS,
    Begun,
    Completion,
    GroupSampler,
    SamplingSettings,
    batches,
    draw_answers,
    prefill,
)

DEPTHS = (8, 16, 32, 64, 128, 256, 512, 1024, 2048)
"""Numbers of first tokens by which prompts may be grouped; the one that saves most is taken."""
GROUP_COST = 512
"""Tokens that a further group has to save: a group's last batch is rarely full."""


@dataclass(slots=True)
class Slots:
    """Token positions: ``computed`` by the model, and the fewest possible, each distinct prefix token once."""

    computed: int = 0
    floor: int = 0


@dataclass(frozen=True, slots=True)
class PrefixGroup:
    """Places of prompts that share their first ``prefix`` tokens, each having at least one more."""

    prefix: int
    members: tuple[int, ...]


class PrefixSampler(GroupSampler):
    """Answers prompts one by one (a group of one answer each), as a stream; ``slots`` counts the work."""

    slots = Slots()

    def stream(
        self, prompts: Sequence[Sequence[int]], settings: SamplingSettings, seed: int
    ) -> Iterator[list[tuple[int, Completion]]]:
        """Yield (place, answer) of every prompt, a batch at a time.

        Raises:
            UserError: a prompt is empty, or longer than the model's context allows.

        """
        self._check(prompts, settings)
        self.slots = Slots(floor=distinct_tokens(prompts))
        names = prompt_keys(prompts)
        decoder = take_weights(self.model, self.dtype, self.kernels)
        budget = settings.batch_tokens or BATCH_TOKENS.get(self.model.device.type, GPU_BATCH_TOKENS)
        for group in prefix_groups(prompts):
            shared = _read_prefix(decoder, prompts[group.members[0]][: group.prefix])
            self.slots.computed += group.prefix
            for chosen in batches([len(prompts[at]) for at in group.members], settings, budget):
                places = [group.members[at] for at in chosen]
                keys = row_keys(seed, names[places], 1)
                with torch.inference_mode():
                    begun = read_after(decoder, [prompts[at] for at in places], shared, settings)
                    drawn = draw_answers(decoder, begun, keys, settings, self.stop)
                answers = [own[0] for own in drawn]
                self._count([len(prompts[at]) - group.prefix for at in places], answers)
                yield list(zip(places, answers, strict=True))

    def _count(self, suffixes: Sequence[int], answers: Sequence[Completion]) -> None:
        fed = sum(len(answer.ids) - 1 for answer in answers)  # nothing is fed after the last token
        self.slots.computed += sum(suffixes) + fed
        self.slots.floor += fed


def prefix_groups(prompts: Sequence[Sequence[int]]) -> list[PrefixGroup]:
    """Put prompts into groups that begin alike, such that most tokens are saved; the rest share nothing."""
    order = sorted(range(len(prompts)), key=lambda at: tuple(prompts[at]))
    common = [_common(prompts[a], prompts[b]) for a, b in pairwise(order)]
    best, most = [PrefixGroup(0, tuple(order))] if order else [], 0
    for depth in DEPTHS:
        groups = _grouped(prompts, order, common, depth)
        saved = sum(group.prefix * (len(group.members) - 1) for group in groups)
        saved -= GROUP_COST * (len(groups) - 1)
        if saved > most:
            best, most = groups, saved
    return best


def _grouped(
    prompts: Sequence[Sequence[int]], order: Sequence[int], common: Sequence[int], depth: int
) -> list[PrefixGroup]:
    runs: list[list[int]] = []
    for place, at in enumerate(order):
        if place and depth <= common[place - 1]:
            runs[-1].append(at)
        else:
            runs.append([at])
    alone = [at for run in runs if len(run) == 1 for at in run]
    groups = [_group(prompts, run) for run in runs if len(run) > 1]
    return [*groups, *([PrefixGroup(0, tuple(alone))] if alone else [])]


def _group(prompts: Sequence[Sequence[int]], run: Sequence[int]) -> PrefixGroup:
    # In lexicographic order, what the first and the last share is shared by all.
    shared = _common(prompts[run[0]], prompts[run[-1]])
    return PrefixGroup(min(shared, *(len(prompts[at]) - 1 for at in run)), tuple(run))


def distinct_tokens(prompts: Sequence[Sequence[int]]) -> int:
    """Count the nodes of the prompts' prefix tree: tokens that have to be read whatever the method."""
    ordered = sorted(tuple(prompt) for prompt in prompts)
    shared = sum(_common(a, b) for a, b in pairwise(ordered))
    return sum(map(len, ordered)) - shared


def _common(left: Sequence[int], right: Sequence[int]) -> int:
    size = min(len(left), len(right))
    return next((at for at in range(size) if left[at] != right[at]), size)


@torch.inference_mode()
def _read_prefix(decoder: Decoder, ids: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Keys and values ``[layers, 1, KV, P, D]`` of the common beginning."""
    if not ids:
        shape = (len(decoder.layers), 1, decoder.kv_heads, 0, decoder.head_dim)
        return decoder.embed.new_empty(shape), decoder.embed.new_empty(shape)
    lengths = torch.tensor([len(ids)], device=decoder.embed.device)
    return prefill(decoder, [ids], lengths, decoder.rope_table(len(ids)))[1]


def read_after(
    decoder: Decoder,
    prompts: Sequence[Sequence[int]],
    shared: tuple[Tensor, Tensor],
    settings: SamplingSettings,
) -> Begun:
    """Read what follows the prefix whose keys and values are ``shared``; prompts are given whole."""
    device, start = decoder.embed.device, shared[0].shape[3]
    sizes = [len(prompt) - start for prompt in prompts]
    lengths = torch.tensor([len(prompt) for prompt in prompts], device=device)
    rope = decoder.rope_table(start + max(sizes) + settings.max_new_tokens)
    ids = torch.tensor([token for prompt in prompts for token in prompt[start:]], device=device)
    at = torch.cat([torch.arange(start, start + size, device=device) for size in sizes])
    turns = (rope[0][at][:, None], rope[1][at][:, None])
    shape = (len(decoder.layers), len(prompts), decoder.kv_heads, start + max(sizes), decoder.head_dim)
    keys, values = shared[0].new_zeros(shape), shared[1].new_zeros(shape)
    keys[:, :, :, :start], values[:, :, :, :start] = shared
    hidden = decoder.embed[ids]
    ends = torch.tensor(sizes, device=device).cumsum(0) - 1
    for place, layer in enumerate(decoder.layers):
        query, key, value = decoder.project(layer, hidden, turns)
        mixed, first = torch.empty_like(query), 0
        for row, size in enumerate(sizes):
            own, end = slice(first, first + size), start + size
            keys[place, row, :, start:end] = key[own].transpose(0, 1)
            values[place, row, :, start:end] = value[own].transpose(0, 1)
            mixed[own] = attend_after(
                query[own], keys[place, row : row + 1, :, :end], values[place, row : row + 1, :, :end]
            )
            first += size
        attended = mixed.flatten(1)
        if place + 1 == len(decoder.layers):  # nothing looks at the other tokens any more
            hidden, attended = hidden[ends], attended[ends]
        hidden = decoder.finish(layer, hidden, attended)
    return Begun(hidden, (keys, values), lengths, rope)


def attend_after(query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Causal attention of the last L tokens: query ``[L, H, D]``, keys ``[1, KV, P + L, D]`` -> ``[L, H, D]``."""
    size, whole = query.shape[0], keys.shape[2]
    start = whole - size
    asked = query.transpose(0, 1)[None]
    if start > size:  # a mask costs the upper triangle; filling up the rows would cost more
        mask = torch.ones((size, whole), dtype=torch.bool, device=query.device).tril(start)
        mixed = F.scaled_dot_product_attention(asked, keys, values, attn_mask=mask, enable_gqa=True)
        return mixed[0].transpose(0, 1)
    if start:
        asked = F.pad(asked, (0, 0, start, 0))
    mixed = F.scaled_dot_product_attention(asked, keys, values, is_causal=True, enable_gqa=True)
    return mixed[0, :, start:].transpose(0, 1)
