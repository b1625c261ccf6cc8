"""Encodings of dumps, which are recognised as they are for mapping files."""

from __future__ import annotations

from redone.sources.ingest.encodings import Transcoded, guess_encoding

__all__ = ["Transcoded", "guess_encoding"]
