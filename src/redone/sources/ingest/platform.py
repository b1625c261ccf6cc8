"""The user's dumps as platform blocks, so that tasks are built from them as from any platform."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from redone.errors import UserError
from redone.records import Comment, Interaction, Note, ParallelText, Platform, Query, Relevance, User
from redone.sources.ingest.faults import DANGLING, OTHER_LANGUAGE, Row, RowFault
from redone.sources.ingest.keys import validate
from redone.sources.ingest.layout import Layout, Place
from redone.sources.ingest.mapping import SPLITS, Split
from redone.sources.ingest.quarantine import Quarantine
from redone.sources.ingest.readers import Reader
from redone.sources.ingest.record_mapping import RecordFile, RecordKind
from redone.sources.ingest.record_rows import check_fields, id_column, id_columns, record
from redone.sources.ingest.settings import IngestSettings
from redone.sources.ingest.values import id_in
from redone.sources.ingest.yaml_file import load_yaml

Placing = Callable[[Any], Place]


def read_record_mapping(path: Path) -> RecordFile:
    """A mapping file that goes to records, validated, field names included.

    Raises:
        UserError: names the key, the value and the fix.

    """
    data = load_yaml(path)
    if "tasks" in data:
        raise UserError(f"mapping file '{path}': it maps to tasks, not to records. Load it with load_tasks")
    mapping = validate(RecordFile, data, f"mapping file '{path}'")
    check_fields(mapping, f"mapping file '{path}'")
    return mapping


def load_platform(
    path: Path, root: Path, quarantine: Quarantine, settings: IngestSettings | None = None
) -> Iterator[tuple[Split, Platform]]:
    """The blocks of all splits, ``blocks`` times one per split; the files are read once per block number.

    See ``Layout`` for what goes where. A block is complete: users, queries and parents that its records name
    are in it. Empty blocks are not yielded.

    Raises:
        UserError: a wrong mapping, a missing or damaged file, or too many faulty rows.

    """
    mapping = read_record_mapping(path)
    settings = replace(settings or IngestSettings(), reading=mapping.reading)
    layout = Layout(mapping, settings.seed)
    for number in range(mapping.blocks):
        # Faults are the same in every pass; the first one writes them down.
        sink = quarantine if number == 0 else Quarantine(None, 1.0)
        reading = _Pass(mapping, Reader(root, sink, mapping.set, settings), layout, number)
        blocks = reading.blocks()
        sink.check(mapping.set)
        for split in SPLITS:
            if blocks[split].notes or blocks[split].parallel or blocks[split].queries:
                yield split, blocks[split]


@dataclass(slots=True)
class _Bucket:
    """What one block has gathered so far. Comments keep their row until their parents are looked for."""

    notes: list[Note] = field(default_factory=list)
    comments: list[tuple[Comment, Row]] = field(default_factory=list)
    relevance: list[Relevance] = field(default_factory=list)
    interactions: list[Interaction] = field(default_factory=list)
    parallel: list[ParallelText] = field(default_factory=list)
    queries: list[Query] = field(default_factory=list)
    named_users: set[str] = field(default_factory=set)
    named_queries: set[str] = field(default_factory=set)
    guests: dict[str, User] = field(default_factory=dict)


class _Pass:
    """One reading of all files, keeping the records of one block number, all splits side by side."""

    def __init__(self, mapping: RecordFile, reader: Reader, layout: Layout, number: int) -> None:
        self.mapping = mapping
        self.reader = reader
        self.layout = layout
        self.number = number
        self.buckets: dict[Split, _Bucket] = {split: _Bucket() for split in SPLITS}

    def blocks(self) -> dict[Split, Platform]:
        """The platform of each split."""
        layout = self.layout
        if self.number == 0:
            layout.users = {hash(user.id) for user, _ in self._records("users", self.reader)}
        for note, bucket, _ in self._placed("notes", layout.put_note):
            bucket.notes.append(note)
            bucket.named_users.add(note.author_id)
        # Queries are placed before judgements name them, and kept when it is known which are named.
        for query, bucket, _ in self._placed("queries", layout.put_query):
            bucket.named_queries.add(query.id)
        for comment, bucket, row in self._placed("comments", layout.of_comment):
            split = layout.of_comment(comment)[0]
            author = layout.guest(comment.author_id, split)
            if author != comment.author_id:
                bucket.guests.setdefault(author, User(id=author, language=comment.language))
                comment = replace(comment, author_id=author)
            bucket.comments.append((comment, row))
            bucket.named_users.add(author)
        for judged, bucket, _ in self._placed("relevance", layout.of_relevance):
            bucket.relevance.append(judged)
            bucket.named_queries.add(judged.query_id)
        for event, bucket, _ in self._placed("interactions", layout.of_interaction):
            bucket.interactions.append(event)
            bucket.named_users.add(event.user_id)
            bucket.named_queries.update({event.query_id} - {""})
        for text, bucket, _ in self._placed("parallel", lambda p: layout.of_text(p.id)):
            bucket.parallel.append(text)
        self._keep_queries()
        return self._platforms()

    def _records(self, kind: RecordKind, reader: Reader) -> Iterator[tuple[Any, Row]]:
        if kind not in self.mapping.records:
            return
        key, ids = id_column(self.mapping, kind), id_columns(self.mapping, kind)
        spec = self.mapping.records[kind]
        if spec.reading is not None:
            reader = replace(reader, settings=replace(reader.settings, reading=spec.reading))
        for pattern in spec.files:
            for row in reader.rows(pattern, id_column=key, id_columns=ids, space=kind):
                try:
                    yield record(self.mapping, kind, row), row
                except RowFault as fault:
                    if fault.reason == OTHER_LANGUAGE and key:
                        self.layout.foreign.add(hash(id_in(row.text(key))))
                    reader.quarantine.add(reader.scope, row, fault)

    def _placed(self, kind: RecordKind, place: Placing) -> Iterator[tuple[Any, _Bucket, Row]]:
        for value, row in self._records(kind, self.reader):
            try:
                split, number = place(value)
            except RowFault as fault:
                if fault.reason == OTHER_LANGUAGE:
                    self.layout.foreign.add(hash(getattr(value, "id", "")))
                self.reader.quarantine.add(self.reader.scope, row, fault)
                continue
            if number == self.number:
                yield value, self.buckets[split], row

    def _quiet(self) -> Reader:
        """A reader for a second look at files whose faults are written down already."""
        return Reader(self.reader.root, Quarantine(None, 1.0), self.reader.scope, self.reader.settings)

    def _keep_queries(self) -> None:
        for query, _ in self._records("queries", self._quiet()):
            place = self.layout.queries.get(hash(query.id))
            if place is None or query.id not in self.buckets[place[0]].named_queries:
                continue
            bucket = self.buckets[place[0]]
            if place[1] != self.number:
                # Here for a judgement on a note of this block; the note read before it is in another one.
                query = replace(query, after_note_id="")
            bucket.queries.append(query)
            bucket.named_users.add(query.user_id)

    def _platforms(self) -> dict[Split, Platform]:
        users: dict[Split, list[User]] = {split: [] for split in SPLITS}
        for user, _ in self._records("users", self._quiet()):
            for split in SPLITS:
                if user.id in self.buckets[split].named_users:
                    users[split].append(user)
        return {split: self._platform(bucket, users[split]) for split, bucket in self.buckets.items()}

    def _platform(self, bucket: _Bucket, users: list[User]) -> Platform:
        there = {comment.id for comment, _ in bucket.comments}
        comments = []
        for comment, row in bucket.comments:
            if comment.parent_id and comment.parent_id not in there:
                fault = RowFault(DANGLING, f"comment {comment.parent_id!r:.40}")
                self.reader.quarantine.add(self.reader.scope, row, fault)
                continue
            comments.append(comment)
        return Platform(
            users=(*users, *(bucket.guests.values() if "users" in self.mapping.records else ())),
            notes=tuple(bucket.notes),
            comments=tuple(comments),
            queries=tuple(bucket.queries),
            relevance=tuple(bucket.relevance),
            interactions=tuple(bucket.interactions),
            parallel=tuple(bucket.parallel),
            policy=self.mapping.policy,
        )
