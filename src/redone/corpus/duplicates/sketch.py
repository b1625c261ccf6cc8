"""The sketch of a shard: what is needed to find duplicates without reading the texts again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from redone.corpus.kernels.buffers import text_buffers
from redone.corpus.settings.duplicate_settings import DuplicateSettings

Keys = npt.NDArray[np.uint64]
PERMUTATION_SEED = 20251107
"""Part of the signature's definition: another seed gives keys that do not meet these."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """Keys of a shard's texts, one column per text."""

    exact: Keys
    """(2, texts): 128 bits that equal texts share."""
    bands: Keys
    """(bands, texts): texts that share a key in some row are candidates; 0 is no key."""


def sketch(table: pl.DataFrame, settings: DuplicateSettings) -> Sketch:
    """Return the sketch of a table's texts.

    A row with a parent (a comment, a query that led to a note) is compared exactly, among the rows of the same
    parent: "so true" below a thousand notes belongs to each of them.
    """
    # Loaded here: the compiler costs more than reading a small recipe does.
    from redone.corpus.duplicates.sketching import sketch_texts

    texts = table["text"].fill_null("")
    has_parent = table["parent"].is_not_null() if "parent" in table.columns else None
    if has_parent is not None and has_parent.any():
        texts = table.select(
            pl.when(pl.col("parent").is_not_null())
            .then(pl.concat_str("kind", "parent", "text", separator="\x1f", ignore_nulls=True))
            .otherwise(pl.col("text").fill_null(""))
        ).to_series()
    count = len(texts)
    bands = np.zeros((settings.bands if settings.near else 0, count), np.uint64)
    exact = np.zeros((2, count), np.uint64)
    factors, masks = _permutations(len(bands) * settings.rows)
    shape = (
        len(bands),
        settings.rows,
        settings.shingle,
        settings.short_characters,
        settings.least_letters,
    )
    alone = has_parent.to_numpy() if has_parent is not None else np.zeros(count, np.bool_)
    offsets, data = text_buffers(texts)
    sketch_texts(offsets, data, factors, masks, shape, bands, exact, alone)
    return Sketch(exact, bands)


def _permutations(count: int) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    rng = np.random.Generator(np.random.PCG64(PERMUTATION_SEED))
    factors = rng.integers(0, 2**32, count, dtype=np.uint32) | np.uint32(1)
    return factors, rng.integers(0, 2**32, count, dtype=np.uint32)
