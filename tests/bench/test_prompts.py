import re

import pytest

from redone.bench.catalogue import bench_sets
from redone.bench.prompts import LANGUAGES, prompt_book, prompt_for
from redone.bench.sets import SUITES, Item
from redone.errors import UserError


@pytest.mark.parametrize("suite", SUITES)
def test_every_prompt_is_there_in_both_languages(suite) -> None:
    book = prompt_book(suite)
    assert re.fullmatch(r"1-[0-9a-f]{8}", book.version)
    for texts in book.sets.values():
        assert set(texts) == set(LANGUAGES)
        assert all(text["user"] for text in texts.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_hole_of_sns_bench_is_filled(language, made_rows) -> None:
    for name, rows in made_rows.items():
        messages = prompt_for(bench_sets()[name], Item(index=0, row=rows[0]), language)
        assert [m.role for m in messages] == ["system", "user"]
        assert not re.search(r"\{[a-z_]+\}", "".join(m.content for m in messages))


def test_braces_of_an_item_stay_as_they_are(made_rows) -> None:
    row = made_rows["Note-NER"][0] | {"content": "{question} {x}"}
    messages = prompt_for(bench_sets()["Note-NER"], Item(index=0, row=row))
    assert "Passage: {question} {x}" in messages[-1].content


def test_choices_get_letters() -> None:
    row = {"question": "q", "options": ["a", "b", "c"], "answer": "A"}
    (message,) = prompt_for(bench_sets()["mmlu-pro"], Item(index=0, row=row))
    assert "C. c" in message.content
    assert "one letter of A, B, C" in message.content
    (message,) = prompt_for(bench_sets()["cmmlu"], Item(index=0, row=row))
    assert "答案：X" in message.content


def test_translation_prompts_name_the_languages(made) -> None:
    bench_set = bench_sets()["RedTrans-Bench"]
    system, user = prompt_for(bench_set, bench_set.load(made).items[0])
    assert "from Chinese into English" in system.content
    assert user.content == "2套西装3000块 🙀\n真的"


def test_an_unknown_language_is_refused(made_rows) -> None:
    with pytest.raises(UserError, match="choose from en, zh"):
        prompt_for(bench_sets()["Note-NER"], Item(index=0, row=made_rows["Note-NER"][0]), "fr")


def test_every_public_item_has_a_prompt(real) -> None:
    for bench_set in bench_sets().values():
        try:
            loaded = bench_set.load(real)
        except UserError:
            continue
        for language in LANGUAGES:
            text = "".join(m.content for m in prompt_for(bench_set, loaded.items[0], language))
            assert not re.search(r"\{[a-z_]+\}", text), bench_set.id
