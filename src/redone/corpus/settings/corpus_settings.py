"""Settings of what is written: token counts, files, the mixture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from redone.corpus.settings.node import Settings


class TokenSettings(Settings):
    """How documents are counted in tokens."""

    tokenizer: str = ""
    """``tokenizer.json`` of the model that will read the corpus, or the folder that holds it. Empty: an estimate."""
    keep_ids: bool = True
    """Also store the token ids, so that training does not tokenise again."""


class MixtureSettings(Settings):
    """How much of which source is read."""

    weights: Mapping[str, Annotated[float, Field(ge=0.0)]] = {}
    """Share of tokens by source; they need not sum to one. Empty: every document once."""
    tokens: int = Field(default=0, ge=0)
    """Tokens to be read in all; 0: as many as the sources have together."""
    most_copies: int = Field(default=4, ge=1)
    """No document is read more often, whatever the weights ask for: repetition beyond four passes teaches little
    (Muennighoff et al. 2023). What a small source cannot give goes to the others by their weights."""
