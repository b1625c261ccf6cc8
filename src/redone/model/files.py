"""Models on disk: safetensors, settings, tokenizer, chat template and card, as other tools read them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerFast
from transformers.utils import logging

from redone.errors import UserError
from redone.model.attention import choose_attention
from redone.model.chat import DEFAULT_OPTIONS, Chat
from redone.model.folder_check import check_folder
from redone.model.template_check import check_template
from redone.model.template_guard import guard_template
from redone.model.tokenizer import chat_template


def save_model(folder: Path, model: PreTrainedModel, chat: Chat, card: str) -> None:
    """Write a folder that plain transformers loads; the same weights give the same bytes.

    It is written beside its place and then renamed, so that a folder of that name is always whole.

    Raises:
        UserError: the folder is there already and holds something else than a model.

    """
    if folder.exists() and any(folder.iterdir()) and not (folder / "config.json").is_file():
        raise UserError(f"{folder} exists and is not a model folder; name another one")
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    with _no_progress_bars():
        model.save_pretrained(partial)
    chat.tokenizer.save_pretrained(partial)
    (partial / "README.md").write_text(card, encoding="utf-8")
    if folder.exists():
        shutil.rmtree(folder)
    partial.rename(folder)


def load_model(
    folder: Path, *, dtype: torch.dtype = torch.float32, device: str | torch.device = "cpu"
) -> tuple[PreTrainedModel, Chat]:
    """Load a folder of any causal language model that transformers itself implements.

    Raises:
        UserError: the folder holds code, pickles or damaged files, tensors are missing, or its chat
        template does
            not train what it serves; the message names the file.

    """
    folder = Path(folder)
    check_folder(folder)
    chat = load_chat(folder)
    try:
        with _no_progress_bars():
            model, report = AutoModelForCausalLM.from_pretrained(
                folder,
                dtype=dtype,
                attn_implementation="sdpa",
                use_safetensors=True,
                trust_remote_code=False,
                local_files_only=True,
                output_loading_info=True,
            )
    except Exception as error:  # wrong settings raise whatever the architecture raises
        raise UserError(f"{folder} cannot be loaded: {type(error).__name__}: {error}") from error
    _check_complete(folder, model, report, chat)
    model.to(device)
    choose_attention(model)
    return model, chat


def load_chat(folder: Path) -> Chat:
    """Load the tokenizer and the chat template of a model folder that ``check_folder`` has passed.

    Raises:
        UserError: the tokenizer is missing or broken, or its template is refused.

    """
    if not folder.is_dir():
        raise UserError(f"no model folder at {folder}")
    # tokenizer.json is complete; AutoTokenizer may replace parts of it by what the model type usually has.
    loader = PreTrainedTokenizerFast if (folder / "tokenizer.json").is_file() else AutoTokenizer
    try:
        tokenizer = loader.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    except Exception as error:  # the tokenizers library raises bare exceptions on broken files
        raise UserError(
            f"the tokenizer in {folder} cannot be loaded: {type(error).__name__}: {error}"
        ) from error
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        raise UserError(f"{folder} has no tokenizer.json; {type(tokenizer).__name__} is not supported")
    if isinstance(tokenizer.chat_template, dict):
        if "default" not in tokenizer.chat_template:
            raise UserError(
                f"{folder} has chat templates {sorted(tokenizer.chat_template)} but none named default"
            )
        tokenizer.chat_template = tokenizer.chat_template["default"]
    template = tokenizer.chat_template
    if template and template != chat_template():
        guard_template(template, DEFAULT_OPTIONS)
    chat = Chat(tokenizer)
    check_template(chat)
    return chat


@contextmanager
def _no_progress_bars() -> Iterator[None]:
    """Keep transformers' bars out of ours."""
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def _check_complete(folder: Path, model: PreTrainedModel, report: dict[str, Any], chat: Chat) -> None:
    for what in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        if report.get(what):
            shown = ", ".join(str(key) for key in sorted(report[what], key=str)[:5])
            raise UserError(
                f"the weights in {folder} do not fit config.json: {what.replace('_', ' ')}: {shown}"
            )
    for name, tensor in model.named_parameters():
        if not bool(torch.isfinite(tensor).all()):
            raise UserError(f"the weights in {folder} hold NaN or infinity in {name}")
    if chat.vocab_size > model.config.vocab_size:
        raise UserError(
            f"the tokenizer in {folder} has {chat.vocab_size} tokens, the model {model.config.vocab_size}"
        )
