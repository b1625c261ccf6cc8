"""Keeping one class from taking over a task, on a stream and without looking ahead."""

from __future__ import annotations

from collections import Counter

_HEAD_START = 2


class ClassBalance:
    """Admits an example of a class while the class stays within ``max_share`` of what was admitted.

    A constant answer then scores at most about ``max_share``. What is refused is surplus of a frequent class,
    never a rare one. State is per task and language.
    """

    def __init__(self, max_share: float) -> None:
        self.max_share = max_share
        self.refused = 0
        self._admitted: Counter[str] = Counter()

    def admit(self, group: str) -> bool:
        """Whether the example is taken; if so it is counted."""
        total = self._admitted.total()
        allowed = self.max_share * (total + 1) + (_HEAD_START if self.max_share < 1.0 else 1)
        if self._admitted[group] + 1 > allowed:
            self.refused += 1
            return False
        self._admitted[group] += 1
        return True
