"""From the engine's thread to the event loops that wait."""

from __future__ import annotations

import asyncio
import logging

from redone.serving.engine.answers import Answer, Piece, Ticket

logger = logging.getLogger(__name__)


def deliver(events: list[tuple[Ticket, Piece | Answer]]) -> None:
    """Hand events to the loops that wait for them, with one wake-up per loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Ticket, Piece | Answer]]] = {}
    for ticket, event in events:
        by_loop.setdefault(ticket.loop, []).append((ticket, event))
    for loop, members in by_loop.items():
        try:
            loop.call_soon_threadsafe(_put, members)
        except RuntimeError:
            logger.info("an event loop closed before its %d events came", len(members))


def _put(events: list[tuple[Ticket, Piece | Answer]]) -> None:
    for ticket, event in events:
        ticket.events.put_nowait(event)
