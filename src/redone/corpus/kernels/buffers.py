"""A text column as the two buffers that kernels walk over."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

Offsets = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]


def text_buffers(texts: pl.Series) -> tuple[Offsets, Bytes]:
    """Return (n + 1 offsets, UTF-8 bytes) of a text column; null counts as empty.

    Raises:
        TypeError: the column holds no text.

    """
    if texts.dtype != pl.String:
        raise TypeError(f"column '{texts.name}' holds {texts.dtype}, text is expected")
    if texts.null_count():
        texts = texts.fill_null("")
    array = texts.rechunk().to_arrow()
    _, offsets, data = array.buffers()
    start = np.frombuffer(offsets, dtype=np.int64)[array.offset : array.offset + len(array) + 1]
    if len(start) == 0:
        start = np.zeros(1, dtype=np.int64)
    raw = np.frombuffer(data, dtype=np.uint8) if data is not None else np.empty(0, dtype=np.uint8)
    return start, raw
