"""A platform's records dealt out among splits, by person and by what the person wrote.

A person belongs to one split, by the hash of the id, and a note to the split of its author. What joins records
of two splits (a comment by somebody else, a click on another's note) is left out and counted: it would carry
something of one split into the other. Tasks are built on each part alone, so nothing leaks by construction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from redone.errors import UserError
from redone.records import Comment, Platform
from redone.tasks.render import fingerprint

DEFAULT_SHARES: Mapping[str, float] = {"train": 0.8, "dev": 0.1, "test": 0.1}


@dataclass(slots=True)
class SplitReport:
    """How many records of each kind joined two splits and were left out."""

    left_out: Counter[str] = field(default_factory=Counter)


def split_of_id(record_id: str, shares: Mapping[str, float], seed: int) -> str:
    """The split of an id: the same in every process and every block."""
    point = int(fingerprint("split", str(seed), record_id), 16) / 2**64 * sum(shares.values())
    for name, share in shares.items():
        point -= share
        if point < 0:
            return name
    return list(shares)[-1]


def split_platform(
    block: Platform,
    *,
    seed: int,
    shares: Mapping[str, float] = DEFAULT_SHARES,
    report: SplitReport | None = None,
) -> dict[str, Platform]:
    """The parts of a block by split; slang and policy are common knowledge and go to every part.

    Raises:
        UserError: a share is negative, or all are zero.

    """
    if not shares or min(shares.values()) < 0 or sum(shares.values()) <= 0:
        raise UserError(f"shares is {dict(shares)!r}: give shares of zero or more, not all zero")
    home = {user.id: split_of_id(user.id, shares, seed) for user in block.users}
    dealing = _Dealing(block, home, shares, seed, report or SplitReport())
    return {name: dealing.part(name) for name in shares}


class _Dealing:
    """Where each record of one block belongs; None for what joins two splits."""

    def __init__(
        self,
        block: Platform,
        home: dict[str, str],
        shares: Mapping[str, float],
        seed: int,
        report: SplitReport,
    ) -> None:
        self.block = block
        self._home = home
        self._shares, self._seed = shares, seed
        self._notes = {note.id: self._user(note.author_id) for note in block.notes}
        self._queries = {query.id: self._user(query.user_id) for query in block.queries}
        self._comments: dict[str, str | None] = {}
        for comment in block.comments:
            self._comments[comment.id] = self._comment(comment)
        self._pairs = [
            (judged, self._agreed(self._queries[judged.query_id], self._notes[judged.note_id]))
            for judged in block.relevance
        ]
        self._events = [
            (event, self._agreed(self._user(event.user_id), *self._named(event.note_id, event.query_id)))
            for event in block.interactions
        ]
        report.left_out["comments"] += sum(split is None for split in self._comments.values())
        report.left_out["relevance"] += sum(split is None for _, split in self._pairs)
        report.left_out["interactions"] += sum(split is None for _, split in self._events)

    def _user(self, user_id: str) -> str:
        if user_id not in self._home:
            self._home[user_id] = split_of_id(user_id, self._shares, self._seed)
        return self._home[user_id]

    def _agreed(self, *splits: str | None) -> str | None:
        return splits[0] if len(set(splits)) == 1 else None

    def _named(self, note_id: str, query_id: str) -> list[str]:
        found = [self._notes[note_id]] if note_id else []
        return [*found, self._queries[query_id]] if query_id else found

    def _comment(self, comment: Comment) -> str | None:
        """A reply goes with the comment that it answers, which stands before it."""
        above = [self._comments.get(comment.parent_id)] if comment.parent_id else []
        return self._agreed(self._user(comment.author_id), self._notes[comment.note_id], *above)

    def part(self, name: str) -> Platform:
        """The records of one split; a search that came from a note elsewhere keeps no trace of it."""
        block = self.block
        return Platform(
            users=tuple(user for user in block.users if self._home[user.id] == name),
            notes=tuple(note for note in block.notes if self._notes[note.id] == name),
            comments=tuple(c for c in block.comments if self._comments[c.id] == name),
            queries=tuple(
                query if self._notes.get(query.after_note_id) == name else replace(query, after_note_id="")
                for query in block.queries
                if self._queries[query.id] == name
            ),
            relevance=tuple(judged for judged, split in self._pairs if split == name),
            interactions=tuple(event for event, split in self._events if split == name),
            parallel=tuple(
                text for text in block.parallel if split_of_id(text.id, self._shares, self._seed) == name
            ),
            terms=block.terms,
            policy=block.policy,
        )
