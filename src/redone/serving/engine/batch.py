"""The running batch: which rows live, how they join, step and leave."""

from __future__ import annotations

import time
from collections.abc import Sequence

from redone.model import Chat
from redone.serving.engine.answers import Answer, Ask, Piece, Row, Ticket, longest
from redone.serving.engine.counts import EngineCounts
from redone.serving.engine.layers import Layers
from redone.serving.engine.limits import EngineSettings
from redone.serving.engine.picking import pick
from redone.serving.engine.prefixes import PrefixCache, joined
from redone.serving.engine.slots import Slots
from redone.serving.engine.text_stream import TextStream


class Batch:
    """Rows of ``slots`` with their tickets, in the same order. Only the engine's thread touches it."""

    def __init__(
        self, layers: Layers, chat: Chat, context: int, settings: EngineSettings, counts: EngineCounts
    ) -> None:
        self.chat = chat
        self.settings = settings
        self.counts = counts
        self.slots = Slots(layers, context)
        self.prefixes = PrefixCache(settings.prefix_tokens)
        self.rows: list[Row] = []
        self.arriving: list[Ticket] = []
        """Taken from the queue but not yet a row: a fault on the way must end them too."""
        self._events: list[tuple[Ticket, Piece | Answer]] = []

    def take_events(self) -> list[tuple[Ticket, Piece | Answer]]:
        """What is to be delivered since the last call."""
        events, self._events = self._events, []
        return events

    @property
    def extent(self) -> int:
        """Tokens that the longest live row may come to."""
        return longest([row.ask for row in self.rows])

    def fits(self, rows: int, extent: int) -> bool:
        """Whether so many rows of up to ``extent`` tokens may live together."""
        return rows <= self.settings.max_rows and rows * extent <= self.settings.max_cache_tokens

    def turn(self, tickets: Sequence[Ticket]) -> None:
        """One more token for every row, and the first one for new rows, whose prompts are read beside."""
        fresh = [self._new_row(ticket) for ticket in sorted(tickets, key=lambda t: len(t.ask.prompt))]
        if fresh or self.rows:
            self.counts.steps += 1
            starts = self._place_prefixes(fresh)
            tails = [row.ask.prompt[start:] for row, start in zip(fresh, starts, strict=True)]
            logits = self.slots.turn([row.ids[-1] for row in self.rows], tails, starts)
            self.rows += fresh
            for place in range(len(self.rows) - len(fresh), len(self.rows)):
                self._learn(place)
        self.arriving = []
        if self.rows:
            self._take(*pick(logits, self.rows))

    def _place_prefixes(self, fresh: Sequence[Row]) -> list[int]:
        """Copy known beginnings into the rows behind the live ones; returns how many tokens each then holds."""
        first = self.slots.count
        self.slots.make_room(first + len(fresh), longest([row.ask for row in fresh]))
        for number, row in enumerate(fresh):
            blocks = self.prefixes.find(row.ask.prompt)
            if blocks:
                keys, values = joined(blocks)
                row.num_cached = keys.shape[2]
                self.slots.keys[:, first + number, :, : row.num_cached] = keys
                self.slots.values[:, first + number, :, : row.num_cached] = values
        return [row.num_cached for row in fresh]

    def _learn(self, place: int) -> None:
        """Remember a new row's beginning, and count its tokens."""
        row = self.rows[place]
        self.prefixes.learn(row.ask.prompt, self.slots.keys[:, place], self.slots.values[:, place])
        self.counts.prompt_tokens += len(row.ask.prompt)
        self.counts.cached_tokens += row.num_cached

    def drop_gone(self) -> None:
        """Free the rows that nobody waits for, and those whose time is up."""
        now = time.monotonic()
        for place in range(len(self.rows) - 1, -1, -1):
            row = self.rows[place]
            if row.ticket.gone:
                self._leave(place, Answer(finish="cancelled"))
            elif row.ticket.deadline < now:
                self._leave(place, Answer(finish="timeout"))

    def end(self, ticket: Ticket, answer: Answer) -> None:
        """Answer a ticket, whether or not it has a row, and count it."""
        if answer.finish == "cancelled":
            self.counts.cancelled += 1
        elif answer.finish == "timeout":
            self.counts.timeouts += 1
        elif answer.finish != "fault":
            self.counts.finished()
        self._events.append((ticket, answer))

    def end_all(self, answer: Answer) -> None:
        """Answer all rows and arriving tickets alike and start afresh."""
        for ticket in [*(row.ticket for row in self.rows), *self.arriving]:
            self.end(ticket, answer)
        self.rows, self.arriving, self.slots.lengths = [], [], []

    def _new_row(self, ticket: Ticket) -> Row:
        ask = ticket.ask
        assert isinstance(ask, Ask)
        text = TextStream(self._decode, ask.stop) if ask.stream or ask.stop else None
        return Row.of(ticket, ask, text)

    def _decode(self, ids: Sequence[int]) -> str:
        return str(
            self.chat.tokenizer.decode(
                list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False
            )
        )

    def _take(self, tokens: Sequence[int], scores: Sequence[float]) -> None:
        """Add a token to each of the rows; those that have ended leave, last row first."""
        self.counts.answer_tokens += len(tokens)
        for place in range(len(tokens) - 1, -1, -1):
            row, token = self.rows[place], tokens[place]
            row.ids.append(token)
            row.logprob += scores[place]
            ended = token in self.chat.stop_ids
            if row.text is not None and not ended:
                piece = row.text.push(token)
                if piece and row.ask.stream:
                    self._events.append((row.ticket, Piece(piece)))
                elif piece:
                    row.settled.append(piece)
                ended = row.text.stopped
            if ended or len(row.ids) == row.ask.max_new_tokens:
                self._leave(place, self._whole(row, "stop" if ended else "length"))

    def _whole(self, row: Row, finish: str) -> Answer:
        if row.text is None:
            text = self._decode(row.ids).strip()
        else:
            rest = row.text.close()
            if row.ask.stream and rest:
                self._events.append((row.ticket, Piece(rest)))
            text = "" if row.ask.stream else "".join(row.settled) + rest
        return Answer(
            text=text,
            finish="stop" if finish == "stop" else "length",
            num_tokens=len(row.ids),
            num_cached=row.num_cached,
            logprob=row.logprob,
        )

    def _leave(self, place: int, answer: Answer) -> None:
        row = self.rows[place]
        self.slots.drop(place)
        last = self.rows.pop()
        if last is not row:
            self.rows[place] = last
        self.end(row.ticket, answer)
