"""Settings of the shard steps. Thresholds may be given per source; what a source leaves out is the default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from redone.corpus.settings.node import Settings

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]


class InformalLimits(Settings):
    """What a post may look like. Shares are of the characters other than white space."""

    min_chars: Count = 1
    """Shortest text, white space apart."""
    max_chars: Count = 20_000
    """Longest text; a longer one is no post."""
    from_chars: Count = 40
    """Shares are looked at from this length on: in a short post a face, a shout or a tag is the message."""
    max_top_share: Share = 0.6
    """Largest share of one character."""
    max_run: Count = 100
    """Longest run of one character, and only where it makes up half of the text."""
    max_repeat_share: Share = 0.7
    """Largest share that lies in repeated 4-grams."""
    max_emoji_share: Share = 1.0
    """Largest share of emoji and platform codes; emoji-only posts stay by default."""
    min_han_share: Share = 0.0
    """Smallest share of Chinese characters among letters; for sources that are Chinese by their nature."""
    max_symbol_share: Share = 0.7
    """Largest share of characters that are neither letter, digit, emoji nor platform code, links apart."""
    max_link_share: Share = 0.8
    """Largest share of characters inside links."""
    max_mentions: Count = 30
    """Most mentions."""
    max_tags: Count = 50
    """Most hashtags."""
    max_tag_share: Share = 0.95
    """Largest share of characters inside hashtags."""


class InformalSettings(Settings):
    """Filters for informal text, per source."""

    defaults: InformalLimits = InformalLimits()
    """Limits for all sources."""
    sources: Mapping[str, InformalLimits] = {}
    """Limits for single sources; keys that are left out have the values of this class."""


class LanguageSettings(Settings):
    """Which language a post is in."""

    keep: tuple[str, ...] = ()
    """Languages that stay (zh, en, ja, ...); empty: all. A text without a known language always stays."""
    trust_given: bool = True
    """A language that the source gives is kept; a disagreement of the script is counted."""
    drop_from_letters: Count = 40
    """A text with fewer letters is never dropped for its language: there is too little to tell by."""
    zh_share: Share = 0.3
    """Share of Chinese characters among letters from which a text is Chinese; an ideograph counts as three."""


class PiiSettings(Settings):
    """What is masked, and with what."""

    kinds: tuple[str, ...] = ("email", "id_card", "bank_card", "phone", "wechat", "qq", "handle", "profile")
    """Kinds that are masked."""
    mask: str = "<{kind}>"
    """What stands in place of a find."""
    mentions: Literal["keep", "mask"] = "keep"
    """Whether ``@name`` is masked as well: it is the platform's own language, but it names a person."""


class SpamSettings(Settings):
    """When a post is an advert. Each sign has points; a post at or above the limit goes."""

    limit: float = 3.0
    """Points from which a post is dropped."""
    phrases: tuple[str, ...] = ()
    """Further phrases of adverts, beside the built-in ones."""
    exempt_sources: tuple[str, ...] = ()
    """Sources that are not looked at (general text, say)."""


class SourceRule(Settings):
    """What a task needs of a source: the row must satisfy all of it."""

    name: str = "rule"
    """Name under which drops are counted."""
    sources: tuple[str, ...] = ()
    """Sources that the rule is for; empty: all."""
    kinds: tuple[str, ...] = ()
    """Kinds that the rule is for (note, comment, query, general); empty: all."""
    min_chars: Count = 0
    """Fewest characters, white space apart."""
    max_chars: Count | None = None
    """Most characters."""
    languages: tuple[str, ...] = ()
    """Allowed languages; empty: all."""
    needs_tag: bool = False
    """The text must hold a hashtag (hashtag tasks)."""
    needs_parent: bool = False
    """The row must hang on a note (comment and query tasks)."""
    needs_author: bool = False
    """The author must be known (history tasks)."""
    min_likes: int | None = None
    """Fewest likes."""
    since: str = ""
    """Earliest date (2025-01-31); rows without a date stay."""
    licences: tuple[str, ...] = ()
    """Allowed licences; empty: all."""


class RuleSettings(Settings):
    """Task-oriented rules, in order; a row goes at the first one that it fails."""

    rules: tuple[SourceRule, ...] = ()
    """The rules."""


class QualitySettings(Settings):
    """A quality score from a small language model, spread to all texts by a linear model."""

    sample: Annotated[int, Field(ge=10)] = 20_000
    """Texts that are labelled with their loss per token."""
    buckets_log2: Annotated[int, Field(ge=8, le=24)] = 18
    """Size of the hashed feature space, as a power of two."""
    epochs: Annotated[int, Field(ge=1, le=100)] = 5
    """Passes over the labelled sample."""
    learning_rate: Annotated[float, Field(gt=0, le=10)] = 0.05
    """Step size of the linear model."""
    held_out: Share = 0.1
    """Share of the sample that the fit is judged on."""
    threshold: Share | None = None
    """Texts whose quality (0..1, the rank among the sample) is below go; None: scored, none dropped."""
    from_chars: Count = 30
    """Shorter texts are scored but never dropped."""
    seed: int = 0
    """Decides the sample and the order of training."""


class DecontaminationSettings(Settings):
    """When a text counts as holding a benchmark item."""

    near_share: Share = 0.5
    """Share of a question's n-grams from which a text holds an edited copy of it."""
    short_share: Share = 0.75
    """The same for questions with few n-grams."""
    whole_share: Share = 0.9
    """The same for answers, and the other language of a translation."""
    min_question: Count = 24
    """Weight (letters; an ideograph counts two) from which a question is looked for inside texts."""
    min_answer: Count = 40
    """Weight from which an answer alone is looked for."""
    min_equal: Count = 12
    """Weight from which a text that equals an item as a whole goes, however short."""


class StepSettings(Settings):
    """All shard steps, in the order in which they run."""

    informal: InformalSettings = InformalSettings()
    """Filters for informal text."""
    language: LanguageSettings = LanguageSettings()
    """Language identification."""
    spam: SpamSettings = SpamSettings()
    """Adverts."""
    rules: RuleSettings = RuleSettings()
    """Task-oriented rules."""
    pii: PiiSettings = PiiSettings()
    """Personal data."""
    quality: QualitySettings = QualitySettings()
    """Quality score."""
    decontamination: DecontaminationSettings = DecontaminationSettings()
    """Benchmark items."""
