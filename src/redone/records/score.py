"""What a reward or metric says about one answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A raw task score in 0..1, or ``None`` when it could not be determined (unknown is never zero).

    ``components`` holds every part by name, for logs; ``problem`` says why the value is unknown;
    ``answer`` is what the parser read, for transcripts.
    """

    value: float | None
    components: Mapping[str, float] = field(default_factory=dict)
    problem: str = ""
    answer: str = ""

    def __post_init__(self) -> None:
        if self.value is None:
            assert self.problem, "an unknown score says why"
        else:
            assert 0.0 <= self.value <= 1.0, f"a raw score lies in 0..1, not {self.value}"
