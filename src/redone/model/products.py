"""Products of rows with weights by oneDNN in f32, where torch's own choice of library is slower.

torch multiplies f32 matrices on x86 through MKL, which on processors of another make than its own may use half
of the width of their vector units; oneDNN uses all of it (measured: 2.2 times faster). Both sum in f32, in
another order, so results differ in the last bits. bf16 products go through oneDNN in any case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

Kernels = Literal["torch", "onednn", "fused"]
_fused = 0


def onednn_missing(device: str = "cpu") -> str:
    """Why oneDNN's products cannot be used, in words; empty when they can."""
    if device != "cpu":
        return f"kernels onednn are for the CPU, the model is on {device}: torch's own are used"
    there = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    if not there or not hasattr(torch.ops.mkldnn, "_linear_pointwise"):
        return "this build of torch has no oneDNN: torch's own kernels are used"
    return ""


def pack_weight(weight: Tensor) -> Tensor:
    """A copy of ``[N, K]`` in the order that oneDNN reads; worth it for weights that are used many times."""
    packed: Tensor = torch.ops.mkldnn._reorder_linear_weight(weight.contiguous(), None)
    return packed


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``F.linear`` that also takes weights of ``pack_weight``; without gradient for those.

    f32 rows may meet packed bf16 weights: the product is bf16's, as under autocast, and its result f32.
    """
    if not weight.is_mkldnn:
        return F.linear(x, weight, bias)
    return onednn_product(x.to(weight.dtype), weight, bias).to(x.dtype)


def products(kernels: Kernels, model: torch.nn.Module) -> AbstractContextManager[Any]:
    """Inside, every f32 ``F.linear`` of any module, and its gradients, use ``kernels``.

    "fused" is "onednn", and rows without padding go through ``flat`` as well.
    """
    device = next(model.parameters()).device.type
    if kernels == "torch" or onednn_missing(device):
        return nullcontext()
    return fused_steps(_OneDnn()) if kernels == "fused" else _OneDnn()


@contextmanager
def fused_steps(arithmetic: AbstractContextManager[Any]) -> Iterator[None]:
    """Inside ``arithmetic``, and with several operations as one step of autograd where that form is known."""
    global _fused
    _fused += 1
    try:
        with arithmetic:
            yield
    finally:
        _fused -= 1


def fused_active() -> bool:
    """Whether several operations are to be one step of autograd at this moment."""
    return _fused > 0


def onednn_active() -> bool:
    """Whether f32 products are oneDNN's at this moment."""
    return _OneDnn.depth > 0 and not torch.is_autocast_enabled("cpu")


def onednn_linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``F.linear`` by oneDNN with gradients, whatever is active; for code that is run again in the backward pass."""
    made: Tensor = _Linear.apply(x, weight, bias)  # type: ignore[no-untyped-call]
    return made


def onednn_product(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``[..., K]`` times ``[N, K]``, transposed; neither needs to be contiguous."""
    made: Tensor = torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")
    return made


class _Linear(torch.autograd.Function):
    """A linear layer whose three products are oneDNN's."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.biased = bias is not None
        return onednn_product(x, weight, bias)

    @staticmethod
    def backward(ctx: Any, *outer: Tensor) -> Any:
        x, weight = ctx.saved_tensors
        flat = outer[0].reshape(-1, weight.shape[0])
        to_x = onednn_product(flat, weight.t()).view(x.shape) if ctx.needs_input_grad[0] else None
        to_weight = None
        if ctx.needs_input_grad[1]:
            rows = x.reshape(-1, weight.shape[1])
            # The left side is copied in order to lie the right way round, so the narrower one is taken.
            if rows.shape[1] <= flat.shape[1]:
                to_weight = onednn_product(rows.t(), flat.t()).t()
            else:
                to_weight = onednn_product(flat.t(), rows.t())
        return to_x, to_weight, flat.sum(0) if ctx.biased and ctx.needs_input_grad[2] else None


class _OneDnn(TorchFunctionMode):
    """Takes the place of ``F.linear`` for f32 tensors on the CPU, outside autocast."""

    depth = 0

    def __enter__(self) -> _OneDnn:
        _OneDnn.depth += 1
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *error: Any) -> None:
        _OneDnn.depth -= 1
        super().__exit__(*error)  # type: ignore[no-untyped-call]

    def __torch_function__(
        self,
        function: Callable[..., Any],
        types: Any,
        arguments: Sequence[Any] = (),
        named: Mapping[str, Any] | None = None,
    ) -> Any:
        named = named or {}
        if function is F.linear and not torch.is_autocast_enabled("cpu"):
            x, weight, bias = (*arguments, *named.values(), None)[:3]
            if x.dtype == weight.dtype == torch.float32 and x.device.type == "cpu":
                return _Linear.apply(x, weight, bias)  # type: ignore[no-untyped-call]
        return function(*arguments, **named)
