"""A first mapping for a folder of dumps: what each column could be, by name and by content."""

from __future__ import annotations

from redone.sources.ingest.guess.folder import Guessed, GuessedSet, guess_folder

__all__ = ["Guessed", "GuessedSet", "guess_folder"]
