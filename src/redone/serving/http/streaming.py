"""Answers as they are written, as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import orjson

from redone.serving.engine import Answer, Engine, Piece, Ticket
from redone.serving.http.errors import error_body
from redone.serving.http.replies import CHAT, Kind, delta, usage
from redone.serving.http.waiting import broken_answer


async def events(
    engine: Engine, kind: Kind, head: dict[str, Any], tickets: Sequence[Ticket], prompt_tokens: int | None
) -> AsyncIterator[bytes]:
    """Server-sent events of all choices as they come; leaving early frees the rows.

    ``head`` opens every event; ``prompt_tokens`` are told at the end, unless they are None.
    """
    merged: asyncio.Queue[tuple[int, Piece | Answer]] = asyncio.Queue()
    pumps = [asyncio.create_task(_pump(n, ticket, merged)) for n, ticket in enumerate(tickets)]
    answers: list[Answer] = []
    try:
        if kind is CHAT:
            for number in range(len(tickets)):
                yield _event(head, delta(kind, number, {"role": "assistant", "content": ""}))
        while len(answers) < len(tickets):
            number, event = await merged.get()
            if isinstance(event, Piece):
                yield _event(head, delta(kind, number, {"content": event.text}))
                continue
            answers.append(event)
            broken = broken_answer(event)
            if broken is not None:
                yield b"data: " + orjson.dumps(error_body(broken)) + b"\n\n"
                return
            yield _event(head, delta(kind, number, {}, event.finish))
        if prompt_tokens is not None:
            used = usage(prompt_tokens, answers)
            yield b"data: " + orjson.dumps(head | {"choices": [], "usage": used}) + b"\n\n"
        yield b"data: [DONE]\n\n"
    finally:
        for ticket, pump in zip(tickets, pumps, strict=True):
            engine.cancel(ticket)
            pump.cancel()


async def _pump(number: int, ticket: Ticket, merged: asyncio.Queue[tuple[int, Piece | Answer]]) -> None:
    while True:
        event = await ticket.events.get()
        merged.put_nowait((number, event))
        if isinstance(event, Answer):
            return


def _event(head: dict[str, Any], choice: dict[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(head | {"choices": [choice]}) + b"\n\n"
