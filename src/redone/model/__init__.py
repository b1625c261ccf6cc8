"""Language models as the recipe uses them: chat turns to ids, the tiny base, sampling, files, endpoints."""

from redone.model.attention import choose_attention
from redone.model.chat import Chat
from redone.model.sampler import Completion, GroupSampler, SamplingSettings
from redone.model.tiny import TinySettings, create_model, tiny_config
from redone.model.tokenizer import train_tokenizer

__all__ = [
    "Chat",
    "Completion",
    "GroupSampler",
    "SamplingSettings",
    "TinySettings",
    "choose_attention",
    "create_model",
    "tiny_config",
    "train_tokenizer",
]
