"""The loop that decodes: one thread owns the weights and the batch, everybody else talks to it by tickets."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque

import torch
from transformers import PreTrainedModel

from redone.errors import UserError
from redone.model import Chat
from redone.serving.engine.answers import Answer, Ask, LabelAsk, Ticket, longest
from redone.serving.engine.batch import Batch
from redone.serving.engine.counts import EngineCounts
from redone.serving.engine.delivery import deliver
from redone.serving.engine.labels import label_logprobs
from redone.serving.engine.layers import layers_of
from redone.serving.engine.limits import Busy, EngineSettings, EngineStopped

logger = logging.getLogger(__name__)


class Engine:
    """Answers asks with continuous batching.

    Use it as a context manager, or ``start`` and ``stop`` it. ``submit`` may be called from any thread that
    runs an event loop.
    """

    def __init__(self, model: PreTrainedModel, chat: Chat, settings: EngineSettings | None = None) -> None:
        self.settings = settings or EngineSettings()
        self.chat = chat
        self.context = int(model.config.max_position_embeddings)
        self.counts = EngineCounts()
        layers = layers_of(model, self.settings.kernels)
        self._batch = Batch(layers, chat, self.context, self.settings, self.counts)
        self._inbox: deque[Ticket] = deque()
        self._wake = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="redone-engine", daemon=True)

    def __enter__(self) -> Engine:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to decode."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more requests, end those under way, and wait for the thread."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    @property
    def num_waiting(self) -> int:
        """Requests that are not decoded yet."""
        return len(self._inbox)

    @property
    def num_rows(self) -> int:
        """Rows that are being decoded."""
        return len(self._batch.rows)

    @property
    def num_prefix_tokens(self) -> int:
        """Tokens of shared beginnings that are kept."""
        return self._batch.prefixes.num_tokens

    def check(self, ask: Ask | LabelAsk) -> None:
        """Raise a ``UserError`` for what could never be answered."""
        if isinstance(ask, LabelAsk):
            room = self.context - max(len(option) for option in ask.options)
            wanted = max(len(option) for option in ask.options)
        else:
            room, wanted = self.context - ask.max_new_tokens, ask.max_new_tokens
        room = min(room, self.settings.max_cache_tokens - wanted)
        if not 0 < len(ask.prompt) <= room:
            raise UserError(
                f"the prompt has {len(ask.prompt)} tokens; with {wanted} for the answer the context takes "
                f"1 to {max(room, 0)}"
            )

    def submit(self, ask: Ask | LabelAsk, seconds: float | None = None) -> Ticket:
        """Queue a request from a running event loop.

        Raises:
            UserError: the prompt does not fit.
            Busy: too many requests wait.
            EngineStopped: ``stop`` was called.

        """
        self.check(ask)
        deadline = time.monotonic() + min(seconds or self.settings.seconds, self.settings.seconds)
        ticket = Ticket(ask, asyncio.get_running_loop(), deadline)
        with self._wake:
            if self._stopping:
                raise EngineStopped("the server is stopping")
            if len(self._inbox) >= self.settings.max_waiting:
                raise Busy(self.counts.retry_after(len(self._inbox)))
            self._inbox.append(ticket)
            self._wake.notify()
        return ticket

    def cancel(self, ticket: Ticket) -> None:
        """Nobody waits for this ticket any more; its row is freed before the next step."""
        ticket.gone = True
        with self._wake:
            self._wake.notify()

    def _run(self) -> None:
        with torch.inference_mode():
            while True:
                with self._wake:
                    while not self._inbox and not self._batch.rows and not self._stopping:
                        self._wake.wait()
                    if self._stopping:
                        break
                self._turn()
        self._end_all(Answer(finish="cancelled"))

    def _turn(self) -> None:
        """Let rows join, decode one step, deliver. A fault ends the requests that it hit, not the server."""
        try:
            self._batch.drop_gone()
            joining, asked = self._take_in()
            if asked:
                self._answer_labels(asked)
            self._batch.turn(joining)
        except Exception as error:
            logger.exception("decoding failed; the requests under way are given up")
            self.counts.faults += 1
            self._end_all(Answer(finish="fault", problem=f"{type(error).__name__}: {error}"), waiting=False)
        deliver(self._batch.take_events())

    def _take_in(self) -> tuple[list[Ticket], list[Ticket]]:
        """Tickets that join now: for generation and for labels, in order of arrival, within the limits."""
        joining: list[Ticket] = []
        asked: list[Ticket] = []
        read, extent = 0, self._batch.extent
        now = time.monotonic()
        while self._inbox:
            ticket = self._inbox[0]
            if ticket.gone or ticket.deadline < now:
                self._inbox.popleft()
                self._batch.end(ticket, Answer(finish="cancelled" if ticket.gone else "timeout"))
                continue
            read += len(ticket.ask.prompt)
            if (joining or asked) and read > self.settings.max_read_tokens:
                break
            if isinstance(ticket.ask, Ask):
                extent = max(extent, longest([ticket.ask]))
                if not self._batch.fits(len(self._batch.rows) + len(joining) + 1, extent):
                    break
                joining.append(self._inbox.popleft())
            else:
                asked.append(self._inbox.popleft())
        self._batch.arriving = [*joining, *asked]
        return joining, asked

    def _answer_labels(self, tickets: list[Ticket]) -> None:
        asks = [t.ask for t in tickets if isinstance(t.ask, LabelAsk)]
        answers = label_logprobs(self._batch.slots, asks)
        for ticket, ask, labels in zip(tickets, asks, answers, strict=True):
            self.counts.prompt_tokens += len(ask.prompt)
            self._batch.end(ticket, Answer(labels=labels))

    def _end_all(self, answer: Answer, *, waiting: bool = True) -> None:
        self._batch.end_all(answer)
        while waiting and self._inbox:
            self._batch.end(self._inbox.popleft(), answer)
        deliver(self._batch.take_events())
