"""What the embedded base model reads: plain text, general questions, and platform instructions as found."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from redone.recipe.config import FilesData, Recipe, SimulatorData, TinyBase
from redone.recipe.filed import read_files
from redone.recipe.hashing import derive_seed
from redone.recipe.simulated import general_examples, platform_examples, platform_tasks, world_of
from redone.records import Example
from redone.sources.simulator.documents import documents
from redone.sources.simulator.observation import ObservationSettings, observe
from redone.tasks import answer_text, fact_sentences, slip

REPOSTS = 0.35
"""Share of documents made of files that say everything twice: without dense copying extraction is not learned."""
PIECE = re.compile(r"[A-Za-z]+|[0-9]+|[\u4e00-\u9fff]{1,2}")
FIRST_HAN = 0x4E00
ECHO_PIECES = (3, 8)
"""Fewest and most pieces of a text to be repeated."""
FACT_SHARE = 0.1
"""Part of the documents that states general facts, which the knowledge questions ask about."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Documents, texts to be repeated, and pairs of a question with the answer that is imitated."""

    documents: list[str]
    echoes: list[str]
    general: list[tuple[Example, str]]
    platform: list[tuple[Example, str]]

    def texts(self) -> Iterator[str]:
        """Every text, for the vocabulary."""
        yield from self.documents
        yield from self.echoes
        for example, answer in (*self.general, *self.platform):
            yield example.messages[-1].content
            yield answer


def reading_for(recipe: Recipe, settings: TinyBase, seed: int, folder: Path) -> Reading:
    """The reading list of a run in ``folder``; nothing of it is in the pool, the dev or the test split."""
    # The base never runs code, so that code questions need no sandbox here.
    questions = general_examples("base", settings.general_examples, recipe.seed, sandbox=True)
    general = list(with_slips(questions, settings, seed))
    if isinstance(recipe.data, FilesData):
        own = read_files(recipe, folder).base
        text = file_documents(own, settings, seed)
        return Reading(text, echoes(text, settings, seed), general, as_found(own, settings, seed))
    world = world_of(recipe)
    facts = round(settings.text_documents * FACT_SHARE)
    text = [
        *documents(world, count=settings.text_documents - facts, seed=derive_seed(seed, "documents")),
        *fact_sentences(recipe.seed, count=facts, seed=derive_seed(seed, "facts")),
    ]
    found = as_found(instructions(recipe, settings, seed), settings, seed)
    return Reading(text, echoes(text, settings, seed), general, found)


def with_slips(questions: Iterable[Example], settings: TinyBase, seed: int) -> Iterator[tuple[Example, str]]:
    """General questions, a share of them with the slip that they invite instead of the reasoned answer."""
    rng = random.Random(derive_seed(seed, "slips"))
    for example in questions:
        slipped = rng.random() < settings.general_slips
        yield example, slip(example, rng) if slipped else answer_text(example)


def instructions(recipe: Recipe, settings: TinyBase, seed: int) -> Iterator[Example]:
    """Questions about the simulated platform's ``base`` split; no unseen task is among them."""
    data = recipe.data
    assert isinstance(data, SimulatorData)
    never = {*data.unseen_tasks, *data.held_out_tasks}
    names = [task for task in platform_tasks(data) if task not in never]
    per_task = -(-settings.instruction_examples // len(names))
    return platform_examples(world_of(recipe), "base", names, per_task, derive_seed(seed, "instructions"))


def as_found(examples: Iterable[Example], settings: TinyBase, seed: int) -> list[tuple[Example, str]]:
    """Questions with answers as a crawled web has them: some wrong, and per task a share worded otherwise."""
    noise = ObservationSettings(
        wrong=settings.wrong_share,
        systematic_share=0.0,
        other_wording=1.0,
        outcome_only=False,
        expert_share=0.0,
    )
    noisy = observe(examples, noise, derive_seed(seed, "noise"))
    rng = random.Random(derive_seed(seed, "wording"))
    low, high = settings.other_wording_range
    other: dict[str, float] = {}
    pairs = []
    for example in noisy:
        share = other.setdefault(example.task, rng.uniform(low, high))
        pairs.append((example, example.target if rng.random() < share else answer_text(example)))
    return pairs


def echoes(documents: Sequence[str], settings: TinyBase, seed: int) -> list[str]:
    """Random pieces of text, which the model repeats.

    A small model learns to copy only from text that nothing but copying predicts: templated posts are half
    guessed from their pattern, random pieces are not.
    """
    rng = random.Random(derive_seed(seed, "echoes"))
    pieces = sorted({piece for text in documents for piece in PIECE.findall(text)})
    return [_joined(rng.choices(pieces, k=rng.randint(*ECHO_PIECES))) for _ in range(settings.echo_examples)]


def _joined(pieces: Sequence[str]) -> str:
    """Words with spaces between them, Chinese without."""
    text = pieces[0]
    for piece in pieces[1:]:
        text += piece if ord(piece[0]) >= FIRST_HAN and ord(text[-1]) >= FIRST_HAN else f" {piece}"
    return text


def file_documents(examples: Sequence[Example], settings: TinyBase, seed: int) -> list[str]:
    """Texts of the users' own rows: read once, or said twice in a row, which teaches copying."""
    rng = random.Random(derive_seed(seed, "documents"))
    texts = [example.messages[-1].content for example in examples]
    chosen = [rng.choice(texts) for _ in range(settings.text_documents)] if texts else []
    return [f"{text} // {text}" if rng.random() < REPOSTS else text for text in chosen]
