"""The size of a reinforcement step, and the least time that its products can take."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from _world import answer_lengths

WARM_UP = 1
"""Steps that are not counted."""


@dataclass(frozen=True)
class Shape:
    """The size of a step."""

    prompts: int = 16
    prompt_tokens: int = 64
    answers: int = 8
    mean: int = 15
    longest: int = 48
    vocabulary: int = 6144
    sizes: dict[str, Any] = field(default_factory=dict)

    def lengths(self, step: int) -> list[int]:
        """The answers' lengths in a step, the same for both sides."""
        return answer_lengths(self.prompts * self.answers, self.mean, self.longest, step)


def floors(shape: Shape, model: Any, row: dict[str, Any], peak: float) -> dict[str, float]:
    """Seconds that the weights' products alone need at the measured peak, prompt once per group.

    Products of tokens with weights only (2 operations per weight forwards, 4 backwards), the head where a
    token is predicted; attention, norms, softmax and the optimizer are not counted.
    """
    head = model.get_output_embeddings().weight.numel()
    body = sum(p.numel() for p in model.model.layers.parameters() if p.ndim == 2)
    answers = row["answer_tokens"]
    fed = shape.prompts * shape.prompt_tokens + answers - shape.prompts * shape.answers
    heads = shape.prompts + answers - shape.prompts * shape.answers
    return {
        "generate": (2 * body * fed + 2 * head * heads) / peak,
        "update": (6 * body * row["columns"] + 6 * head * answers) / peak,
    }
