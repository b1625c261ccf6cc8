"""Feature columns of a text: counted once, read by every later step."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from redone.corpus.kernels.buffers import text_buffers
from redone.corpus.kernels.classes import char_classes
from redone.corpus.kernels.feature_names import FEATURES
from redone.corpus.kernels.scan import scan

PREFIX = "f_"
"""How the names of feature columns start; they are no part of the corpus and are left out when it is written."""

FEATURE_COLUMNS = tuple(PREFIX + name for name in FEATURES)


def scan_texts(texts: pl.Series) -> npt.NDArray[np.int32]:
    """Return the features (rows in the order of ``FEATURES``) of every text (columns)."""
    offsets, data = text_buffers(texts)
    out = np.empty((len(FEATURES), len(texts)), dtype=np.int32)
    scan(offsets, data, char_classes(), out)
    return out


def with_features(table: pl.DataFrame) -> pl.DataFrame:
    """Return the table with its feature columns; nothing is done where it has them."""
    if FEATURE_COLUMNS[-1] in table.columns:
        return table
    found = scan_texts(table["text"])
    return table.with_columns(
        [pl.Series(name, found[at]) for at, name in enumerate(FEATURE_COLUMNS)],
    )


def without_features(table: pl.DataFrame) -> pl.DataFrame:
    """Return the table without its feature columns."""
    return table.drop([name for name in FEATURE_COLUMNS if name in table.columns])


def replace_texts(table: pl.DataFrame, rows: npt.NDArray[np.intp], texts: pl.Series) -> pl.DataFrame:
    """Return the table with other texts in some rows, their features counted again."""
    if len(rows) == 0:
        return table
    changed = [table["text"].clone().scatter(rows, texts)]
    if FEATURE_COLUMNS[-1] in table.columns:
        found = scan_texts(texts)
        for at, name in enumerate(FEATURE_COLUMNS):
            values = table[name].to_numpy().copy()
            values[rows] = found[at]
            changed.append(pl.Series(name, values))
    return table.with_columns(changed)
