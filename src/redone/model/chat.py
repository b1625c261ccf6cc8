"""From chat turns to token ids and back: one rendering for training and serving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jinja2.exceptions import TemplateError
from transformers import PreTrainedTokenizerBase

from redone.errors import UserError
from redone.records import Message

DEFAULT_OPTIONS: Mapping[str, Any] = {"enable_thinking": False}
PROBE = Message("user", "a")
FRAME_PROBES = ("q", "wx yz: 7", "\u4f60\u597d\nz")
CACHE_SIZE = 100_000


class Chat:
    """A tokenizer with its chat template.

    Prompts are rendered by transformers' own sandboxed ``apply_chat_template``, so that any program that
    serves the saved folder makes the same ids. ``end_id`` is the token that closes an answer, ``stop_ids``
    all tokens that end generation, ``pad_id`` the filler.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, options: Mapping[str, Any] | None = None) -> None:
        """Take ``options`` as the template's own switches; reasoning blocks are off unless they say so.

        Raises:
            UserError: there is no chat template, or no single token closes an answer.

        """
        if not tokenizer.chat_template:
            raise UserError("the tokenizer has no chat template; add chat_template.jinja to the model folder")
        self.tokenizer = tokenizer
        self.options = dict(DEFAULT_OPTIONS) | dict(options or {})
        self._special = sorted(set(tokenizer.all_special_tokens), key=len, reverse=True)
        self._special_ids = frozenset(tokenizer.all_special_ids)
        self._prompts: dict[tuple[Message, ...], list[int]] = {}
        self.remembered = CACHE_SIZE
        """Prompts whose ids are kept; a service that reads each prompt once sets 0."""
        self._opening = self.render([PROBE], open_answer=True)
        self._frame = self._find_frame()
        self._takes_system = self._can_render([Message("system", "b"), PROBE])
        self.end_id = self._find_end()
        eos = tokenizer.eos_token_id
        self.stop_ids = frozenset({self.end_id} | ({eos} if eos is not None else set()))
        self.pad_id: int = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else self.end_id

    @property
    def vocab_size(self) -> int:
        """How many token ids there are, the special ones included."""
        return len(self.tokenizer)

    def encode_prompt(self, messages: Sequence[Message]) -> list[int]:
        """Ids of the conversation up to where the model's answer begins.

        Raises:
            UserError: the template refuses the conversation.

        """
        key = tuple(messages)
        found = self._prompts.get(key)
        if found is None:
            found = self._ids(self.render(key, open_answer=True))
            if len(self._prompts) < self.remembered:
                self._prompts[key] = found
        return list(found)

    def encode_answer(self, text: str) -> list[int]:
        """Ids of an answer as the template writes it after the prompt, the end token included."""
        ids = self._ids(self._answer_text(text))
        return ids[: self._end_position(ids) + 1]

    def encode_conversation(self, messages: Sequence[Message]) -> list[int]:
        """Ids of a finished conversation in one piece, as another program makes them from the folder."""
        return self._ids(self.render(messages, open_answer=False))

    def encode_text(self, text: str) -> list[int]:
        """Ids of a plain document (no turns), opened like an answer and closed by the end token."""
        return self.encode_answer(text)

    def decode(self, ids: Sequence[int]) -> str:
        """Text of ``ids`` without special tokens and without space at both ends."""
        kept = [i for i in ids if i not in self._special_ids]
        return str(self.tokenizer.decode(kept, clean_up_tokenization_spaces=False)).strip()

    def render(self, messages: Sequence[Message], *, open_answer: bool) -> str:
        """The conversation as text; what the turns say cannot close them or open others.

        Raises:
            UserError: the template refuses the conversation or breaks.

        """
        turns = [{"role": m.role, "content": self._defuse(m.content)} for m in messages]
        if turns and turns[0]["role"] == "system" and not getattr(self, "_takes_system", True):
            turns = _fold_system(turns)
        try:
            text = self.tokenizer.apply_chat_template(
                turns, tokenize=False, add_generation_prompt=open_answer, **self.options
            )
        except (TemplateError, ValueError, TypeError, OverflowError, MemoryError, RecursionError) as error:
            raise UserError(f"the chat template fails: {type(error).__name__}: {error}") from error
        return str(text)

    def _defuse(self, content: str) -> str:
        """Special tokens spelled out in a user's text become plain text."""
        for token in self._special:
            if token in content:
                content = content.replace(token, f"{token[0]} {token[1:]}")
        if not content.isascii() and any("\ud800" <= sign <= "\udfff" for sign in content):
            raise UserError(f"the text holds a lone surrogate, which is no character: {content[:80]!a}")
        return content

    def _answer_text(self, text: str) -> str:
        if self._frame is not None:
            return self._frame[0] + self._defuse(text.strip()) + self._frame[1]
        return self._rendered_answer(text)

    def _find_frame(self) -> tuple[str, str] | None:
        """What the template writes around an answer, if that does not depend on the answer."""
        frames = set()
        for text in FRAME_PROBES:
            before, _, after = self._rendered_answer(text).partition(text)
            frames.add((before, after))
        return frames.pop() if len(frames) == 1 else None

    def _rendered_answer(self, text: str) -> str:
        whole = self.render([PROBE, Message("assistant", text.strip())], open_answer=False)
        if not whole.startswith(self._opening):
            raise UserError(
                "the chat template does not keep the prompt when the answer is added: it renders "
                f"{self._opening!r} for the prompt but {whole[:200]!r} with an answer"
            )
        return whole[len(self._opening) :]

    def _ids(self, text: str) -> list[int]:
        if self.tokenizer.is_fast:  # without the wrapper's bookkeeping, which costs more than the encoding
            return list(self.tokenizer.backend_tokenizer.encode(text, add_special_tokens=False).ids)
        return list(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def _find_end(self) -> int:
        ids = self._ids(self._answer_text("a"))
        return ids[self._end_position(ids)]

    def _end_position(self, ids: list[int]) -> int:
        """Place of the token that closes the answer: the first special one of the closing run."""
        place = len(ids)
        for index in range(len(ids) - 1, -1, -1):
            if ids[index] in self._special_ids:
                place = index
            elif self.tokenizer.decode([ids[index]]).strip():
                break
        if place == len(ids):
            raise UserError(
                "the chat template closes an answer without a special token: the model could not stop"
            )
        return place

    def _can_render(self, messages: Sequence[Message]) -> bool:
        try:
            return "b" in self.render(messages, open_answer=True)
        except UserError:
            return False


def _fold_system(turns: list[dict[str, str]]) -> list[dict[str, str]]:
    """The system text put in front of the first user turn, for templates that know no system role."""
    first, *rest = turns
    if rest and rest[0]["role"] == "user":
        return [{"role": "user", "content": f"{first['content']}\n\n{rest[0]['content']}"}, *rest[1:]]
    return [{"role": "user", "content": first["content"]}, *rest]
