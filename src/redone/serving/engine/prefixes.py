"""Keys and values of prompt beginnings that come again: system prompts, instructions, earlier turns."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

BLOCK = 8
"""Tokens per block; a prefix is shared in whole blocks."""

Name = tuple[int, tuple[int, ...]]
"""The number of the block before (0: none) and the block's own tokens."""


@dataclass(frozen=True, slots=True)
class Block:
    """Keys and values ``[layers, KV, BLOCK, D]`` of one block after its own prefix, and its number."""

    number: int
    keys: Tensor
    values: Tensor


class PrefixCache:
    """Least recently used blocks are dropped beyond ``max_tokens``.

    A block is kept when its prefix is seen for the second time: a note is read once, an instruction always.
    """

    def __init__(self, max_tokens: int) -> None:
        self.max_blocks = max_tokens // BLOCK
        self._blocks: OrderedDict[Name, Block] = OrderedDict()
        self._seen: OrderedDict[Name, int] = OrderedDict()  # numbers of blocks that came once
        self._numbers = 0

    @property
    def num_tokens(self) -> int:
        """Tokens held."""
        return len(self._blocks) * BLOCK

    def find(self, prompt: Sequence[int]) -> list[Block]:
        """Blocks of the longest known beginning, always shorter than the prompt."""
        found: list[Block] = []
        for start in _starts(prompt):
            name = (found[-1].number if found else 0, tuple(prompt[start : start + BLOCK]))
            block = self._blocks.get(name)
            if block is None:
                break
            self._blocks.move_to_end(name)
            found.append(block)
        return found

    def learn(self, prompt: Sequence[int], keys: Tensor, values: Tensor) -> None:
        """Look at a prompt that has been read; keys and values are ``[layers, KV, T, D]``."""
        if not self.max_blocks:
            return
        before = 0
        for start in _starts(prompt):
            part = slice(start, start + BLOCK)
            name = (before, tuple(prompt[part]))
            block = self._blocks.get(name)
            number = block.number if block is not None else self._seen.pop(name, 0)
            if block is None and number:
                self._keep(name, Block(number, keys[:, :, part].clone(), values[:, :, part].clone()))
            before = number or self._remember(name)

    def _keep(self, name: Name, block: Block) -> None:
        self._blocks[name] = block
        while len(self._blocks) > self.max_blocks:
            self._blocks.popitem(last=False)

    def _remember(self, name: Name) -> int:
        self._numbers += 1
        self._seen[name] = self._numbers
        if len(self._seen) > 4 * self.max_blocks:
            self._seen.popitem(last=False)
        return self._numbers


def joined(blocks: Sequence[Block]) -> tuple[Tensor, Tensor]:
    """Keys and values ``[layers, KV, T, D]`` of blocks that follow each other."""
    return torch.cat([b.keys for b in blocks], 2), torch.cat([b.values for b in blocks], 2)


def _starts(prompt: Sequence[int]) -> range:
    """Where the whole blocks begin that leave at least one token to read."""
    return range(0, (len(prompt) - 1) // BLOCK * BLOCK, BLOCK)
