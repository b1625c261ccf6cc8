"""Weights, gradients and optimizer spread over the processes by FSDP2; whole again where they are needed."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.distributed.fsdp import fully_shard, register_fsdp_forward_method
from torch.distributed.tensor import DTensor, distribute_tensor

from redone.training import logprobs
from redone.training.parallel.world import World


def shard_model(model: Any, world: World | None) -> Any:
    """Spread ``model``'s parameters over ``world``, layer by layer, in place; the model is returned.

    Gradients are summed over the processes and not averaged, since every loss is over the whole step's
    normaliser already. Nothing is done for a single process or a model that is spread already.
    """
    if world is None or is_sharded(model):
        return model
    model.to(world.device)
    layers = list(model.get_decoder().layers)
    for part in (*layers, model):
        fully_shard(part)
        part.set_gradient_divide_factor(1.0)
        part.set_force_sum_reduction_for_comms(True)
    # The packed pass does not go through forward(), and the shared head is used after the decoder has ended.

    def packed(*arguments: Any, **named: Any) -> tuple[Tensor, Tensor | None]:
        found, entropies = logprobs.packed_pass(model, *arguments, **named)
        return found.clone(), entropies  # FSDP hooks the result, which must not be a view

    setattr(model, logprobs.PACKED_CALL, packed)
    register_fsdp_forward_method(model, logprobs.PACKED_CALL)
    return model


def is_sharded(model: Any) -> bool:
    """Whether the parameters are spread over processes."""
    return any(isinstance(parameter, DTensor) for parameter in model.parameters())


def whole(tensor: Tensor) -> Tensor:
    """All of a tensor that may be spread; every process must ask together."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def placed(full: Tensor, like: Tensor) -> Tensor:
    """The process's part of ``full``, spread as ``like`` is."""
    if not isinstance(like, DTensor):
        return full.to(like.device)
    spread: Tensor = distribute_tensor(
        full.to(like.device), like.device_mesh, like.placements, src_data_rank=None
    )
    return spread


@torch.no_grad()
def make_whole(model: torch.nn.Module) -> None:
    """Put whole weights on the CPU in place of spread ones, for saving; every process must ask together.

    Tied weights stay tied. The model is not to be trained or called any more.
    """
    made: dict[int, torch.nn.Parameter] = {}
    for module in model.modules():
        for name, parameter in module._parameters.items():
            if isinstance(parameter, DTensor):
                if id(parameter) not in made:
                    full = parameter.full_tensor().cpu()
                    made[id(parameter)] = torch.nn.Parameter(full, parameter.requires_grad)
                module._parameters[name] = made[id(parameter)]
