import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redone.bench.catalogue import bench_sets
from redone.bench.sets import Item
from redone.bench.sns_bench import fixed_reading as read


def items_of(rows):
    return [Item(index=at, row=row) for at, row in enumerate(rows)]


def test_gold_gets_everything_on_every_file(made_rows) -> None:
    for name, rows in made_rows.items():
        bench_set, items = bench_sets()[name], items_of(rows)
        gold = [bench_set.gold(item) for item in items]
        assert bench_set.score(items, gold, "fixed").score() == pytest.approx(100.0), name


def test_paper_mode_cannot_give_everything_where_a_label_holds_end_or_a_stop(made_rows) -> None:
    for name, ceiling in (("Note-Taxonomy-single", 50.0), ("Note-Hashtag-single", 0.0)):
        bench_set, items = bench_sets()[name], items_of(made_rows[name])
        gold = [bench_set.gold(item) for item in items]
        assert bench_set.score(items, gold, "paper").score() == ceiling


@pytest.mark.parametrize(
    ("name", "field"), [("Note-Gender", None), ("Note-Hashtag-single", "answer"), ("Note-NER", "answer")]
)
@pytest.mark.parametrize("gold", ["Ｔｒｅｎｄｓ", "火锅🍲", "emoji 😀 mixed 中文", "a.b", "end", "Weekend"])
def test_identical_strings_score_the_maximum(name, field, gold, made_rows) -> None:
    row = made_rows[name][0] | ({"answer": gold} if field else {})
    for mode in ("fixed", "paper") if field is None else ("fixed",):
        tally = bench_sets()[name].score(items_of([row]), [row["answer"]], mode)
        assert tally.score() == pytest.approx(100.0, abs=0.01)


def test_a_leading_word_is_removed_in_one_pass() -> None:
    assert read.plain("** Final answer ** : x") == "x"
    assert read.plain("> \n# Output\n:\n y") == "y"
    assert read.plain("answers: x") == "answers: x"
    for text in ("\n" * 200_000, "- " * 100_000 + "x", "answer" + " " * 200_000):
        assert len(read.plain(text)) <= len(text)


@given(st.text(alphabet="中文 abＡ😀。.,[]\"'\\", min_size=1, max_size=30))
@settings(max_examples=80, deadline=None)
def test_identical_reading_answers_score_the_maximum(text) -> None:
    bench_set = bench_sets()["Note-MRC-simple"]
    items = items_of([{"answer": [text] if text.strip() else []}])
    assert bench_set.score(items, [bench_set.gold(items[0])], "fixed").score() == pytest.approx(100.0)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Yes.", "yes"),
        ("**Answer:** No", "no"),
        ("答案：是", "yes"),
        ("Yes or no", ""),
        ("maybe", ""),
        ("", ""),
        ("I think\nNo, because yes", ""),
        ("Nothing here. Yes", "yes"),
    ],
)
def test_yes_and_no(text, word) -> None:
    assert read.yes_no(text) == word


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("2", "2"),
        ("Level: -1", "-1"),
        ("\u22121", "-1"),
        ("10", None),
        ("0.5", None),
        ("2 or 3", None),
        ("3.", "3"),
        ("2.0", "2"),
    ],
)
def test_levels_are_whole_numbers_of_the_scale(text, level) -> None:
    assert read.level(text, ("-1", "0", "1", "2", "3")) == level


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ('["在三楼 [doge]"]', ["在三楼 [doge]"]),
        ('```json\n["a"]\n```', ["a"]),
        ("The list is ['it\\'s', \"b\"].", ["it's", "b"]),
        ("[]", []),
        ("[1]", None),
        ("none", None),
    ],
)
def test_lists_may_hold_brackets(text, items) -> None:
    assert read.string_list(text) == items


def test_repeated_labels_gain_nothing(made_rows) -> None:
    bench_set, items = bench_sets()["Note-NER"], items_of(made_rows["Note-NER"])
    assert bench_set.score(items, ["A, A, A"], "fixed").values()["recall"] == 50.0
    assert bench_set.score(items, ["A, A, A"], "fixed").values()["precision"] == 100.0


def test_an_unreadable_answer_is_wrong_once(made_rows) -> None:
    bench_set, items = bench_sets()["Note-MRC-simple"], items_of(made_rows["Note-MRC-simple"])
    gold = [bench_set.gold(item) for item in items]
    tally = bench_set.score(items, [gold[0], gold[1], "not a list"], "fixed")
    assert tally.unread == 1
    assert tally.values()["bleu"] == 100.0
    assert tally.values()["f1"] == pytest.approx(80.0)
