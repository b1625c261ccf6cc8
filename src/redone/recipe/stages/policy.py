"""The model that a stage trains, with its tokenizer and sampler: opened from one folder, left in another."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from transformers import PreTrainedModel

from redone.model import Chat, GroupSampler, load_model, save_model
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
    model, chat = load_model(context.previous, dtype=getattr(torch, context.recipe.precision))
    return Policy(model, chat, GroupSampler(model, chat))


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
