"""AdamW or Muon, the schedule, and the refusal to step on numbers that are not finite."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from redone.errors import RedoneError
from redone.training.settings import OptimizerSettings


class NonFiniteError(RedoneError):
    """A loss or gradient is NaN or infinite; nothing was changed by that step.

    ``ids`` are the examples of the batch, ``step`` the optimizer update (0-based).
    """

    def __init__(self, what: str, step: int, ids: Sequence[str]) -> None:
        self.ids = tuple(ids)
        self.step = step
        shown = ", ".join(self.ids[:20]) + (f" and {len(self.ids) - 20} more" if len(self.ids) > 20 else "")
        super().__init__(
            f"{what} at update {step}; stopped before the optimizer step. Batch: {shown}. "
            "Lower the learning rate or look at these examples."
        )


def learning_rate(settings: OptimizerSettings, step: int, steps: int) -> float:
    """The rate of step ``step`` (0-based) of ``steps``; warm-up reaches ``lr`` at ``warmup_steps - 1``."""
    if step < settings.warmup_steps:
        return settings.lr * (step + 1) / settings.warmup_steps
    if settings.schedule == "constant":
        return settings.lr
    span = max(1, steps - 1 - settings.warmup_steps)
    done = min(1.0, (step - settings.warmup_steps) / span)
    left = 1.0 - done if settings.schedule == "linear" else 0.5 * (1.0 + math.cos(math.pi * done))
    return settings.lr * (settings.final_ratio + (1.0 - settings.final_ratio) * left)


NEWTON_SCHULZ_STEPS = 3
"""Enough for the small matrices of small models, at little more than half the cost of the usual 5 (our choice)."""


class MuonAndAdamW(torch.optim.Optimizer):
    """Muon for the weight matrices between embedding and head, AdamW for everything else.

    Muon's steps are scaled to the size that AdamW's have, so that one learning rate serves both. The two share
    one state by parameter, which checkpoints read and restore as that of any optimizer.
    """

    def __init__(
        self, matrices: Sequence[Tensor], adamw: torch.optim.AdamW, settings: OptimizerSettings
    ) -> None:
        self._muon = torch.optim.Muon(
            list(matrices),
            lr=settings.lr,
            weight_decay=settings.weight_decay,
            momentum=settings.betas[1],
            adjust_lr_fn="match_rms_adamw",
            ns_steps=NEWTON_SCHULZ_STEPS,
        )
        self._adamw = adamw
        super().__init__([*self._muon.param_groups, *adamw.param_groups], defaults={"lr": settings.lr})
        self._muon.param_groups = self.param_groups[:1]
        self._adamw.param_groups = self.param_groups[1:]
        self._muon.state = self._adamw.state = self.state

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """One step of both."""
        assert closure is None, "the loop computes gradients itself"
        self._muon.step()  # type: ignore[no-untyped-call]
        self._adamw.step()


def make_optimizer(model: torch.nn.Module, settings: OptimizerSettings) -> torch.optim.Optimizer:
    """The optimizer that the settings name, over the parameters that require gradients."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if settings.optimizer == "adamw":
        return _adamw(trained, settings)
    ends = {
        id(part.weight)
        for part in (model.get_input_embeddings(), model.get_output_embeddings())  # type: ignore[operator]
        if part is not None
    }
    matrices = [p for p in trained if p.ndim == 2 and id(p) not in ends]
    kept = {id(p) for p in matrices}
    return MuonAndAdamW(matrices, _adamw([p for p in trained if id(p) not in kept], settings), settings)


def _adamw(trained: Sequence[Tensor], settings: OptimizerSettings) -> torch.optim.AdamW:
    """AdamW; matrices decay, vectors do not."""
    groups: list[dict[str, Any]] = [
        {"params": [p for p in trained if p.ndim >= 2], "weight_decay": settings.weight_decay},
        {"params": [p for p in trained if p.ndim < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(
        [group for group in groups if group["params"]],
        lr=settings.lr,
        betas=settings.betas,
        eps=settings.eps,
        fused=True,
    )


def clip_gradients(parameters: Sequence[Tensor], limit: float) -> float:
    """Scale all gradients so that their global norm is at most ``limit`` (0: leave); the norm before that."""
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    norm = torch.nn.utils.get_total_norm(gradients)
    if hasattr(norm, "full_tensor"):  # spread over processes
        norm = norm.full_tensor()
    if limit > 0:
        torch.nn.utils.clip_grads_with_norm_(parameters, limit, norm)
    return float(norm)
