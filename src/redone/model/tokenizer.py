"""A byte-level BPE tokenizer trained on the platform's own text, with its chat template.

Our choices, made for short texts in English and Chinese and a small vocabulary: a space belongs to the
token that follows it, digits stand alone (with their space), and every symbol from ``LONE`` on (arrows,
emoji, CJK) is a piece of its own without a space, so that no merge runs over a Chinese word border and a
copied word keeps its token ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from redone.errors import UserError
from redone.model.chat import Chat

PAD, SYSTEM, USER, ASSISTANT, END = "<|pad|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"
SPECIAL_TOKENS = (PAD, SYSTEM, USER, ASSISTANT, END)
LONE = r"\x{2190}-\x{10FFFF}"
PIECES = (
    rf" ?[\p{{L}}\p{{M}}&&[^{LONE}]]+",  # a word with its space
    rf"[{LONE}]",
    r" ?\p{N}",
    rf" ?[^\s\p{{L}}\p{{M}}\p{{N}}{LONE}]+",  # a run of punctuation with its space
    r"\s+(?!\S)",  # spaces, the last of which the next piece takes
    r"\s+",
)
SMALLEST_VOCABULARY = 256 + len(SPECIAL_TOKENS)


def train_tokenizer(texts: Iterable[str], vocab_size: int = 1536) -> Chat:
    """Learn the vocabulary from ``texts``; the same texts in the same order give the same tokenizer.

    Raises:
        UserError: ``vocab_size`` has no room for the bytes and the special tokens.

    """
    if vocab_size < SMALLEST_VOCABULARY:
        raise UserError(f"vocab_size is {vocab_size}; it must be at least {SMALLEST_VOCABULARY}")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex("|".join(PIECES)), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_as_in_a_turn(texts), trainer=trainer)
    return Chat(_wrap(tokenizer))


def _as_in_a_turn(texts: Iterable[str]) -> Iterator[str]:
    """Every text as a turn holds it, so that its first word is counted with its space."""
    for text in texts:
        stripped = text.strip()
        yield stripped if stripped[:1] >= "\u2190" else " " + stripped


def _wrap(tokenizer: Tokenizer) -> PreTrainedTokenizerFast:
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        eos_token=END,
        additional_special_tokens=[SYSTEM, USER, ASSISTANT],
        clean_up_tokenization_spaces=False,
    )
    wrapped.chat_template = chat_template()
    return wrapped


@cache
def chat_template() -> str:
    """The project's own chat template (the file ``chat_template.jinja`` beside this module)."""
    return files("redone.model").joinpath("chat_template.jinja").read_text(encoding="utf-8")
