"""Limits and choices of reading; each is a setting with a stated value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from redone.sources.ingest.reading import Reading
from redone.sources.ingest.text import BidiRule


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestSettings:
    """How much is tolerated.

    ``quarantine_limit``: faulty rows of a mapping or task above this share stop the command (our choice:
    5 %, about what hand-made dumps hold; more usually means a wrong mapping).
    ``max_line_bytes``: a longer line or JSON element is set aside (1 MiB: 500 times a long post).
    ``max_record_lines``: lines that a quoted CSV field may span; a longer one is a quote that is never closed.
    ``max_depth``: nesting of JSON that is still read. ``bidi``: what to do with text that holds characters
    which reorder it. ``seed``: decides samples, prompt variants and hash splits. ``pool_size``: how many
    texts are remembered as possible wrong options. ``max_lookup_rows``: rows of a table held in memory.
    ``general_limits``: most conversations per split of a ``chat`` section, where they differ from tasks.
    ``reading``: how files are read that do not say it themselves (a mapping file brings its own).
    """

    quarantine_limit: float = 0.05
    max_line_bytes: int = 1 << 20
    max_record_lines: int = 200
    max_depth: int = 64
    bidi: BidiRule = "quarantine"
    seed: int = 0
    pool_size: int = 4000
    max_lookup_rows: int = 2_000_000
    general_limits: Mapping[str, int] | None = None
    reading: Reading = field(default_factory=Reading)
