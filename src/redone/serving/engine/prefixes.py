"""Keys and values of prompt beginnings that come again: system prompts, instructions, earlier turns."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

BLOCK = 16
"""Tokens per block; a prefix is shared in whole blocks."""


@dataclass(frozen=True, slots=True)
class Block:
    """Keys and values ``[layers, KV, BLOCK, D]`` of one block after its own prefix."""

    keys: Tensor
    values: Tensor


class PrefixCache:
    """Least recently used blocks are dropped beyond ``max_tokens``.

    A block is kept when its prefix is seen for the second time: a note is read once, an instruction always.
    """

    def __init__(self, max_tokens: int) -> None:
        self.max_blocks = max_tokens // BLOCK
        self._blocks: OrderedDict[bytes, Block] = OrderedDict()
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    @property
    def num_tokens(self) -> int:
        """Tokens held."""
        return len(self._blocks) * BLOCK

    def find(self, prompt: Sequence[int]) -> list[Block]:
        """Blocks of the longest known beginning, always shorter than the prompt."""
        found = []
        for name in _names(prompt):
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
        for index, name in enumerate(_names(prompt)):
            if name in self._blocks:
                continue
            if name not in self._seen:
                self._remember(name)
                return  # what follows an unknown block is unknown as well; it is learnt block by block
            part = slice(index * BLOCK, (index + 1) * BLOCK)
            self._blocks[name] = Block(keys[:, :, part].clone(), values[:, :, part].clone())
            while len(self._blocks) > self.max_blocks:
                self._blocks.popitem(last=False)

    def _remember(self, name: bytes) -> None:
        self._seen[name] = None
        if len(self._seen) > 4 * self.max_blocks:
            self._seen.popitem(last=False)


def joined(blocks: Sequence[Block]) -> tuple[Tensor, Tensor]:
    """Keys and values ``[layers, KV, T, D]`` of blocks that follow each other."""
    return torch.cat([b.keys for b in blocks], 2), torch.cat([b.values for b in blocks], 2)


def _names(prompt: Sequence[int]) -> Iterator[bytes]:
    """A name per whole block that leaves at least one token to read; it depends on all that stands before."""
    whole = hashlib.blake2b(digest_size=16)
    for start in range(0, (len(prompt) - 1) // BLOCK * BLOCK, BLOCK):
        whole.update(np.asarray(prompt[start : start + BLOCK], np.int64).tobytes())
        yield whole.digest()
