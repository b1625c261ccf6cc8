"""What a stage is made of: texts that are read, answers that are sampled."""

from __future__ import annotations

from dataclasses import dataclass

PROXIES = "proxies"
"""Small models that a search for a mixture trains and throws away; a run counts the tokens of the last one only."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Tokens that go through the model side by side; ``trained``: with a backward pass and an update."""

    name: str
    tokens: float
    targets: float
    pairs: float
    trained: bool


@dataclass(frozen=True, slots=True)
class Sampling:
    """``prompts`` prompts with ``size`` answers each, of ``answer`` tokens in the mean and ``limit`` at most.

    They come in ``calls`` batches, each of which ends with its longest answer.
    """

    name: str
    prompts: float
    size: int
    prompt: float
    answer: float
    limit: int
    calls: int

    @property
    def tokens(self) -> float:
        """Answer tokens."""
        return self.prompts * self.size * self.answer


@dataclass(frozen=True, slots=True)
class Work:
    """What one stage does; ``tokens`` as results.json counts them: trained columns and sampled rollouts."""

    name: str
    kind: str
    parts: tuple[Reading | Sampling, ...]

    @property
    def tokens(self) -> float:
        """Tokens trained on, and those of rollouts."""
        return sum(
            part.tokens
            for part in self.parts
            if (isinstance(part, Reading) and part.trained and part.name != PROXIES)
            or part.name == "rollouts"
        )
