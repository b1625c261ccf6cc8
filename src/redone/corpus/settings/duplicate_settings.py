"""Settings of exact and near-duplicate removal."""

from __future__ import annotations

from pydantic import Field

from redone.corpus.settings.node import Settings


class DuplicateSettings(Settings):
    """How alike two texts must be, and which texts are compared at all.

    Two texts with a share ``s`` of shingles in common become candidates with probability
    ``1 - (1 - s**rows)**bands``: 1.00 at 0.9, 0.92 at 0.8, 0.56 at 0.7 with the defaults. Candidates are then
    compared for real, so the sketch only decides what is missed, never what goes.
    """

    near: bool = True
    """Also look for near-duplicates; exact ones always go."""
    bands: int = Field(default=14, ge=1, le=64)
    """Bands of the MinHash signature."""
    rows: int = Field(default=8, ge=1, le=16)
    """Hashes per band."""
    shingle: int = Field(default=5, ge=2, le=16)
    """Characters per shingle. Characters, not words: Chinese has no spaces, and posts have few words."""
    similarity: float = Field(default=0.6, gt=0.0, le=1.0)
    """Least share of shingles in common (Jaccard) with the text that is kept."""
    similarity_short: float = Field(default=0.8, gt=0.0, le=1.0)
    """The same for posts with fewer than ``short_letters`` letters, where a word makes another statement."""
    short_letters: int = Field(default=24, ge=0)
    """Letters and digits from which ``similarity`` holds."""
    short_characters: int = Field(default=20, ge=0)
    """Posts of up to this many characters are only compared exactly: one character makes another statement."""
    least_letters: int = Field(default=12, ge=0)
    """Posts with fewer letters and digits (emoji, marks) are only compared exactly, however long they are."""
    most_compared: int = Field(default=64, ge=1)
    """Kept texts of a group that a further text is compared with, the latest first."""
