"""Which form of the arithmetic a processor is given: the same sums in another order."""

from __future__ import annotations

from typing import Literal

from redone.recipe.config.memory import MemoryConfig
from redone.recipe.config.node import Node


class SpeedConfig(Node):
    """Faster forms for the CPU; the defaults are the reference. Results differ in the last bits."""

    layout: Literal["rows", "flat"] = "rows"
    """How an update lays out its tokens: rows, padded to the longest; flat: one after the other, so that nothing is
    computed for padding."""
    kernels: Literal["torch", "onednn", "fused"] = "torch"
    """Who multiplies f32 numbers, in updates and in sampling: torch's own choice of library, or oneDNN, which pays
    where torch uses half of the processor's vector width. "fused" is oneDNN, and in the flat layout norms, rotation,
    gated units and the head with its softmax are one step each."""

    @property
    def for_cpu(self) -> str:
        """The first switch that only a CPU has, as key and value; empty when none is set."""
        if self.layout == "flat":
            return "speed.layout flat"
        return "" if self.kernels == "torch" else f"speed.kernels {self.kernels}"


def conflict(speed: SpeedConfig, memory: MemoryConfig, device: str) -> str:
    """Why these settings do not go together, and what to do; empty when they do."""
    if speed.kernels != "torch" and memory.recompute:
        return (
            f"speed.kernels is {speed.kernels!r} and memory.recompute is true, which do not work together; "
            "set kernels to torch or recompute to false"
        )
    if speed.layout == "flat" and memory.flex:
        return (
            "speed.layout is 'flat', which is for the CPU, and memory.flex is true, which is for GPUs; "
            "set layout to rows or flex to false"
        )
    if device == "cuda" and speed.for_cpu:
        return f"{speed.for_cpu} is for the CPU and device is 'cuda'; remove it, or set device to cpu"
    return ""
