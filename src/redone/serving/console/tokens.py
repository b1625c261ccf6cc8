"""One answer token by token: what the policy thought of each, and what a served model thinks of it now."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from redone.errors import RedoneError
from redone.model import Chat, load_chat
from redone.records import Message
from redone.report.reading import number, sequence, text
from redone.serving.console.places import Places
from redone.serving.engine import Engine, LabelAsk
from redone.serving.http.errors import Refused
from redone.serving.http.waiting import broken_answer, submit

COLUMNS = ("answer_ids", "logprobs", "text", "prompt", "finish")
MOST = 2048
"""Tokens of an answer that are named."""
MOST_SCORED = 512
"""Tokens of an answer that the served model reads for the page."""
TOGETHER = 32
"""Beginnings of an answer scored in one ask; each costs as many tokens as it has."""


class Tokenizers:
    """The tokenizers of runs, one kept at a time: pages show one run."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self._held: tuple[Path, int, Chat] | None = None
        self._lock = Lock()

    def of(self, run: Path, stage: str) -> Chat | None:
        """The tokenizer of the stage's model, or of any finished one of the run; they share it."""
        others = [name for name in reversed(self.places.stages(run)) if name != stage]
        folders = [run / "stages" / name / "model" for name in (stage, *others)]
        for folder in [*folders, run / "model"]:
            real = self.places.inside(folder / "tokenizer.json")
            if real is None:
                continue
            try:
                return self._load(folder, real.stat().st_mtime_ns)
            except (RedoneError, OSError):
                continue  # half-written or damaged: another stage may have a whole one
        return None

    def _load(self, folder: Path, changed: int) -> Chat:
        with self._lock:
            if self._held is None or self._held[:2] != (folder, changed):
                chat = load_chat(folder)
                chat.remembered = 0
                self._held = (folder, changed, chat)
            return self._held[2]


async def tokens(row: dict[str, Any], chat: Chat | None, engine: Engine | None) -> dict[str, Any]:
    """The answer's tokens with stored log-probabilities; with an engine, also what its model gives each.

    ``model`` holds the log-probabilities for the same tokens, or, when that model cuts text into other
    tokens, ``model_pieces`` holds its own. None stands for what is not known.
    """
    ids = [int(i) for i in sequence(row.get("answer_ids"))]
    stored = [number(value) for value in sequence(row.get("logprobs"))][:MOST]
    stored += [None] * (min(len(ids), MOST) - len(stored))
    named = pieces(chat, ids[:MOST]) if chat else [f"#{i}" for i in ids[:MOST]]
    found: dict[str, Any] = {
        "pieces": [{"text": t, "logprob": p} for t, p in zip(named, stored, strict=True)],
        "cut": len(ids) > MOST,
        "named": chat is not None,
        "model": None,
        "model_pieces": None,
    }
    if engine is None:
        return found
    same = chat is not None and chat.tokenizer.get_vocab() == engine.chat.tokenizer.get_vocab()
    if not same:
        ids = engine.chat.encode_answer(text(row.get("text")))
        ids = ids[:-1] if row.get("finish") == "length" else ids
    prompt = engine.chat.encode_prompt([Message("user", text(row.get("prompt")))])
    values = await token_logprobs(engine, prompt, ids[:MOST_SCORED])
    if same:
        found["model"] = values
    else:
        named = pieces(engine.chat, ids[:MOST_SCORED])
        found["model_pieces"] = [{"text": t, "logprob": p} for t, p in zip(named, values, strict=True)]
    return found


def pieces(chat: Chat, ids: Sequence[int]) -> list[str]:
    """What each token adds to the text; a character that takes several tokens stands at its last one."""
    shown: list[str] = []
    pending: list[int] = []
    for token in ids:
        pending.append(token)
        part = str(chat.tokenizer.decode(pending, clean_up_tokenization_spaces=False))
        if part.endswith("\ufffd") and len(pending) < 4:
            shown.append("")
        else:
            shown.append(part)
            pending = []
    return shown


async def token_logprobs(engine: Engine, prompt: Sequence[int], ids: Sequence[int]) -> list[float]:
    """Log-probability of every token after the prompt and the tokens before it.

    The engine scores whole options; the options here are the beginnings of the answer, so that two
    neighbours differ by one token.
    """
    values: list[float] = []
    for start in range(0, len(ids), TOGETHER):
        part = ids[start : start + TOGETHER]
        options = tuple(tuple(part[: n + 1]) for n in range(len(part)))
        ticket = submit(engine, LabelAsk(prompt=(*prompt, *ids[:start]), options=options))
        try:
            answer = await ticket.answer()
        except asyncio.CancelledError:
            engine.cancel(ticket)
            raise
        broken: Refused | None = broken_answer(answer)
        if broken is not None:
            raise broken
        sums = [0.0, *answer.labels]
        values += [after - before for before, after in itertools.pairwise(sums)]
    return values
