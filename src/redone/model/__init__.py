"""Language models as the recipe uses them: chat turns to ids, the tiny base, sampling, files, endpoints."""

from redone.model.attention import choose_attention
from redone.model.chat import Chat
from redone.model.completion import Completion, SamplingSettings
from redone.model.endpoint import ChatAnswer, ChatRequest, EndpointClient, EndpointError, EndpointSettings
from redone.model.files import load_chat, load_model, save_model
from redone.model.lora import LoraSettings, add_lora, merge_lora
from redone.model.sampler import GroupSampler
from redone.model.shared_prefix import PrefixSampler
from redone.model.template_check import check_template
from redone.model.tiny import TinySettings, create_model, tiny_config
from redone.model.tokenizer import train_tokenizer

__all__ = [
    "Chat",
    "ChatAnswer",
    "ChatRequest",
    "Completion",
    "EndpointClient",
    "EndpointError",
    "EndpointSettings",
    "GroupSampler",
    "LoraSettings",
    "PrefixSampler",
    "SamplingSettings",
    "TinySettings",
    "add_lora",
    "check_template",
    "choose_attention",
    "create_model",
    "load_chat",
    "load_model",
    "merge_lora",
    "save_model",
    "tiny_config",
    "train_tokenizer",
]
