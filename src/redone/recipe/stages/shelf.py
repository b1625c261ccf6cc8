"""The text of a continued-pretraining stage as tokens, and the rows that a mixture makes of it."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from redone.corpus.mixture import repetition_limits
from redone.model import Chat
from redone.recipe.config import ContinuedStage, Recipe
from redone.recipe.hashing import derive_seed
from redone.recipe.texts import texts_of
from redone.training import TokenSequence

Sources = Mapping[str, Sequence[TokenSequence]]


@dataclass(frozen=True, slots=True)
class Shelf:
    """``train`` and ``held_out`` hold the documents of every source, ``parts`` says which part it counts as."""

    train: Sources
    held_out: Sources
    parts: Mapping[str, str]

    @property
    def sizes(self) -> dict[str, int]:
        """Source -> tokens to read once over."""
        return {name: count_tokens(own) for name, own in self.train.items()}

    def limits(self, tokens: int, max_repeats: float) -> np.ndarray:
        """The largest share of each source, in the order of ``train``; see ``repetition_limits``."""
        return repetition_limits(np.array(list(self.sizes.values()), dtype=np.float64), tokens, max_repeats)

    def part(self, share: float, seed: int) -> Shelf:
        """A random part of every source's documents, at least one; what is held out stays whole."""
        parts = {}
        for name, own in self.train.items():
            rng = random.Random(derive_seed(seed, "part", name))
            parts[name] = rng.sample(list(own), max(1, round(share * len(own))))
        return Shelf(parts, self.held_out, self.parts)


def count_tokens(sequences: Sequence[TokenSequence]) -> int:
    """Tokens of all sequences together."""
    return sum(len(sequence.ids) for sequence in sequences)


def fill_shelf(recipe: Recipe, settings: ContinuedStage, chat: Chat) -> Shelf:
    """Read every source's text and turn it into tokens.

    Raises:
        UserError: see ``texts_of``.

    """
    row_tokens = settings.reading.row_tokens
    texts = texts_of(recipe, settings, row_tokens)
    return Shelf(
        train={name: _documents(chat, own.train, name, row_tokens) for name, own in texts.items()},
        held_out={name: _documents(chat, own.held_out, name, row_tokens) for name, own in texts.items()},
        parts={name: source.part for name, source in settings.sources.items()},
    )


def _documents(chat: Chat, texts: Sequence[str], name: str, row_tokens: int) -> list[TokenSequence]:
    """Every token but the first is a target; a document longer than a row is cut into pieces."""
    found = []
    for number, text in enumerate(texts):
        ids = chat.encode_text(text)
        for start in range(0, len(ids), row_tokens):
            piece = tuple(ids[start : start + row_tokens])
            if len(piece) > 1:
                mask = (0, *[1] * (len(piece) - 1))
                found.append(TokenSequence(ids=piece, loss_mask=mask, source=name, id=f"{name}/{number}"))
    return found


def mixed(sources: Sources, weights: Mapping[str, float], tokens: int, seed: int) -> list[TokenSequence]:
    """``tokens`` in all, each source with its share of them, to within half a document.

    A source is gone through as often as its share takes, in another order each time.
    """
    rows: list[TokenSequence] = []
    for name, own in sources.items():
        rng = random.Random(derive_seed(seed, "mixed", name))
        left = weights[name] * tokens
        while left > 0:
            for sequence in rng.sample(list(own), len(own)):
                if left < len(sequence.ids) / 2:
                    left = 0
                    break
                rows.append(sequence)
                left -= len(sequence.ids)
    return rows
