"""How much the engine takes on, and how it says that it takes no more."""

from __future__ import annotations

from dataclasses import dataclass

from redone.errors import RedoneError, UserError
from redone.model.products import Kernels


class Busy(RedoneError):
    """The queue is full. ``retry_after`` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("too many requests are waiting")
        self.retry_after = retry_after


class EngineStopped(RedoneError):
    """The engine takes no more requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """How much is decoded together and how much may wait.

    ``max_cache_tokens`` bounds rows times the longest row, which is what the keys and values take;
    ``prefix_tokens`` bounds the cache of shared beginnings (0: none); ``max_read_tokens`` is the most that
    joining prompts hold up the rows that are being decoded; ``seconds`` is the longest a request may take,
    waiting included. ``kernels`` "onednn" multiplies f32 on a CPU by oneDNN, where it is there: up to twice as
    fast, summed in another order, and the weights are copied once while loading.
    """

    max_rows: int = 128
    max_cache_tokens: int = 262_144
    max_read_tokens: int = 4096
    prefix_tokens: int = 16_384
    max_waiting: int = 512
    seconds: float = 120.0
    kernels: Kernels = "onednn"

    def __post_init__(self) -> None:
        least = min(self.max_rows, self.max_cache_tokens, self.max_read_tokens, self.max_waiting)
        if least < 1 or self.prefix_tokens < 0 or self.seconds <= 0:
            raise UserError(f"the engine's limits must be at least 1 and prefix_tokens at least 0: {self}")
