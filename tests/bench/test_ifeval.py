import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redone.bench.general.ifeval import checks, score
from redone.bench.general.ifeval.checks import CHECKS, followed
from redone.bench.general.ifeval.language import detect
from redone.bench.general.ifeval.score import loose_forms
from redone.bench.general.ifeval.sentences import count_capital_words, count_sentences
from redone.bench.sets import Item
from redone.errors import UserError

# One answer that follows each instruction and one that does not.
CASES = [
    ("keywords:existence", {"keywords": ["Tea", "milk"]}, "MILK and tea", "tea"),
    ("keywords:frequency", {"keyword": "a", "frequency": 2, "relation": "at least"}, "a A", "x a"),
    ("keywords:forbidden_words", {"forbidden_words": ["rock"]}, "rocks", "A Rock."),
    ("keywords:letter_frequency", {"letter": "#", "let_frequency": 2, "let_relation": "at least"}, "##", "#"),
    ("language:response_language", {"language": "de"}, "Das ist nicht der Hund", "That is not the dog"),
    (
        "length_constraints:number_sentences",
        {"num_sentences": 2, "relation": "less than"},
        "One.",
        "One. Two.",
    ),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 2}, "a\n***\nb", "a\n***\n***\nb"),
    ("length_constraints:number_words", {"num_words": 3, "relation": "at least"}, "a b c", "a b"),
    (
        "length_constraints:nth_paragraph_first_word",
        {"first_word": "Weekend", "num_paragraphs": 2, "nth_paragraph": 2},
        "a\n\n'weekend, b",
        "weekend\n\nb",
    ),
    ("detectable_content:number_placeholders", {"num_placeholders": 2}, "[a] [b]", "[a]"),
    ("detectable_content:postscript", {"postscript_marker": "P.P.S"}, "x\np. p. s hi", "x\nP.S. hi"),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "* a\n- b", "* a"),
    ("detectable_format:constrained_response", {}, "My answer is maybe.", "maybe"),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 2}, "*a* and *b*", "*a* and **"),
    (
        "detectable_format:multiple_sections",
        {"section_spliter": "SECTION", "num_sections": 2},
        "SECTION 1\na\nSECTION 2\nb",
        "SECTION 1\na",
    ),
    ("detectable_format:json_format", {}, '```json\n{"a": 1}\n```', "{a: 1}"),
    ("detectable_format:title", {}, "<<t>> x", "<<>> x"),
    ("combination:two_responses", {}, "a******b", "a******a"),
    ("combination:repeat_prompt", {"prompt_to_repeat": "Say hi."}, "say hi. Hi!", "Hi! Say hi."),
    ("startend:end_checker", {"end_phrase": "The end."}, 'so "the end."', "The end. x"),
    ("startend:quotation", {}, ' "a" ', '"a'),
    (
        "change_case:capital_word_frequency",
        {"capital_frequency": 2, "capital_relation": "at least"},
        "NASA and ESA",
        "NASA and esa",
    ),
    ("change_case:english_capital", {}, "THE DOG IS HERE", "The dog"),
    ("change_case:english_lowercase", {}, "the dog is here", "The dog"),
    ("punctuation:no_comma", {}, "a b", "a, b"),
]


def test_there_are_twenty_five_kinds() -> None:
    assert {kind for kind, *_ in CASES} == set(CHECKS)
    assert len(CHECKS) == 25


@pytest.mark.parametrize(("kind", "arguments", "good", "bad"), CASES, ids=[c[0] for c in CASES])
def test_each_kind_tells_followed_from_not(kind, arguments, good, bad) -> None:
    assert followed(kind, arguments, good)
    assert not followed(kind, arguments, bad)
    assert not followed(kind, arguments, "  \n")


def test_four_numbers() -> None:
    rows = [
        {"instruction_id_list": ["punctuation:no_comma", "detectable_format:title"], "kwargs": [{}, {}]},
        {"instruction_id_list": ["change_case:english_lowercase"], "kwargs": [{}]},
    ]
    items = [Item(index=at, row=row) for at, row in enumerate(rows)]
    values = score(items, ["Sure, here:\n<<t>> the answer", "the dog is here"], "paper").values()
    assert values["prompt-strict"] == 50.0
    assert values["instruction-strict"] == pytest.approx(200 / 3)
    assert values["prompt-loose"] == 100.0
    assert values["instruction-loose"] == 100.0


