"""Which split and block a record of the user's platform belongs to."""

from __future__ import annotations

from redone.records import Comment, Interaction, Note, Query, Relevance
from redone.sources.ingest.faults import CROSS_SPLIT, DANGLING, OTHER_LANGUAGE, RowFault
from redone.sources.ingest.mapping import Split
from redone.sources.ingest.record_mapping import RecordFile
from redone.sources.ingest.sampling import share_of, stable_hash

Place = tuple[Split, int]


class Layout:
    """Remembers where each note and query is, 64 bits per id.

    A note follows its author, a comment or a relevance judgement its note, a query its user. An interaction
    across splits is left out, and so are judgements and searches after a note across splits: each would
    carry test knowledge into training. A comment by a user of another split stays with the note, as that of
    somebody of whom nothing is known: ``guest`` is the name under which it does.
    """

    def __init__(self, mapping: RecordFile, seed: int) -> None:
        self.mapping = mapping
        self.seed = seed
        self.users: set[int] = set()
        self.notes: dict[int, Place] = {}
        self.queries: dict[int, Place] = {}
        self.foreign: set[int] = set()
        """Records in another language: what names them is left out with them, and no fault."""

    def of_person(self, user_id: str) -> Place:
        """The place of a user and of what the user writes."""
        at = share_of(self.seed, "person", user_id)
        split: Split = (
            "test"
            if at < self.mapping.test
            else "dev"
            if at < self.mapping.test + self.mapping.dev
            else "train"
        )
        return split, stable_hash(self.seed, "block", user_id) % self.mapping.blocks

    def of_text(self, record_id: str) -> Place:
        """The place of a record that hangs on nobody (parallel text)."""
        return self.of_person(f"text {record_id}")

    def put_note(self, note: Note) -> Place:
        """Places a note. Raises RowFault where its author is unknown."""
        self._known_user(note.author_id)
        place = self.of_person(note.author_id)
        self.notes[hash(note.id)] = place
        return place

    def put_query(self, query: Query) -> Place:
        """Places a query. Raises RowFault where its user, or the note before it, is unknown or apart."""
        self._known_user(query.user_id)
        place = self.of_person(query.user_id)
        if query.after_note_id:
            place = self._together(self._note(query.after_note_id), place, "query after a note")
        self.queries[hash(query.id)] = place
        return place

    def of_comment(self, comment: Comment) -> Place:
        """The place of the note. Raises RowFault where note or author is unknown."""
        self._known_user(comment.author_id)
        return self._note(comment.note_id)

    def guest(self, user_id: str, split: Split) -> str:
        """The user's id in a split: another one than at home, so that no person is in two splits."""
        return user_id if self.of_person(user_id)[0] == split else f"{user_id}@{split}"

    def of_relevance(self, judged: Relevance) -> Place:
        """The place of the note. Raises RowFault where note or query is unknown or they are apart."""
        return self._together(self._note(judged.note_id), self._query(judged.query_id), "query and note")

    def of_interaction(self, event: Interaction) -> Place:
        """The place of the note, else of the user. Raises RowFault where they are unknown or apart."""
        self._known_user(event.user_id)
        place = self.of_person(event.user_id)
        if event.query_id:
            place = self._together(self._query(event.query_id), place, "user and query")
        if event.note_id:
            place = self._together(self._note(event.note_id), place, "user and note")
        return place

    def _together(self, first: Place, second: Place, what: str) -> Place:
        if first[0] != second[0]:
            raise RowFault(CROSS_SPLIT, f"{what}: {first[0]} and {second[0]}")
        return first

    def _known_user(self, user_id: str) -> None:
        if "users" in self.mapping.records and hash(user_id) not in self.users:
            raise self._unknown("user", user_id)

    def _note(self, note_id: str) -> Place:
        if hash(note_id) not in self.notes:
            raise self._unknown("note", note_id)
        return self.notes[hash(note_id)]

    def _query(self, query_id: str) -> Place:
        if hash(query_id) not in self.queries:
            raise self._unknown("query", query_id)
        return self.queries[hash(query_id)]

    def _unknown(self, what: str, record_id: str) -> RowFault:
        reason = OTHER_LANGUAGE if hash(record_id) in self.foreign else DANGLING
        return RowFault(reason, f"{what} {record_id!r:.40}")
