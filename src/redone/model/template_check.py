"""Proof that a chat template trains what it serves, run once when a model is loaded or made."""

from __future__ import annotations

from collections.abc import Sequence

from redone.errors import UserError
from redone.model.chat import Chat
from redone.records import Message

QUESTION = Message("user", "name a colour")
ANSWERS = ("blue", "7", "a, b; c", "\u597d\u7684", "\U0001f600 fine")
CONVERSATIONS: tuple[tuple[Message, ...], ...] = (
    (QUESTION,),
    (Message("system", "be brief"), QUESTION),
    (QUESTION, Message("assistant", "red"), Message("user", "another one")),
)


def check_template(chat: Chat) -> None:
    """Check that training ids equal serving ids.

    For several conversations and answers the prompt is kept when the answer is added, the whole
    conversation has the ids of the prompt followed by those of the answer, the answer is not empty and ends
    with the one stop token, and decoding gives the answer back.

    Raises:
        UserError: one of these does not hold; the message shows the conversation and both sides.

    """
    for messages in CONVERSATIONS:
        for answer in ANSWERS:
            _check_one(chat, messages, answer)
    if chat.encode_prompt([QUESTION]) == chat.encode_prompt([Message("user", "something else")]):
        raise UserError("the chat template leaves out what the user says")


def _check_one(chat: Chat, messages: Sequence[Message], answer: str) -> None:
    prompt, tail = chat.encode_prompt(messages), chat.encode_answer(answer)
    whole = chat.encode_conversation([*messages, Message("assistant", answer)])
    shown = f"for {[f'{m.role}: {m.content}' for m in messages]} with the answer {answer!r}"
    if whole[: len(prompt)] != prompt:
        raise UserError(
            f"the chat template does not keep the prompt {shown}: it makes {chat.tokenizer.decode(prompt)!r} "
            f"before the answer is known and {chat.tokenizer.decode(whole)!r} with it"
        )
    if whole[len(prompt) : len(prompt) + len(tail)] != tail:
        raise UserError(
            f"training ids differ from serving ids {shown}: {tail} against {whole[len(prompt) :]}; the "
            "tokenizer merges over the border between prompt and answer"
        )
    if len(tail) < 2 or tail[-1] != chat.end_id or chat.end_id in tail[:-1]:
        raise UserError(
            f"the answer must be tokens closed by one stop token {chat.end_id} {shown}, not {tail}"
        )
    if chat.decode(tail) != answer:
        raise UserError(f"decoding gives {chat.decode(tail)!r} {shown}")
