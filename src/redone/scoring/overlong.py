"""The soft overlong punishment (DAPO, Eq. 13): answers near the length limit lose reward step by step."""

from __future__ import annotations

from redone.errors import UserError


def overlong_penalty(length: int, limit: int, buffer: int, factor: float = 1.0) -> float:
    """Return the penalty in ``[-factor, 0]`` that is added to the raw score of an answer.

    Zero up to ``limit - buffer`` tokens, then falling in a straight line to ``-factor`` at ``limit``, and
    ``-factor`` beyond it. With ``buffer`` 0 there is no slope: only answers beyond the limit pay.

    ``length``, ``limit`` and ``buffer`` count answer tokens, the end token included.

    Raises:
        UserError: the settings contradict each other.

    """
    if not 0 <= buffer <= limit:
        raise UserError(f"overlong buffer {buffer}: it must lie between 0 and the answer limit {limit}")
    if factor < 0:
        raise UserError(f"overlong factor {factor}: it must not be negative")
    free = limit - buffer
    if length <= free or factor == 0:
        return 0.0
    if length > limit or buffer == 0:
        return -factor
    return factor * ((free - length) / buffer)