def test_loose_forms_drop_lines_and_stars() -> None:
    assert loose_forms("a\n*b*\nc") == [
        "a\n*b*\nc",
        "*b*\nc",
        "a\n*b*",
        "*b*",
        "a\nb\nc",
        "b\nc",
        "a\nb",
        "b",
    ]


def test_what_upstream_never_has_is_an_error() -> None:
    with pytest.raises(UserError, match="'x:y' is unknown"):
        followed("x:y", {}, "a")
    with pytest.raises(UserError, match="with arguments"):
        followed("punctuation:no_comma", {"x": 1}, "a")
    with pytest.raises(UserError, match="relation 'more'"):
        followed("length_constraints:number_words", {"num_words": 1, "relation": "more"}, "a")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "This is what we have for you and the others"),
        ("zh", "今天天气很好"),
        ("ja", "これはペンです"),
        ("ko", "안녕하세요 여러분"),
        ("hi", "यह एक किताब है और मैं पढ़ रहा हूँ"),
        ("mr", "हे पुस्तक आहे आणि मी वाचत आहे"),
        ("ne", "यो किताब हो र म पढ्दै छु भएको छ"),
        ("kn", "ನಮಸ್ಕಾರ"), ("te", "నమస్కారం"), ("ta", "வணக்கம்"), ("gu", "નમસ્તે"), ("pa", "ਸਤ ਸ੍ਰੀ ਅਕਾਲ"),
        ("bn", "নমস্কার"), ("th", "สวัสดีครับ"),
        ("ru", "это было не так, и мы не знали что делать"),
        ("bg", "това е нашата къща и ще си отидем на море"),
        ("ar", "هذا هو الكتاب الذي كان في البيت"),
        ("fa", "این کتاب که در خانه است را می‌خوانم"),
        ("ur", "یہ کتاب گھر میں ہے اور میں پڑھ رہا ہوں"),
        ("pt", "Não sei o que é isso, mas uma pessoa me disse"),
        ("it", "Non so che cosa è, ma il libro della casa"),
        ("fi", "En tiedä mitä se on, mutta hän oli täällä ja minä olen"),
        ("vi", "Tôi không biết đó là gì nhưng những người này đã có"),
        ("sw", "Habari ya leo, watu wa nchi hii ni wengi sana katika mji"),
        (None, "123 !?"),
    ],
)  # fmt: skip
def test_languages(language, text) -> None:
    assert detect(text) == language


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("One. Two! Three?", 3),
        ("Dr. Smith has 3.5 apples.", 1),
        ("J. R. Hartley wrote it. Yes", 2),
        ("Wait... what? No", 2),
        ("e.g. this one", 1),
        ("", 0),
        ('He said "Go." Then he left.', 2),
    ],
)
def test_sentences(text, count) -> None:
    assert count_sentences(text) == count


def test_capital_words() -> None:
    assert count_capital_words("NASA's A-B U.S. lower Mixed WELL-KNOWN 2024") == 3


def test_every_public_instruction_can_be_checked(real) -> None:
    from redone.bench.catalogue import bench_sets

    bench_set = bench_sets()["ifeval"]
    items = bench_set.load(real).items
    assert sum(len(item.row["instruction_id_list"]) for item in items) == 834
    values = bench_set.score(items, [item.row["prompt"] for item in items], "fixed").values()
    assert 0 < values["prompt-strict"] <= values["prompt-loose"] < 100


@given(st.text("*-\n \tab\u2028", max_size=20))
def test_bullets_are_counted_as_by_the_pattern_that_looks_back_over_blank_lines(text: str) -> None:
    found = [len(re.findall(rf"^\s*{mark}.*$", text, re.MULTILINE)) for mark in (r"\*[^\*]", "-")]
    assert checks.number_bullet_lists(text, num_bullets=sum(found))


@given(st.text("[]a \n", max_size=16))
def test_placeholders_are_counted_as_by_the_pattern_that_starts_at_the_first_bracket(text: str) -> None:
    found = len(re.findall(r"\[.*?\]", text))
    assert checks.number_placeholders(text, num_placeholders=found)
    assert not checks.number_placeholders(text, num_placeholders=found + 1)
