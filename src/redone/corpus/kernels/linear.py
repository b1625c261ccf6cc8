"""A linear model over hashed character 1- to 3-grams: a byte loop to train it, and one to score with it."""

from __future__ import annotations

import numpy as np
from numba import njit

_K1, _K2, _K3 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9)


@njit(cache=True, nogil=True)
def grams_of(data, first, end, shift, out):  # type: ignore[no-untyped-def]
    """Write the hashed 1-, 2- and 3-grams of a text's code points; returns how many."""
    one = two = np.uint64(0)
    code = np.uint64(0)
    size = place = 0
    for at in range(first, end):
        byte = data[at]
        if 0x41 <= byte <= 0x5A:
            byte |= np.uint8(0x20)
        code = (code << np.uint64(8)) | np.uint64(byte)
        if at + 1 < end and data[at + 1] & 0xC0 == 0x80:
            continue
        if place + 3 > len(out):
            break
        size += 1
        out[place] = np.int64((code * _K1) >> shift)
        place += 1
        if size > 1:
            out[place] = np.int64(((code * _K1) ^ (one * _K2)) * _K3 >> shift)
            place += 1
        if size > 2:
            out[place] = np.int64((((code * _K1) ^ (one * _K2)) + two * _K3) * _K1 >> shift)
            place += 1
        two, one, code = one, code, np.uint64(0)
    return place


@njit(cache=True, nogil=True)
def fit(offsets, data, targets, order, weights, rate, shift):  # type: ignore[no-untyped-def]
    """One pass of normalised least mean squares over the texts in ``order``; returns the mean squared error."""
    grams = np.empty(12288, dtype=np.int64)
    total = 0.0
    for row in order:
        size = grams_of(data, offsets[row], offsets[row + 1], shift, grams)
        if size == 0:
            continue
        guess = np.float64(weights[-1])
        for at in range(size):
            guess += weights[grams[at]] / size
        error = targets[row] - guess
        total += error * error
        step = np.float32(rate * error)
        for at in range(size):
            weights[grams[at]] += step
        weights[-1] += np.float32(0.01) * step
    return total / max(1, len(order))


@njit(cache=True, nogil=True)
def predict(offsets, data, weights, shift, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` with the model's value of every text; an empty text has the bias."""
    grams = np.empty(12288, dtype=np.int64)
    for row in range(len(offsets) - 1):
        size = grams_of(data, offsets[row], offsets[row + 1], shift, grams)
        total = 0.0
        for at in range(size):
            total += weights[grams[at]]
        out[row] = weights[-1] + (total / size if size else 0.0)
