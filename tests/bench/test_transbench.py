import pytest

from redone.bench.catalogue import bench_sets
from redone.bench.sets import Item
from redone.bench.transbench.score import segment_bleu, translation_tally


def test_both_directions_are_averaged_and_lines_are_kept(made) -> None:
    bench_set = bench_sets()["RedTrans-Bench"]
    items = bench_set.load(made).items
    gold = [bench_set.gold(item) for item in items]
    values = bench_set.score(items, gold, "fixed").values()
    assert values["mean"] == pytest.approx(100.0)
    assert values["zh-en/corpus-chrf++"] == pytest.approx(100.0)
    cut = bench_set.score(items, [gold[0].split("\n")[0], *gold[1:]], "fixed").values()
    assert cut["zh-en/bleu"] < 100
    parts = [cut[f"{pair}/{metric}"] for pair in ("zh-en", "en-zh") for metric in ("bleu", "chrf")]
    assert cut["mean"] == pytest.approx(sum(parts) / 4)


@pytest.mark.parametrize("text", ["😀", "。", "", " ", "ＡＢ", "同 同 同", "é\u0301"])
@pytest.mark.parametrize("target", ["zh", "en"])
def test_identical_segments_score_the_maximum(text, target) -> None:
    assert segment_bleu(target, text, text) == 100.0
    tally = translation_tally(["p"], [target], [text], [text])
    assert tally.score() == 100.0


def test_an_unknown_direction_is_named(tmp_path) -> None:
    from redone.errors import UserError

    (tmp_path / "RedTrans-Bench.json").write_text(
        '[{"en": "a", "zh": "b", "src_lang": "en", "dst_lang": "fr"}]'
    )
    with pytest.raises(UserError, match="'en-fr'"):
        bench_sets()["RedTrans-Bench"].load(tmp_path)


def test_items_of_one_direction_only_are_scored() -> None:
    bench_set = bench_sets()["RedTrans-Bench"]
    row = {"en": "a", "zh": "甲", "src_lang": "en", "dst_lang": "zh"}
    assert bench_set.score([Item(index=0, row=row, group="en-zh")], ["甲"], "paper").score() == 100.0
