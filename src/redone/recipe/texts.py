"""Plain text for continued pretraining: of the embedded platform, or from curated files.

The embedded platform's text is of users from whom no training example comes, so that it tells nothing about the
labels of the pool; its held-out part is of the dev split, which shares no text with it. General questions come from
the base model's own split, which neither the pool nor the test has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import count, islice
from types import MappingProxyType

from redone.corpus.documents import DocumentSettings, interaction_documents
from redone.errors import UserError
from redone.recipe.config import ContinuedStage, Recipe, SimulatorData, TextSource
from redone.recipe.hashing import derive_seed
from redone.recipe.simulated import BLOCKS_AHEAD, general_tasks, world_of
from redone.recipe.text_files import Texts, texts_of_files
from redone.records import Platform
from redone.sources.simulator import Split, World, stream
from redone.tasks import answer_text, build_general, fact_sentences

FIRST_BLOCK: Mapping[Split, int] = MappingProxyType({"train": BLOCKS_AHEAD, "dev": 0})
"""Examples of the pool are found in the train blocks before this one."""


def texts_of(recipe: Recipe, stage: ContinuedStage, row_tokens: int) -> dict[str, Texts]:
    """The documents of every source, in the recipe's order.

    Raises:
        UserError: a source asks for the embedded platform's text while the data are files, or a file is missing,
            unreadable, or without text.

    """
    found: dict[str, Texts] = {}
    embedded: dict[str, TextSource] = {}
    for name, source in stage.sources.items():
        key = f"stages.{stage.name}.sources.{name}"
        if source.files:
            found[name] = texts_of_files(source, key)
        else:
            _check_embedded(recipe, source, key)
            embedded[name] = source
    found |= _embedded(recipe, embedded, row_tokens) if embedded else {}
    return {name: found[name] for name in stage.sources}


def _check_embedded(recipe: Recipe, source: TextSource, key: str) -> None:
    if not isinstance(recipe.data, SimulatorData):
        raise UserError(
            f"{key}.text: {source.text} is text of the embedded platform, but data.kind is {recipe.data.kind}; "
            "name `files` instead"
        )
    part = _PARTS[str(source.text)]
    if source.part != part:
        raise UserError(f"{key}.part: {source.text} is {part} text; write part: {part}")


def _embedded(recipe: Recipe, sources: Mapping[str, TextSource], row_tokens: int) -> dict[str, Texts]:
    world = world_of(recipe)
    train = _written(world, "train", {n: (str(s.text), s.documents) for n, s in sources.items()}, row_tokens)
    held_out = _written(world, "dev", {n: (str(s.text), s.held_out) for n, s in sources.items()}, row_tokens)
    return {name: Texts(train[name], held_out[name]) for name in sources}


_PARTS: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(("interactions", "notes", "threads", "searches", "parallel", "glossary"), "platform")
    | dict.fromkeys(("facts", "questions"), "general")
)


_DRY_BLOCKS = 3
"""A glossary is finite: when so many blocks bring nothing new, there is no more."""


def _written(
    world: World, split: Split, wanted: Mapping[str, tuple[str, int]], row_tokens: int
) -> dict[str, list[str]]:
    """Different texts by source, as many as ``wanted`` (kind and number) says or the platform has."""
    size = world.settings.block_users
    seed = world.settings.seed
    found: dict[str, dict[str, None]] = {name: {} for name in wanted}
    open_sources = {}
    for name, (kind, number) in wanted.items():
        if kind in _GENERAL:
            found[name] = dict.fromkeys(_GENERAL[kind](seed, split, number))
        else:
            open_sources[name] = 0
    for number in count(FIRST_BLOCK[split]):
        if not open_sources:
            break
        block = next(stream(world, split, users=size, start=number * size))
        for name in list(open_sources):
            kind, limit = wanted[name]
            before = len(found[name])
            found[name].update(dict.fromkeys(_WRITERS[kind](block, row_tokens)))
            open_sources[name] = open_sources[name] + 1 if len(found[name]) == before else 0
            if len(found[name]) >= limit or open_sources[name] == _DRY_BLOCKS:
                del open_sources[name]
    return {name: list(texts)[: wanted[name][1]] for name, texts in found.items()}


def _interactions(block: Platform, row_tokens: int) -> Iterator[str]:
    settings = DocumentSettings(tokens=max(16, row_tokens))
    yield from (document.text for document in interaction_documents(block, settings))


def _notes(block: Platform, row_tokens: int) -> Iterator[str]:
    for note in block.notes:
        yield "\n".join(
            p for p in (note.title, f"{note.body} {' '.join(f'#{t}#' for t in note.hashtags)}") if p
        )


def _threads(block: Platform, row_tokens: int) -> Iterator[str]:
    comments: dict[str, list[str]] = {}
    for comment in block.comments:
        comments.setdefault(comment.note_id, []).append(comment.text)
    for note in block.notes:
        if note.id in comments:
            yield "\n".join((note.title, *comments[note.id]))


def _searches(block: Platform, row_tokens: int) -> Iterator[str]:
    notes = {note.id: note for note in block.notes}
    queries = {query.id: query for query in block.queries}
    for event in block.interactions:
        if event.kind == "click" and event.query_id in queries and event.note_id in notes:
            yield f"{queries[event.query_id].text}\n{notes[event.note_id].title}"


def _parallel(block: Platform, row_tokens: int) -> Iterator[str]:
    for pair in block.parallel:
        yield f"{pair.zh} = {pair.en}"
        yield f"{pair.en} = {pair.zh}"


def _glossary(block: Platform, row_tokens: int) -> Iterator[str]:
    for term in block.terms:
        yield f"{term.text} = {term.meaning}"
    for note in block.notes:
        if note.category:
            yield " > ".join(note.category)


_WRITERS: Mapping[str, Callable[[Platform, int], Iterator[str]]] = MappingProxyType(
    {
        "interactions": _interactions,
        "notes": _notes,
        "threads": _threads,
        "searches": _searches,
        "parallel": _parallel,
        "glossary": _glossary,
    }
)


def _facts(seed: int, split: Split, wanted: int) -> Iterator[str]:
    return fact_sentences(seed, count=wanted, seed=derive_seed(seed, "cpt facts", split))


def _questions(seed: int, split: Split, wanted: int) -> Iterator[str]:
    """Questions with their rationales and answers, as text. The base split: no task uses it."""
    own: Split = "base" if split == "train" else "dev"
    # Code questions need no sandbox here, since nothing is run.
    examples = build_general(
        general_tasks(sandbox=True),
        count=wanted,
        seed=derive_seed(seed, "cpt questions", split),
        split=own,
        world=seed,
    )
    return (f"{e.messages[-1].content}\n{answer_text(e)}" for e in islice(examples, wanted))


_GENERAL: Mapping[str, Callable[[int, Split, int], Iterator[str]]] = MappingProxyType(
    {"facts": _facts, "questions": _questions}
)
