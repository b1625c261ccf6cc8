"""Low-rank adapters (arXiv 2106.09685) put into a model in place, and merged into its weights for saving."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from redone.errors import UserError

ALL_LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoraSettings:
    """Adapters of ``rank``, scaled by ``alpha / rank``, at the linear layers that ``targets`` names.

    All seven kinds of linear layer by default: our choice, since adapters at attention alone learn less at the
    same number of parameters (arXiv 2305.14314, section 4).
    """

    rank: int = 16
    alpha: float = 32.0
    targets: tuple[str, ...] = ALL_LINEAR

    def __post_init__(self) -> None:
        if self.rank < 1 or self.alpha <= 0:
            raise UserError(f"rank is {self.rank} and alpha {self.alpha}; both must be above 0")


def add_lora(model: Any, settings: LoraSettings, seed: int) -> int:
    """Freeze ``model`` and train adapters only; the number of their parameters is returned.

    The model keeps its class, and answers as before until the first update. Adapters are f32 whatever the
    weights are. The global random state is left as it was.

    Raises:
        UserError: peft is not installed, or no layer has one of the names.

    """
    try:
        from peft import LoraConfig, inject_adapter_in_model
    except ImportError as error:
        raise UserError("LoRA needs the package peft; install the extra 'lora'") from error
    config = LoraConfig(
        r=settings.rank, lora_alpha=settings.alpha, target_modules=list(settings.targets), lora_dropout=0.0
    )
    state = torch.random.get_rng_state()
    try:
        torch.manual_seed(seed)
        inject_adapter_in_model(config, model)
    except ValueError as error:
        raise UserError(f"targets {list(settings.targets)} fit no layer of the model: {error}") from error
    finally:
        torch.random.set_rng_state(state)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    for parameter in trained:
        parameter.data = parameter.data.float()
    return sum(parameter.numel() for parameter in trained)


@torch.no_grad()
def merge_lora(model: Any) -> None:
    """Add the adapters to the weights and take them out, in place; the model is then as any other."""
    for name, module in list(model.named_modules()):
        if not hasattr(module, "get_base_layer") or not hasattr(module, "merge"):
            continue
        module.merge()
        parent, _, own = name.rpartition(".")
        setattr(model.get_submodule(parent), own, module.get_base_layer())
    model.requires_grad_(True)
