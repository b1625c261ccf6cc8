"""Many prompts that begin alike (instructions, worked examples): the common beginning is read once.

Evaluation asks thousands of questions under a few sets of instructions. Prompts are put into groups by their first
tokens, and a group's common prefix is computed once (``prompt_reading``). Answers are written for many prompts
together, of one group or several, and ended ones are dropped. They are those of ``GroupSampler.generate`` up to
rounding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from redone.model.completion import Completion, SamplingSettings
from redone.model.decoder import Decoder
from redone.model.draws import prompt_keys, row_keys
from redone.model.prefix_groups import distinct_tokens, prefix_groups
from redone.model.prompt_reading import PromptReader, Row
from redone.model.row_drawing import RowDrawer
from redone.model.sampler import BATCH_TOKENS, GPU_BATCH_TOKENS, GroupSampler
from redone.model.weights import take_weights

CACHE_BYTES = 2**28
"""Keys and values that rows on a CPU may take where their number is not limited: more rows cost less each."""
FEW_ROWS = 32
"""Rows from which on a batch is closed before a prompt half as long as its longest: it would be padding."""

JOIN_BELOW = 0.2
"""Share of a batch that may be unfinished when the next prompts are read; 0 finishes every batch alone."""


@dataclass(slots=True)
class Slots:
    """Token positions: ``computed`` by the model, and the fewest possible, each distinct prefix token once."""

    computed: int = 0
    floor: int = 0


class PrefixSampler(GroupSampler):
    """Answers prompts one by one (a group of one answer each), as a stream; ``slots`` counts the work."""

    slots = Slots()
    join_below = JOIN_BELOW

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
        budget = settings.batch_tokens or batch_tokens(decoder)
        if not prompts:
            return
        with torch.inference_mode():
            rope = decoder.rope_table(max(map(len, prompts)) + settings.max_new_tokens)
        reader = PromptReader(decoder, prompts, rope, held=budget // 2)
        drawer = RowDrawer(decoder, settings, self.stop, rope)
        # From the shortest on: rows that wait for the next batch are then not wider than it.
        waiting = list(row_batches(prompts, settings, budget))
        while waiting:
            rows = waiting.pop()
            keys = row_keys(seed, names[[row.place for row in rows]], 1)
            left = int(self.join_below * len(rows)) if waiting else 0
            with torch.inference_mode():
                drawer.add(reader.begin(rows, keys, settings.max_new_tokens, drawer.waiting))
                answers = drawer.write(left, reader.step)
            fed = sum(len(answer.ids) - 1 for _, answer in answers)  # nothing is fed after the last token
            self.slots.computed += reader.taken_tokens() + fed
            self.slots.floor += fed
            yield answers


def batch_tokens(decoder: Decoder) -> int:
    """Tokens whose keys and values are held together by default: what a small model on a CPU can do with more."""
    kind = decoder.embed.device.type
    least = BATCH_TOKENS.get(kind, GPU_BATCH_TOKENS)
    numbers = 2 * len(decoder.layers) * decoder.kv_heads * decoder.head_dim
    return max(least, CACHE_BYTES // (numbers * decoder.embed.element_size())) if kind == "cpu" else least


def row_batches(
    prompts: Sequence[Sequence[int]], settings: SamplingSettings, budget: int
) -> Iterator[list[Row]]:
    """Rows within the token budget, of like length, since a batch is as wide as its longest prompt.

    Longest first over all groups; where their prefixes together would take half of the budget, group after group, so
    that one prefix at a time is held.
    """
    groups = prefix_groups(prompts)
    numbers = {at: number for number, group in enumerate(groups) for at in group.members}
    apart = 2 * sum(group.prefix for group in groups) > budget
    answer = min(settings.max_new_tokens, 64)
    batch: list[int] = []
    longest = 0
    for at in sorted(numbers, key=lambda at: (numbers[at] if apart else 0, -len(prompts[at]), at)):
        longest = max(longest, len(prompts[at]))
        full = (len(batch) + 1) * (longest + answer) > budget
        if batch and (full or (len(batch) >= FEW_ROWS and 2 * len(prompts[at]) < longest)):
            yield [Row(place, groups[numbers[place]]) for place in sorted(batch, key=numbers.__getitem__)]
            batch, longest = [], len(prompts[at])
        batch.append(at)
    if batch:
        yield [Row(place, groups[numbers[place]]) for place in sorted(batch, key=numbers.__getitem__)]
