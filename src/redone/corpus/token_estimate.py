"""Kernel: the token estimate of a whole text column."""

from __future__ import annotations

import numba
import numpy as np


@numba.njit(inline="always")
def _is_space(code):  # type: ignore[no-untyped-def]
    return (
        code == 0x20 or 0x09 <= code <= 0x0D or 0x1C <= code <= 0x1F or code == 0x85 or code == 0xA0
        or code == 0x1680 or 0x2000 <= code <= 0x200A or code == 0x2028 or code == 0x2029 or code == 0x202F
        or code == 0x205F or code == 0x3000
    )  # fmt: skip


@numba.njit(cache=True, nogil=True, boundscheck=False, error_model="numpy")
def estimate_column(offsets, data, letters, out):  # type: ignore[no-untyped-def]
    """Write to ``out`` (int64) what ``estimate_tokens`` gives for each text; ``letters`` make a token."""
    for t in range(len(offsets) - 1):
        at, stop = offsets[t], offsets[t + 1]
        tokens = 0
        run = 0
        while at < stop:
            code = np.int64(data[at])
            at += 1
            if code < 0x80:
                low = code | 0x20
                if 0x61 <= low <= 0x7A or 0x30 <= code <= 0x39:
                    tokens += run % letters == 0
                    run += 1
                    continue
            elif code < 0xE0:
                code = ((code & 0x1F) << 6) | (np.int64(data[at]) & 0x3F)
                at += 1
            elif code < 0xF0:
                code = (
                    ((code & 0x0F) << 12)
                    | ((np.int64(data[at]) & 0x3F) << 6)
                    | (np.int64(data[at + 1]) & 0x3F)
                )
                at += 2
            else:
                code = np.int64(0x10000)
                at += 3
            run = 0
            tokens += not _is_space(code)
        out[t] = tokens
