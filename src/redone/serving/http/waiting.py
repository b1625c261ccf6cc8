"""From a ticket to an answer, and from what goes wrong on the way to the right status."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from starlette.requests import Request

from redone.errors import UserError
from redone.serving.engine import Answer, Ask, Busy, Engine, EngineStopped, LabelAsk, Ticket
from redone.serving.http.errors import Refused

T = TypeVar("T")
WATCH_AFTER = 0.2
"""Seconds after which it is asked whether the client is still there."""


def submit(engine: Engine, ask: Ask | LabelAsk) -> Ticket:
    """Queue an ask; what the engine refuses becomes the right status."""
    try:
        return engine.submit(ask)
    except UserError as error:
        raise Refused(400, str(error), param="messages", code="context_length_exceeded") from error
    except Busy as error:
        raise Refused(503, str(error), code="busy", retry_after=error.retry_after) from error
    except EngineStopped as error:
        raise Refused(503, str(error), code="draining", retry_after=5) from error


def broken_answer(answer: Answer) -> Refused | None:
    """What to say of an answer that did not come to its end."""
    if answer.finish == "timeout":
        return Refused(503, "the request took longer than it may", code="timeout", retry_after=5)
    if answer.finish == "cancelled":
        return Refused(503, "the server is stopping", code="draining", retry_after=5)
    if answer.finish == "fault":
        return Refused(500, "decoding failed; the server's log says why", code="internal")
    return None


async def wait_all(engine: Engine, tickets: list[Ticket], request: Request) -> list[Answer]:
    """All answers; a client that goes away, or leaving early, frees the rows.

    Raises:
        Refused: an answer did not come to its end, or nobody waits for it any more.

    """
    answers: list[Answer] = []

    def give_up() -> None:
        for ticket in tickets[len(answers) :]:
            engine.cancel(ticket)

    watch = _Watch(request, give_up)
    try:
        for ticket in tickets:
            answers.append(await ticket.answer())
    finally:
        left = watch.end()
        give_up()
    if left:
        raise _went_away()
    for answer in answers:
        broken = broken_answer(answer)
        if broken is not None:
            raise broken
    return answers


class _Watch:
    """Looks for a client that goes away, from ``WATCH_AFTER`` on: most answers are there before."""

    def __init__(self, request: Request, left: Callable[[], None]) -> None:
        self._request, self._left = request, left
        self._gone: asyncio.Future[None] | None = None
        self._timer = asyncio.get_running_loop().call_later(WATCH_AFTER, self._begin)

    def _begin(self) -> None:
        self._gone = asyncio.ensure_future(_disconnected(self._request))
        self._gone.add_done_callback(lambda _: self._left())

    def end(self) -> bool:
        """Look no more; whether the client went away."""
        self._timer.cancel()
        if self._gone is None:
            return False
        left = self._gone.done()
        self._gone.cancel()
        return left


async def while_connected(work: Coroutine[Any, Any, T], request: Request) -> T:
    """The work's result, unless the client goes away first, which cancels the work."""
    task = asyncio.ensure_future(work)
    gone: asyncio.Future[None] = asyncio.ensure_future(_disconnected(request))
    waited: list[asyncio.Future[Any]] = [task, gone]
    try:
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise _went_away()
        return task.result()
    finally:
        for future in waited:
            future.cancel()
            with suppress(asyncio.CancelledError, Refused):
                await future


def _went_away() -> Refused:
    return Refused(499, "the client went away", code="disconnected")


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
