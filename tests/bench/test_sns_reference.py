"""The public files: counts, hashes, and the documented scores of perfect and trivial models."""

import pytest

from redone.bench.catalogue import bench_sets
from redone.bench.sns_bench import SNS_BENCH
from redone.bench.transbench import SNS_TRANSBENCH
from redone.bench.transbench.score import source_text

# Gold as prediction and trivial models in `paper` mode, to the second decimal.
DOCUMENTED = {
    "Note-Taxonomy-single": (98.01, {"first candidate": 15.02}),
    "Note-Taxonomy-multiple": (95.125, {}),
    "Note-Hashtag-single": (96.00, {"first candidate": 25.00}),
    "Note-Hashtag-multiple": (100.0, {"all candidates": 44.54}),
    "Note-QueryCorr-explain": (100.0, {"always Yes": 54.17}),
    "Note-QueryCorr-topic": (99.99999, {"always -1": 7.61, "always 3": 7.11}),
    "Note-MRC-simple": (94.25, {"always []": 0.00}),
    "Note-MRC-complex": (100.0, {"always []": 46.11}),
    "Note-NER": (100.0, {}),
    "Note-Gender": (100.0, {"always No": 50.78, "always Yes": 49.22}),
    "Note-CHLW": (100.0, {"always []": 67.64}),
    "Note-QueryGen": (100.0, {}),
}


@pytest.mark.parametrize("name", DOCUMENTED)
def test_documented_scores_come_out(name, real) -> None:
    bench_set = bench_sets()[name]
    loaded = bench_set.load(real)
    assert (len(loaded.items), loaded.sha256) == (bench_set.items, bench_set.sha256)
    gold = [bench_set.gold(item) for item in loaded.items]
    ceiling, trivial = DOCUMENTED[name]
    assert bench_set.score(loaded.items, gold, "paper").score() == pytest.approx(ceiling, abs=0.005)
    assert bench_set.score(loaded.items, gold, "fixed").score() == pytest.approx(100.0, abs=1e-9)
    outputs = bench_set.trivial(loaded.items)
    for model, value in trivial.items():
        assert bench_set.score(loaded.items, outputs[model], "paper").score() == pytest.approx(
            value, abs=0.005
        )


def test_a_constant_empty_list_gets_nothing_on_highlights_once_corrected(real) -> None:
    bench_set = bench_sets()["Note-CHLW"]
    items = bench_set.load(real).items
    values = bench_set.score(items, ["[]"] * len(items), "fixed").values()
    assert values["f1"] == 0
    assert values["nothing-agreement"] == 100


def test_translation_checks_come_out(real) -> None:
    (bench_set,) = SNS_TRANSBENCH
    loaded = bench_set.load(real)
    assert (len(loaded.items), loaded.sha256) == (bench_set.items, bench_set.sha256)
    copied = bench_set.score(loaded.items, [source_text(i) for i in loaded.items], "paper").values()
    documented = {"zh-en/bleu": 2.30, "zh-en/chrf": 3.57, "en-zh/bleu": 2.65, "en-zh/chrf": 3.45}
    assert {name: round(copied[name], 2) for name in documented} == documented
    gold = bench_set.score(loaded.items, [bench_set.gold(i) for i in loaded.items], "paper").values()
    assert all(value == pytest.approx(100.0) for value in gold.values())


def test_six_thousand_six_hundred_and_fifty_eight_items() -> None:
    assert sum(s.items for s in SNS_BENCH) == 6658
    assert len({s.task for s in SNS_BENCH}) == 8
