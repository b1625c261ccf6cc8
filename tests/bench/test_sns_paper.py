import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redone.bench.catalogue import bench_sets
from redone.bench.sets import Item
from redone.bench.sns_bench import overlap
from redone.bench.sns_bench import paper_reading as read
from redone.bench.sns_bench.paper_mrc import option_scores
from redone.bench.sns_bench.words import scorer_words, without_emoji

SIGNS = "ab .,。，[]\"'\\<>\n中文字😀👍🏽1️⃣❤️\ufe0f\ufffd\u3000-123=|`jsonend"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Answer: Camping", "Camping"),
        ("Trends", "Tr"),
        ("Weekend trips", "Week"),
        ("The im_end", "The"),
        ("Food, drink", "Food"),
        ("a<b", "a"),
        ("AnsAnswer:wer: x", "Answer: x"),
        ("", ""),
        ("\n x", "x"),
    ],
)
def test_one_label_is_read_with_the_known_defects(text, found) -> None:
    assert read.label(text) == found


def test_the_bare_word_end_does_not_cut_yes_and_no() -> None:
    assert read.word("Yes, in the end") == "Yes"
    assert read.word("Noendofresponse") == "No"
    assert read.word("End") == "End"


@pytest.mark.parametrize(
    ("text", "level"),
    [("10", "1"), ("0.5", "0"), ("\u22121", "1"), ("1\ufe0f\u20e3", "1"), ("four", None), ("-1", "-1")],
)
def test_levels_are_the_first_digit_anywhere(text, level) -> None:
    assert read.level(text) == level


def test_blank_pieces_count_as_one_item() -> None:
    assert read.comma_set("a, , b") == {"a", "", "b"}
    assert read.comma_set("a,,b,") == {"a", "b"}
    assert read.comma_set("a<b, c") == {"a"}


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ('["a", "b"]', "a\nb"),
        ("[]", ""),
        ('("a", "b")', "a\nb"),
        ('"ab"', "a\nb"),
        ('[1] ["a"]', None),
        ("[doge]", None),
        ('[["a"]]', "a"),
        ("no list", None),
        ("", None),
        ("[" * 5000, None),
        ('["\\ud800"', None),
        ("__import__('os').getcwd()", None),
        ("['a', 1]", None),
        ("['a', None]", None),
        ("[b'a']", None),
        ("b'ab'", None),
        ("{'a': 1, 'b': 2}", "a\nb"),
        ("set()", ""),
        ("()", ""),
        ("...", None),
        ("1_000", None),
        ("1j", None),
        ("nan", None),
        ("True", None),
        ("[“a”]", None),
        ("［'a'］", None),
        ("['a' 'b',]", "ab"),
        ("['a']\n['b']", "a"),
        ('```json\n["a"]\n```', "a"),
        ("['a\nb']", None),
        ('["""a\nb"""]', "a\nb"),
        (r"['\N{NOPE}']", None),
        (r"['\x4']", None),
        (r"['\ud800']", "\ud800"),
        ("['\ud83d']", None),
        ("['a\x00']", None),
        ("\ufeff'ab'", None),
        ("'a' # b", "a"),
        ("-" * 100_000 + "1", None),
        ("(" * 300 + "'ab'" + ")" * 300, None),
        ("9" * 5000, None),
        ("'a'+" * 3000 + "'a'", None),
    ],
)
def test_lists_are_the_first_brackets_without_inner_ones(text, joined) -> None:
    assert read.joined_list(text) == joined


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("<Result>[]</Result>", []),
        ("<Result></Result><Result>[]</Result>", None),
        ('<Result>[{"Option": "a", "Reason": "x"}, {"Option": "a", "Reason": "y"}]</Result>', ["a"]),
        ('<Result>```json\n[{"Option": "a", "Reason": ""}]\n```</Result>', ["a"]),
        ('<Result>[{"Option": 1, "Reason": ""}]</Result>', None),
        ('<Result>[{"Option": "a"}]</Result>', None),
        ("<Result>[]", None),
        ("<Result>" * 100_000, None),
        ("<Result>" + "[" * 50_000 + "</Result>", None),
        ('<Result>[]</Result><Result>[{"Option": null, "Reason": ""}]</Result>', None),
        ('<Result>["Option Reason"]</Result>', None),
        ('<Result>[["Option", "Reason"]]</Result>', None),
        ('<Result>{"Option": "a", "Reason": ""}</Result>', None),
        ('<Result>[{"Option": "a", "Reason": "", "x": NaN}]</Result>', ["a"]),
        ("<Result>[{'Option': 'a', 'Reason': ''}]</Result>", None),
        ('<Result>x<Result>[{"Option": "a", "Reason": ""}]</Result>', None),
        ('<Result>[{"Option": "a", "Reason": ""}]</Result>]', ["a"]),
        ("<Result>json[]```</Result>", []),
    ],
)
def test_result_blocks(text, options) -> None:
    assert read.options(text) == options


