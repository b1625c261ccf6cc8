"""Keys and values of sampled groups: the prompt's once per group, each answer's own beside it.

Answers live in slots, ``width`` per group; rows that have ended leave holes, and the slots are packed again
when holes cost more than the move. A step's attention is one product with the prompt's keys per group and
one with the answer's own keys per slot, under a common softmax.
"""

from __future__ import annotations

import torch
from torch import Tensor

from redone.model.decoder import Decoder

PACK_BELOW = 0.7
FIRST_CAPACITY = 8


class GroupCache:
    """Keys and values of ``groups`` prompts and their answers, for all layers.

    Prompt tensors are ``[layers, groups, KV, T, D]``, answer tensors ``[layers, groups * width, KV, C, D]``;
    ``lengths`` holds the prompts' real lengths, shorter ones being padded on the right.
    """

    def __init__(self, decoder: Decoder, prompt: tuple[Tensor, Tensor], lengths: Tensor, width: int) -> None:
        self.prompt_keys, self.prompt_values = prompt
        self.lengths = lengths
        self.width = width
        self.count = 0  # answer tokens held
        self.repeat = decoder.heads // decoder.kv_heads
        groups = int(lengths.shape[0])
        shape = (len(decoder.layers), groups * width, decoder.kv_heads, FIRST_CAPACITY, decoder.head_dim)
        self.keys = self.prompt_keys.new_empty(shape)  # what no live row has written is never read by one
        self.values = self.prompt_keys.new_empty(shape)
        self.slots = torch.arange(groups * width, device=lengths.device)  # slot of every live row
        self.full = True
        self.hidden_prompt = self._hide_padding()

    def _hide_padding(self) -> Tensor | None:
        """What to add to the scores of prompt positions, ``[groups, 1, 1, 1, T]``; None without padding."""
        span = self.prompt_keys.shape[3]
        if bool((self.lengths == span).all()):
            return None
        beyond = torch.arange(span, device=self.lengths.device)[None] >= self.lengths[:, None]
        mask = torch.zeros(beyond.shape, dtype=self.keys.dtype, device=beyond.device)
        return mask.masked_fill_(beyond, float("-inf"))[:, None, None, None]

    def advance(self) -> None:
        """Make room for one more answer token per row."""
        self.count += 1
        capacity = self.keys.shape[3]
        if self.count > capacity:
            room = (*self.keys.shape[:3], capacity, self.keys.shape[4])
            self.keys = torch.cat((self.keys, self.keys.new_empty(room)), 3)
            self.values = torch.cat((self.values, self.values.new_empty(room)), 3)

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Store the step's key and value ``[R, KV, D]`` and attend: query ``[R, H, D]`` -> ``[R, H * D]``."""
        keys, values = self.keys[layer], self.values[layer]
        place = self.count - 1
        if self.full:
            keys[:, :, place], values[:, :, place] = key, value
            slotted = query
        else:
            keys[self.slots, :, place], values[self.slots, :, place] = key, value
            slotted = query.new_empty((keys.shape[0], *query.shape[1:]))
            slotted[self.slots] = query
        mixed = self._mix(layer, slotted, keys[:, :, : self.count], values[:, :, : self.count])
        return mixed if self.full else mixed[self.slots]

    def _mix(self, layer: int, query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        prompt_keys, prompt_values = self.prompt_keys[layer], self.prompt_values[layer]
        groups, kv_heads, span, size = prompt_keys.shape
        width, repeat = self.width, self.repeat
        query = (query * size**-0.5).view(groups * width, kv_heads, repeat, size)
        by_group = query.view(groups, width, kv_heads, repeat, size).transpose(1, 2)
        by_group = by_group.reshape(groups, kv_heads, width * repeat, size)
        shared = torch.matmul(by_group, prompt_keys.transpose(2, 3)).view(
            groups, kv_heads, width, repeat, span
        )
        if self.hidden_prompt is not None:
            shared = shared + self.hidden_prompt
        own = torch.matmul(query, keys.transpose(2, 3)).view(groups, width, kv_heads, repeat, self.count)
        weights = torch.cat((shared, own.transpose(1, 2)), -1).softmax(-1, torch.float32).to(query.dtype)
        from_prompt = weights[..., :span].reshape(groups, kv_heads, width * repeat, span)
        from_own = weights[..., span:].transpose(1, 2).reshape(groups * width, kv_heads, repeat, self.count)
        mixed = torch.matmul(from_own, values).view(groups, width, kv_heads, repeat, size)
        shared_mix = torch.matmul(from_prompt, prompt_values).view(groups, kv_heads, width, repeat, size)
        return (mixed + shared_mix.transpose(1, 2)).reshape(groups * width, kv_heads * repeat * size)

    def keep(self, alive: Tensor) -> None:
        """Drop the rows for which ``alive`` ``[R]`` is false."""
        self.slots = self.slots[alive]
        self.full = False
        group = self.slots // self.width
        used, where, sizes = torch.unique_consecutive(group, return_inverse=True, return_counts=True)
        width = int(sizes.max())
        if used.shape[0] * width > PACK_BELOW * self.keys.shape[1]:
            return
        starts = sizes.cumsum(0) - sizes
        rank = torch.arange(group.shape[0], device=group.device) - starts[where]
        slots = where * width + rank
        source = self.slots.new_zeros(used.shape[0] * width)
        source[slots] = self.slots
        self.keys, self.values = self._moved(self.keys, source), self._moved(self.values, source)
        if used.shape[0] < self.lengths.shape[0]:
            self.lengths = self.lengths[used]
            span = int(self.lengths.max())
            self.prompt_keys = self.prompt_keys[:, :, :, :span].index_select(1, used)
            self.prompt_values = self.prompt_values[:, :, :, :span].index_select(1, used)
            self.hidden_prompt = self._hide_padding()
        self.width, self.slots = width, slots
        self.full = slots.shape[0] == source.shape[0]

    def _moved(self, held: Tensor, source: Tensor) -> Tensor:
        """The slots ``source`` of ``held`` in their new order, with the same room for what is to come."""
        moved = held.new_empty((held.shape[0], source.shape[0], *held.shape[2:]))
        moved[:, :, :, : self.count] = held[:, :, :, : self.count].index_select(1, source)
        return moved
