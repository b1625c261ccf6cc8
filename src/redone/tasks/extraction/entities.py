"""Names, prices and places in a note (SNS-Bench Note-NER and its single-kind forms)."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from functools import partial

from redone.records import Note, Platform
from redone.tasks import rewards
from redone.tasks.lookup import note_templates, note_units, text_of
from redone.tasks.task import Draft, Task
from redone.tasks.wording import say


def entities_of(note: Note, kind: str) -> list[str]:
    """Return the distinct names of one kind that the shown text holds verbatim."""
    shown = text_of(note)
    return list(dict.fromkeys(e.text for e in note.entities if e.kind == kind and e.text in shown))


def _one_kind(kind: str, platform: Platform, rng: random.Random) -> Iterator[Draft]:
    for note in platform.notes:
        found = entities_of(note, kind)
        if len(found) == 1:
            yield Draft(
                language=note.language,
                slots={"text": text_of(note)},
                answers=(found[0],),
                templates=note_templates(note),
                units=note_units(note),
            )


def _any_kind(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """Two kinds asked at once, one of which the text may lack."""
    kinds = sorted({entity.kind for note in platform.notes for entity in note.entities})
    for note in platform.notes:
        own = sorted({e.kind for e in note.entities if entities_of(note, e.kind)})
        if not own or len(kinds) < 2:
            continue
        first = rng.choice(own)
        second = rng.choice([kind for kind in kinds if kind != first])
        asked = [first, second]
        rng.shuffle(asked)
        found = [name for kind in asked for name in entities_of(note, kind)]
        yield Draft(
            language=note.language,
            slots={
                "text": text_of(note),
                "first": say(asked[0], note.language),
                "second": say(asked[1], note.language),
            },
            answers=(", ".join(found),),
            templates=note_templates(note),
            units=note_units(note),
        )


def _one_kind_task(kind: str, title: Mapping[str, str], asked: Mapping[str, tuple[str, ...]]) -> Task:
    return Task(
        id=kind,
        capability="extraction",
        suite="sns",
        title=title,
        prompts=asked,
        answer="text",
        parser="span",
        reward=rewards.EXACT,
        metric="exact match",
        needs=("notes.entities",),
        truth="label",
        negatives="names of other kinds in the same text",
        build=partial(_one_kind, kind),
        max_share=0.5,
    )


ENTITIES = (
    Task(
        id="ner",
        capability="extraction",
        suite="sns",
        title={"en": "Names of two kinds", "zh": "实体识别"},
        prompts={
            "en": (
                "{text}\nEvery {first} and {second}:",
                "List each {first} and {second} in: {text}",
                "{text}\nList all of {first} and {second}:",
            ),
            "zh": (
                "{text}\n所有{first}和{second}：",
                "列出文中的{first}和{second}：{text}",
                "{text}\n哪些是{first}或{second}？",
            ),
        },
        answer="list",
        parser="list",
        reward=rewards.LIST_F1,
        metric="F1",
        needs=("notes.entities",),
        truth="label",
        negatives="names of kinds that were not asked for",
        build=_any_kind,
    ),
    _one_kind_task(
        "price",
        {"en": "Price in a note", "zh": "价格抽取"},
        {
            "en": ("{text}\nPrice:", "Copy the price from: {text}", "{text}\nWhat is the price?"),
            "zh": ("{text}\n价格：", "找出价格：{text}", "{text}\n价格是什么？"),
        },
    ),
    _one_kind_task(
        "place",
        {"en": "Place in a note", "zh": "地点抽取"},
        {
            "en": ("{text}\nPlace:", "Copy the place from: {text}", "{text}\nWhat is the place?"),
            "zh": ("{text}\n地点：", "找出地点：{text}", "{text}\n地点是什么？"),
        },
    ),
    _one_kind_task(
        "brand",
        {"en": "Brand in a note", "zh": "品牌抽取"},
        {
            "en": ("{text}\nBrand:", "Copy the brand from: {text}", "{text}\nWhat is the brand?"),
            "zh": ("{text}\n品牌：", "找出品牌：{text}", "{text}\n品牌是什么？"),
        },
    ),
    _one_kind_task(
        "product",
        {"en": "Product in a note", "zh": "产品抽取"},
        {
            "en": ("{text}\nProduct:", "Copy the product from: {text}", "{text}\nWhat is the product?"),
            "zh": ("{text}\n产品：", "找出产品：{text}", "{text}\n产品是什么？"),
        },
    ),
)
