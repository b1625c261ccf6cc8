"""How many tokens a text has: counted once with the tokenizer of the model, or estimated without one."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from redone.corpus.settings.corpus_settings import TokenSettings
from redone.errors import UserError

CountTokens = Callable[[str], int]

LETTERS = 5
"""Latin letters or digits that make a token of the estimate."""
_PIECE = re.compile(rf"[A-Za-z0-9]{{1,{LETTERS}}}|[^\sA-Za-z0-9]")
BATCH = 4096
"""Texts that are tokenised at a time."""


def estimate_tokens(text: str) -> int:
    """Count a token per five Latin letters or digits in a row and per other character that is no space.

    Our choice: on posts it lies mostly a little above what vocabularies of 16k to 150k pieces give, so caps hold.
    """
    return len(_PIECE.findall(text))


def counter_of(settings: TokenSettings) -> CountTokens:
    """Return how single texts are counted."""
    if not settings.tokenizer:
        return estimate_tokens
    tokenizer = _tokenizer(settings.tokenizer)
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)


def with_tokens(table: pl.DataFrame, settings: TokenSettings) -> pl.DataFrame:
    """Return the table with the column ``tokens`` and, with a tokenizer, ``ids`` where they are to be kept."""
    texts = table["text"].fill_null("")
    if not settings.tokenizer:
        return table.with_columns(tokens=_estimates(texts))
    tokenizer = _tokenizer(settings.tokenizer)
    counts: list[int] = []
    ids: list[list[int]] = []
    for batch in texts.to_frame().iter_slices(BATCH):
        for encoding in tokenizer.encode_batch_fast(batch.to_series().to_list(), add_special_tokens=False):
            counts.append(len(encoding.ids))
            if settings.keep_ids:
                ids.append(encoding.ids)
    table = table.with_columns(pl.Series("tokens", counts, pl.Int32))
    return table.with_columns(pl.Series("ids", ids, pl.List(pl.UInt32))) if settings.keep_ids else table


def _estimates(texts: pl.Series) -> pl.Series:
    from redone.corpus.kernels.buffers import text_buffers
    from redone.corpus.token_estimate import estimate_column

    out = np.zeros(len(texts), np.int64)
    estimate_column(*text_buffers(texts), LETTERS, out)
    return pl.Series("tokens", out).cast(pl.Int32)


def check_tokenizer(settings: TokenSettings) -> None:
    """Load the tokenizer, so that a wrong path is told before hours of work.

    Raises:
        UserError: there is none at that place, or it cannot be read.

    """
    if settings.tokenizer:
        _tokenizer(settings.tokenizer)


@cache
def _tokenizer(place: str) -> Any:
    from tokenizers import Tokenizer

    path = Path(place)
    path = path / "tokenizer.json" if path.is_dir() else path
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises bare Exception
        raise UserError(
            f"tokens.tokenizer = '{place}': cannot be read as tokenizer.json ({error})"
        ) from error
