"""The whole state of a run as named tensors and JSON: model, optimizer, random states, batch source."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from redone.errors import UserError
from redone.training.parallel.sharding import placed, whole
from redone.training.store import CheckpointStore, DamagedCheckpoint, Saved

__all__ = ["CheckpointStore", "DamagedCheckpoint", "capture", "check_fingerprint", "restore"]


def capture(
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    step: int,
    *,
    progress: Mapping[str, Any],
    fingerprint: Mapping[str, Any],
) -> Saved:
    """The run after ``step`` updates. ``progress`` is whatever else must come back, as JSON.

    Parameters without gradient are not stored: the caller loads them again, and the fingerprint covers them.
    """
    randomness = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        randomness["cuda"] = torch.cuda.get_rng_state()
    return Saved(
        step,
        {
            "model": {name: whole(p.detach()) for name, p in _trained(model).items()},
            "optimizer": _optimizer_tensors(model, optimizer),
            "random": randomness,
        },
        {
            "fingerprint": dict(fingerprint),
            "progress": dict(progress),
            "python_random": _random_to_json(),
        },
    )


def restore(saved: Saved, model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> Mapping[str, Any]:
    """Put the state back, in place; the ``progress`` that was captured is returned.

    Raises:
        UserError: the model has other parameters than the checkpoint.

    """
    trained = _trained(model)
    stored = saved.tensors["model"]
    wrong = sorted(set(trained) ^ set(stored)) or [n for n in trained if trained[n].shape != stored[n].shape]
    if wrong:
        raise UserError(
            f"the checkpoint is of another model: {wrong[0]} (and {len(wrong) - 1} more) does not fit"
        )
    with torch.no_grad():
        for name, parameter in trained.items():
            parameter.copy_(placed(stored[name], parameter))
    _restore_optimizer(model, optimizer, saved.tensors.get("optimizer", {}))
    torch.set_rng_state(saved.tensors["random"]["cpu"])
    if "cuda" in saved.tensors["random"] and torch.cuda.is_available():
        torch.cuda.set_rng_state(saved.tensors["random"]["cuda"])
    version, numbers, extra = saved.state["python_random"]
    random.setstate((version, tuple(numbers), extra))
    progress: Mapping[str, Any] = saved.state["progress"]
    return progress


def check_fingerprint(stored: Mapping[str, Any], current: Mapping[str, Any]) -> None:
    """Refuse to go on with other settings, data or tokenizer than the run was started with.

    Raises:
        UserError: naming every key that differs, with both values.

    """
    before, now = _flat(stored), _flat(current)
    changed = [
        f"  {key}: {before.get(key, 'absent')!r} -> {now.get(key, 'absent')!r}"
        for key in sorted(before.keys() | now.keys())
        if before.get(key, "absent") != now.get(key, "absent")
    ]
    if changed:
        raise UserError(
            "the checkpoint belongs to a run with other settings or data:\n"
            + "\n".join(changed)
            + "\nUse the old values to resume, or another run folder to start again."
        )


def _flat(value: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, item in value.items():
        if isinstance(item, Mapping):
            flat |= _flat(item, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = list(item) if isinstance(item, tuple) else item
    return flat


def _trained(model: torch.nn.Module) -> dict[str, torch.nn.Parameter]:
    return {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}


def _optimizer_tensors(model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    return {
        f"{name}/{key}": whole(value)
        for name, parameter in _trained(model).items()
        for key, value in optimizer.state.get(parameter, {}).items()
    }


def _restore_optimizer(
    model: torch.nn.Module, optimizer: torch.optim.Optimizer, stored: Mapping[str, Tensor]
) -> None:
    states: dict[str, dict[str, Tensor]] = {}
    for label, value in stored.items():
        name, _, key = label.rpartition("/")
        states.setdefault(name, {})[key] = value
    for name, parameter in _trained(model).items():
        if name in states:
            optimizer.state[parameter] = {
                key: value.clone() if key == "step" else placed(value.clone(), parameter)
                for key, value in states[name].items()
            }


def _random_to_json() -> list[Any]:
    version, numbers, extra = random.getstate()
    return [version, list(numbers), extra]