def test_options_in_english_agree_as_a_whole_or_not_at_all() -> None:
    assert option_scores(["Red Lip"], ["red lip"]) == (1.0, 1.0)
    assert option_scores(["Red Lip"], ["Red Lip 2"]) == (0.0, 0.0)
    f1, em = option_scores(["中文字"], ["中文"])
    assert (round(f1, 3), em) == (0.8, 0.0)


def test_bleu_and_rouge_equal_the_packages() -> None:
    bleu = pytest.importorskip("nltk.translate.bleu_score")
    rouge = pytest.importorskip("rouge").Rouge()
    generator = random.Random(5)
    for _ in range(150):
        words = ["a", "b", "c", "的", "。", ".", "d e", "😀"]
        texts = [[generator.choice(words) for _ in range(generator.randint(1, 30))] for _ in range(2)]
        found, gold = (" ".join(text) for text in texts)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bleu.warnings, "warn", lambda *_: None)
            wanted = bleu.sentence_bleu([texts[1]], texts[0])
        assert overlap.sentence_bleu(texts[1], texts[0]) == pytest.approx(wanted, abs=1e-12)
        scores = overlap.rouge(found, gold)
        if scores is None:
            continue
        (theirs,) = rouge.get_scores(found, gold)
        wanted = [theirs[name]["f"] for name in ("rouge-1", "rouge-2", "rouge-l")]
        assert scores == pytest.approx(wanted, abs=1e-12)


@given(st.text(alphabet=SIGNS, max_size=60))
@settings(max_examples=100, deadline=None)
def test_emoji_are_removed_as_by_the_package(text) -> None:
    demoji = pytest.importorskip("demoji")
    assert without_emoji(text) == demoji.replace(text)


def test_spaces_are_words_and_line_ends_are_not() -> None:
    assert scorer_words("a b\n😀") == ("a", " ", "b")


@given(
    st.lists(st.text(alphabet=SIGNS, max_size=40), min_size=5, max_size=5),
    st.sampled_from(["paper", "fixed"]),
)
@settings(max_examples=60, deadline=None)
def test_no_output_whatever_breaks_a_scorer(made_rows, outputs, mode) -> None:
    for name, rows in made_rows.items():
        items = [Item(index=at, row=row) for at, row in enumerate(rows)]
        tally = bench_sets()[name].score(items, outputs[: len(items)], mode)
        assert 0 <= tally.score() <= 100
        assert ((tally.credit >= 0) & (tally.credit <= 1)).all()


SENTENCES = st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=6), min_size=1, max_size=5)


@given(SENTENCES, SENTENCES)
@settings(max_examples=200, deadline=None)
def test_pairs_that_are_passed_over_would_add_nothing(left: list[list[str]], right: list[list[str]]) -> None:
    every = set().union(*(overlap._common(gold, found) for gold in right for found in left))
    assert overlap._in_some_pair(left, right) == every


def test_thousands_of_sentences_cost_no_table_each(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = []
    plain = overlap._common
    monkeypatch.setattr(overlap, "_common", lambda *pair: tables.append(1) or plain(*pair))
    found = ".".join(f" the answer is {number}" for number in range(20_000))
    assert overlap.rouge(found, "the answer is seven. so it is") is not None
    assert len(tables) < 10
