"""The quality model learns its labels; planted benchmark items are found, exact, edited, answered, translated."""

import random
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from redone.corpus.settings.steps import QualitySettings
from redone.corpus.steps.benchmark_index import BenchmarkIndex, BenchmarkText
from redone.corpus.steps.decontaminate import Decontaminate
from redone.corpus.steps.labelling import char_ngram_losses
from redone.corpus.steps.quality import Quality, QualityModel, threshold_report, train_quality
from redone.errors import UserError

WORDS = [
    *"今天咖啡很好喝推荐大家周末去公园散步",
    "the ",
    "coffee ",
    "was ",
    "great ",
    "and ",
    "we ",
    "walked ",
    "home ",
]
SMALL = QualitySettings(sample=600, buckets_log2=14, epochs=4, from_chars=5)


def posts(count: int, seed: int = 0) -> list[str]:
    rng = random.Random(seed)
    return ["".join(rng.choices(WORDS, k=rng.randint(6, 14))) for _ in range(count)]


def noise(count: int, seed: int = 0) -> list[str]:
    rng = random.Random(seed)
    return ["".join(chr(rng.randint(0x4E00, 0x9000)) for _ in range(30)) for _ in range(count)]


def table(texts: list[str]) -> pl.DataFrame:
    return pl.DataFrame({"id": [str(i) for i in range(len(texts))], "text": texts}).with_columns(
        source=pl.lit("s")
    )


def test_noise_is_below_the_threshold_and_the_model_survives_saving(tmp_path: Path) -> None:
    texts = posts(500) + noise(50)
    model = train_quality(pl.Series(texts), SMALL)
    assert model.fit > 0.6
    model.save(tmp_path / "quality.safetensors")
    again = QualityModel.load(tmp_path / "quality.safetensors")
    result = Quality(again, SMALL.model_copy(update={"threshold": 0.12})).run(
        table(posts(200, 1) + noise(20, 1))
    )
    dropped = {int(row) for row in result.dropped["id"]}
    assert len(dropped & set(range(200, 220))) >= 18
    assert len(dropped & set(range(200))) <= 20
    assert np.array_equal(model.score(pl.Series(texts)), again.score(pl.Series(texts)))


def test_training_twice_gives_the_same_model() -> None:
    one, two = (train_quality(pl.Series(posts(100)), SMALL) for _ in range(2))
    assert np.array_equal(one.weights, two.weights)


def test_the_labeller_is_whatever_the_run_passes_in() -> None:
    model = train_quality(
        pl.Series(posts(300)), SMALL, lambda texts: np.array([float("the" in t) for t in texts])
    )
    low, high = model.score(pl.Series(["the the the coffee", "今天咖啡很好喝推荐大家"]))
    assert low < high
    with pytest.raises(UserError, match="labeller"):
        train_quality(pl.Series(posts(30)), SMALL, lambda texts: np.zeros(3))


def test_the_report_shows_both_sides_of_a_threshold() -> None:
    rows = table(posts(100))
    report = threshold_report(rows, train_quality(rows["text"], SMALL), thresholds=(0.2,), shown=3)
    assert len(report[0]["just_below"]) == len(report[0]["just_above"]) == 3
    assert sum(report[0]["by_source"].values()) == report[0]["dropped"] > 0


def test_a_damaged_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "q").write_bytes(b"nothing")
    with pytest.raises(UserError, match="quality model"):
        QualityModel.load(tmp_path / "q")


def test_usual_text_has_the_lower_loss() -> None:
    losses = char_ngram_losses(posts(200) + noise(20))
    assert losses[:200].mean() < losses[200:].mean()


QUESTION = "小红书上如何判断一篇探店笔记是不是广告？请从标题、图片和评论区三个方面说明你的理由，并给出例子。"
ANSWER = (
    "首先看标题是否使用夸张的词语，其次看图片是否过度修饰，最后看评论区是否有大量重复的好评，例如连续的句子。"
)
SIDE = (
    "How do you tell whether a restaurant post is an advertisement? Explain it by the title and the pictures."
)


@pytest.fixture(scope="module")
def step() -> Decontaminate:
    return Decontaminate(
        BenchmarkIndex(
            [
                BenchmarkText("bench", 0, "question", QUESTION),
                BenchmarkText("bench", 0, "answer", ANSWER),
                BenchmarkText("trans", 4, "translation", SIDE),
                BenchmarkText("short", 7, "question", "这家咖啡店好不好喝呀"),
                BenchmarkText("short", 8, "answer", "好喝"),
            ]
        )
    )


@pytest.mark.parametrize(
    ("text", "how"),
    [
        (QUESTION, "equal"),
        (f"转发 // {QUESTION} 大家怎么看😂", "exact"),
        (QUESTION.replace("探店", "旅游").replace("例子", "实例"), "near"),
        (" ".join(QUESTION), "equal"),
        (f"我觉得吧，{ANSWER}", "answer"),
        (SIDE.upper() + " 求翻译", "translation"),
        ("这家咖啡店，好不好喝呀？", "equal"),
    ],
)
def test_a_planted_item_is_found(step: Decontaminate, text: str, how: str) -> None:
    result = step.run(table(["好喝", text, "周末快乐"]))
    assert result.dropped["id"].to_list() == ["1"]
    assert result.dropped["reason"].to_list() == [f"decontaminate.{how}"]
    assert result.counters[f"decontaminate.{how}"] == 1


def test_clean_posts_stay(step: Decontaminate) -> None:
    texts = [
        *posts(500),
        *noise(100),
        "今天看了一篇探店笔记，写得真好，请给出一个例子",
        "",
        "😂" * 50,
        "好喝",
    ]
    assert len(step.run(table(texts)).dropped) == 0


def test_an_index_of_nothing_finds_nothing() -> None:
    assert len(Decontaminate(BenchmarkIndex([])).run(table(posts(10))).dropped) == 0
