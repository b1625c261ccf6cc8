"""In which numbers a pass is computed."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import torch

from redone.model.products import fused_steps, products
from redone.training.settings import OptimizerSettings


def autocast(model: Any, settings: OptimizerSettings) -> AbstractContextManager[Any]:
    """The arithmetic that the settings ask for: bf16 products over f32 weights, or f32 ones by some library."""
    if settings.compute == "f32":
        return products(settings.kernels, model)
    rounded = torch.autocast(model.device.type, dtype=torch.bfloat16)
    return fused_steps(rounded) if settings.kernels == "fused" else rounded
