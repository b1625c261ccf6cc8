"""Floating-point operations of a decoder: a multiplication and an addition are two."""

from __future__ import annotations

from redone.recipe.scale.architecture import Architecture


def forward_flops(model: Architecture, tokens: float, targets: float, pairs: float) -> float:
    """Operations of one forward pass.

    ``tokens`` go through the layers, ``targets`` through the output head. ``pairs`` are (query, key) pairs of one
    head of one layer: n(n+1)/2 for a causal text of n tokens, rows * n * n where a dense mask is multiplied out.
    Norms, rotary positions and softmax are left out: below 1 % of the products at any size of interest.
    """
    layers = 2.0 * model.layers * model.layer_products * tokens
    attention = 4.0 * model.layers * model.query_width * pairs
    return layers + attention + 2.0 * model.head * targets


def recomputed_flops(model: Architecture, tokens: float, pairs: float) -> float:
    """What activation checkpointing repeats: the layers without their last product, whose result nobody needs."""
    last = 2.0 * model.layers * model.hidden * model.active_mlp * tokens
    return forward_flops(model, tokens, 0.0, pairs) - last


def backward_flops(
    model: Architecture, tokens: float, targets: float, pairs: float, *, frozen: bool = False
) -> float:
    """Operations of the backward pass: a product for the inputs' gradients and one for the weights'.

    ``frozen`` weights (under adapters) need only the inputs'; attention has no weights and always needs both.
    """
    whole = forward_flops(model, tokens, targets, pairs)
    attention = forward_flops(model, 0.0, 0.0, pairs)
    return whole + attention if frozen else 2.0 * whole


def causal_pairs(length: float) -> float:
    """(query, key) pairs of a causal text."""
    return length * (length + 1) / 2
