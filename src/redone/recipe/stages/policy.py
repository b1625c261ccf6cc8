"""The model that a stage trains, with its tokenizer and sampler: opened from one folder, left in another."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from transformers import PreTrainedModel

from redone.errors import UserError
from redone.model import Chat, GroupSampler, load_model, save_model
from redone.recipe.config import Recipe
from redone.recipe.context import StageContext
from redone.recipe.durable import remove


@dataclass(frozen=True, slots=True)
class Policy:
    """A model and what is needed to talk to it."""

    model: PreTrainedModel
    chat: Chat
    sampler: GroupSampler


def open_policy(context: StageContext) -> Policy:
    """Load the model that the stage starts from, in the recipe's precision."""
    assert context.previous is not None, "only a base stage starts from nothing"
    torch.set_num_threads(context.recipe.threads)
    dtype = getattr(torch, context.recipe.precision)
    model, chat = load_model(context.previous, dtype=dtype, device=device_of(context.recipe))
    return Policy(model, chat, GroupSampler(model, chat))


def device_of(recipe: Recipe) -> torch.device:
    """The device that the recipe names.

    Raises:
        UserError: it asks for a GPU that is not there.
    """
    if recipe.device == "cuda" and not torch.cuda.is_available():
        raise UserError("device is cuda, but torch finds no GPU; set device to auto or cpu")
    if recipe.device == "cpu" or not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda")


def save_policy(context: StageContext, policy: Policy) -> None:
    """Leave the trained model as the stage's artifact, with a card that says where it comes from."""
    target = context.folder / "model"
    remove(target)
    save_model(target, policy.model, policy.chat, card=model_card(context))


def model_card(context: StageContext) -> str:
    """A short model card in Markdown."""
    stages = " -> ".join([*context.earlier, context.name])
    return (
        f"# {context.recipe.name}: after {context.name}\n\n"
        f"Trained by the recipe `{context.recipe.name}`, seed {context.recipe.seed}, stages: {stages}.\n"
        "Scores stand in `results.json` of the run that made it, settings in `recipe.resolved.json`.\n"
    )
