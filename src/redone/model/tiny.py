"""The embedded base model's shape: a Qwen3 of about two million parameters, made for two CPU cores."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from transformers import PreTrainedModel, Qwen3Config, Qwen3ForCausalLM

from redone.model.attention import choose_attention
from redone.model.chat import Chat


@dataclass(frozen=True, slots=True, kw_only=True)
class TinySettings:
    """Sizes of the tiny model.

    ``init_std`` is 0.05 where transformers' default is 0.02: our choice, since at this width with tied
    embeddings the default leaves the model at a fraction of the score after the same number of steps.
    """

    hidden: int = 192
    layers: int = 6
    heads: int = 4
    kv_heads: int = 2
    head_dim: int = 48
    mlp: int = 512
    context: int = 2048
    init_std: float = 0.05
    rope_theta: float = 10_000.0


def tiny_config(settings: TinySettings, chat: Chat) -> Qwen3Config:
    """The transformers configuration; embeddings and output head are tied."""
    return Qwen3Config(
        vocab_size=chat.vocab_size,
        hidden_size=settings.hidden,
        num_hidden_layers=settings.layers,
        num_attention_heads=settings.heads,
        num_key_value_heads=settings.kv_heads,
        head_dim=settings.head_dim,
        intermediate_size=settings.mlp,
        max_position_embeddings=settings.context,
        initializer_range=settings.init_std,
        rope_parameters={"rope_type": "default", "rope_theta": settings.rope_theta},
        tie_word_embeddings=True,
        attention_dropout=0.0,
        bos_token_id=None,
        eos_token_id=chat.end_id,
        pad_token_id=chat.pad_id,
    )


def create_model(settings: TinySettings, chat: Chat, seed: int) -> PreTrainedModel:
    """A freshly initialised f32 model on the CPU; the global random state is left as it was."""
    state = torch.random.get_rng_state()
    try:
        torch.manual_seed(seed)
        model = Qwen3ForCausalLM(tiny_config(settings, chat))
    finally:
        torch.random.set_rng_state(state)
    choose_attention(model)
    return model
