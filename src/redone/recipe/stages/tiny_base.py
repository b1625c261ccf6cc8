"""The embedded base model: a tokenizer and a tiny Qwen3 pretrained from scratch, partly able, not adapted.

It stands in for a general instruct model, so it reads platform and general text, learns general questions with
their rationales, and sees platform instructions with wrong answers and other answer wordings among them. Tasks
named in ``data.unseen_tasks`` never occur.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from redone.model import Chat, GroupSampler, TinySettings, create_model, train_tokenizer
from redone.recipe.config import TinyBase
from redone.recipe.context import StageContext, StageOutcome
from redone.recipe.pretraining import Reading, reading_for
from redone.recipe.stages.imitate import answer_sequence
from redone.recipe.stages.journal import StepReporter
from redone.recipe.stages.policy import Policy, device_of, save_policy, speed_fields
from redone.recipe.stages.reinforce import optimizer_fields, outcome
from redone.training import CheckpointStore, NextTokenSettings, TokenSequence, train_next_token


def run(context: StageContext) -> StageOutcome:
    """Write the reading list, learn the vocabulary, pretrain for one epoch."""
    settings = context.settings
    assert isinstance(settings, TinyBase)
    torch.set_num_threads(context.recipe.threads)
    context.progress.advance(0, 1, "writing text to pretrain on")
    reading = reading_for(context.recipe, settings, context.seed, context.folder.parents[1])
    chat = train_tokenizer(reading.texts(), settings.vocab_size)
    model = create_model(shape(settings), chat, context.seed).to(device_of(context.recipe))
    sequences = pretraining_sequences(chat, reading)
    total = math.ceil(sum(len(s.ids) for s in sequences) / settings.tokens_per_step)
    summary = train_next_token(
        model,
        sequences,
        NextTokenSettings(
            **optimizer_fields(settings.optimizer, total),
            **speed_fields(context.recipe),
            compute=settings.compute,
            tokens_per_step=settings.tokens_per_step,
            seed=context.seed,
        ),
        checkpoints=CheckpointStore(context.work / "pretraining", every=settings.checkpoint_every),
        on_step=StepReporter(context, total, "pretraining"),
        stop=context.stop.event,
    )
    save_policy(context, Policy(model, chat, GroupSampler(model, chat)))
    return outcome(context, summary)


def shape(settings: TinyBase) -> TinySettings:
    """The recipe's sizes in the terms of the model room."""
    return TinySettings(
        hidden=settings.hidden,
        layers=settings.layers,
        heads=settings.heads,
        kv_heads=settings.kv_heads,
        head_dim=settings.head_dim,
        mlp=settings.mlp,
        context=settings.max_positions,
        init_std=settings.init_std,
    )


def pretraining_sequences(chat: Chat, reading: Reading) -> list[TokenSequence]:
    """Documents with every token a target; echoes and questions with the answer alone: prompts are noise."""
    sequences = [_document(chat, text, f"document/{index}") for index, text in enumerate(reading.documents)]
    sequences += [_echo(chat, text, f"echo/{index}") for index, text in enumerate(reading.echoes)]
    for source, pairs in (("general", reading.general), ("platform", reading.platform)):
        sequences += [answer_sequence(chat, example, answer, source) for example, answer in pairs]
    return sequences


def _echo(chat: Chat, text: str, name: str) -> TokenSequence:
    """A text said twice; only the second time is a target, since the first is noise."""
    first = chat.encode_text(f"{text} //")[:-1]
    ids = (*first, *chat.encode_text(text))
    mask = (*[0] * len(first), *[1] * (len(ids) - len(first)))
    return TokenSequence(ids=ids, loss_mask=mask, source="echoes", id=name)


def _document(chat: Chat, text: str, name: str) -> TokenSequence:
    ids: Sequence[int] = chat.encode_text(text)
    return TokenSequence(ids=tuple(ids), loss_mask=(0, *[1] * (len(ids) - 1)), source="documents", id=name)
