"""Attention by plain matrix products, for short rows on the CPU.

At rows below a few hundred tokens torch's ``scaled_dot_product_attention`` costs more than the arithmetic,
most of all in its backward pass. Registered with transformers under ``NAME``; the stock modules stay as
they are.
"""

from __future__ import annotations

import importlib.util
from typing import Any

import torch
from torch import Tensor
from transformers import AttentionInterface, PreTrainedModel
from transformers.integrations.flex_attention import flex_attention_forward
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, flex_attention_mask, sdpa_mask
from transformers.utils import is_torch_flex_attn_available

from redone.model.spans import Spans, span_attention

NAME = "redone_matmul"
FLEX = "redone_flex"
FORMS = 64
LONGEST_ROW = 512
CPU_FAMILIES = frozenset({"qwen3", "qwen2", "llama"})


def choose_attention(model: PreTrainedModel, *, flex: bool = False) -> str:
    """Switch ``model`` to this attention where it is known to fit, otherwise to torch's own.

    ``flex`` asks for flex attention on a GPU, which skips the blocks of packed rows that nobody looks at. The
    line that is returned says why it is not used; empty when all is as asked.
    """
    fits = model.device.type == "cpu" and model.config.model_type in CPU_FAMILIES
    missing = flex_missing(model.device.type) if flex else ""
    wanted = FLEX if flex and not missing else NAME if fits else "sdpa"
    if wanted == FLEX:
        _allow_forms()
    model.set_attn_implementation(wanted)
    return missing


def _allow_forms() -> None:
    """Let flex attention be compiled for every kind of batch.

    One row or several, one block or several, the first width or any other, with gradient or without: more forms than
    torch compiles by default, and beyond those it would write all scores out.
    """
    import torch._dynamo.config as compiler

    compiler.recompile_limit = max(compiler.recompile_limit, FORMS)


def flat_missing(model: PreTrainedModel) -> str:
    """Why rows cannot stand one after the other without padding, in words; empty when they can."""
    used = model.config._attn_implementation
    if used == NAME:
        return ""
    families = ", ".join(sorted(CPU_FAMILIES))
    return f"layout flat needs attention by row, for {families} on the CPU, and this model uses {used}"


def flex_missing(device: str) -> str:
    """Why flex attention cannot be used, in words; empty when it can."""
    if device != "cuda":
        return f"flex attention is for GPUs and the model is on {device}: a dense mask is used"
    if not is_torch_flex_attn_available():
        return "this build of torch has no flex attention: a dense mask is used"
    if importlib.util.find_spec("triton") is None:
        return "flex attention needs triton, which is not installed: a dense mask is used"
    return ""


def matmul_attention(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    spans: Spans | None = None,
    **rest: Any,
) -> tuple[Tensor, None]:
    """Attend: query ``[B, H, L, D]``, key and value ``[B, KV, S, D]`` -> ``[B, L, H, D]``.

    The mask is ``[B or 1, 1 or H, L, S]``, additive or boolean (True: may look); without one the rows are
    causal. Long rows, dropout and other devices go to torch's own attention. With ``spans`` the rows stand
    one after the other in a single one, and the mask is theirs.
    """
    if spans is not None:
        scale = query.shape[-1] ** -0.5 if scaling is None else scaling
        return span_attention(query, key, value, spans, scale), None
    if query.device.type != "cpu" or key.shape[2] > LONGEST_ROW or dropout:
        mixed, _ = sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **rest
        )
        return mixed, None
    batch, heads, length, width = query.shape
    kv_heads, span = key.shape[1], key.shape[2]
    repeat = heads // kv_heads
    scale = width**-0.5 if scaling is None else scaling
    grouped = (query * scale).reshape(batch, kv_heads, repeat * length, width)
    scores = torch.matmul(grouped, key.transpose(2, 3)).view(batch, kv_heads, repeat, length, span)
    mask = _additive(attention_mask, length, span, scores.dtype)
    if mask is not None:
        one = mask.shape[1] == 1
        scores = scores + (mask[:, None] if one else mask.view(-1, kv_heads, repeat, length, span))
    weights = scores.softmax(-1, torch.float32).to(query.dtype).view(batch, kv_heads, repeat * length, span)
    mixed = torch.matmul(weights, value).view(batch, heads, length, width)
    return mixed.transpose(1, 2), None


def flex_attention(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Any,
    **rest: Any,
) -> tuple[Tensor, Tensor | None]:
    """Flex attention of transformers, in the format that autocast asks for.

    Flex attention casts nothing itself, and over f32 weights the norms of queries and keys hand on f32 beside bf16
    values.
    """
    kind = query.device.type
    if torch.is_autocast_enabled(kind):
        dtype = torch.get_autocast_dtype(kind)
        query, key, value = query.to(dtype), key.to(dtype), value.to(dtype)
    mixed, spread = flex_attention_forward(module, query, key, value, attention_mask, **rest)
    return mixed, spread


def _additive(mask: Tensor | None, length: int, span: int, dtype: torch.dtype) -> Tensor | None:
    """The mask as numbers to add; none is needed when a single query sees everything."""
    if mask is None:
        if length == 1:
            return None
        shape = (length, span)
        allowed = torch.ones(shape, dtype=torch.bool).tril(span - length)[None, None]
    elif mask.dtype != torch.bool:
        return mask if mask.dtype == dtype else mask.to(dtype)
    else:
        allowed = mask
    lowest = torch.finfo(dtype).min
    return torch.zeros(allowed.shape, dtype=dtype).masked_fill_(~allowed, lowest)


AttentionInterface.register(NAME, matmul_attention)
AttentionMaskInterface.register(NAME, sdpa_mask)
AttentionInterface.register(FLEX, flex_attention)
AttentionMaskInterface.register(FLEX, flex_attention_mask)
