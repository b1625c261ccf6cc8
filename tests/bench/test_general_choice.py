import io
import json
import tarfile

import pytest

from redone.bench.catalogue import bench_sets
from redone.bench.general.letters import first_marked, first_marked_zh, read_letter
from redone.errors import UserError


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("ANSWER: B", "B"),
        ("The answer is (C).", "C"),
        ("答案：D", "D"),
        ("所以应选 A", None),
        ("正确答案是B。", "B"),
        ("\\boxed{C}", "C"),
        ("B", "B"),
        ("B. because of A", "B"),
        ("First ANSWER: A, but no. ANSWER: D", "D"),
        ("**Answer:** **B**", "B"),
        ("Answer: Apples", None),
        ("", None),
        ("(A) or (B)", None),
    ],
)
def test_letters_that_an_answer_settles_on(text, letter) -> None:
    assert read_letter(text, "ABCD") == letter


def test_letters_as_opencompass_reads_them() -> None:
    assert first_marked("answer: b then ANSWER: C", "ABCD") == "B"
    assert first_marked("The answer is B", "ABCD") is None
    assert first_marked_zh("答案 ： （C）", "ABCD") == "C"


def archive(path, files):
    with tarfile.open(path, "w:gz") as tar:
        for name, text in files.items():
            data = text.encode()
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


def test_mmlu_from_an_archive_and_from_folders(tmp_path) -> None:
    head = "question,choice0,choice1,choice2,choice3,answer\n"
    files = {
        "test/art_test.csv": f'{head}"What, is\nit?",a,b,c,d,2\nx,a,b,c,d,0\n',
        "test/sea_test.csv": f"{head}y,a,b,c,d,3\n",
        "dev/art_dev.csv": f"{head}no,a,b,c,d,0\n",
    }
    archive(tmp_path / "mmlu-dev-test.tar.gz", files)
    bench_set = bench_sets()["mmlu"]
    loaded = bench_set.load(tmp_path)
    assert [item.group for item in loaded.items] == ["art", "art", "sea"]
    assert [item.row["answer"] for item in loaded.items] == ["C", "A", "D"]
    outputs = ["ANSWER: C", "ANSWER: B", "ANSWER: D"]
    values = bench_set.score(loaded.items, outputs, "paper").values()
    assert values["accuracy"] == 75.0
    assert values["item-weighted"] == pytest.approx(200 / 3)
    own = tmp_path / "mmlu"
    for name, text in files.items():
        (own / name).parent.mkdir(parents=True, exist_ok=True)
        (own / name).write_text(text)
    assert [item.row for item in bench_set.load(tmp_path).items] == [item.row for item in loaded.items]


@pytest.mark.parametrize("name", ["cmmlu", "c-eval"])
def test_chinese_exams(name, tmp_path) -> None:
    part = "test" if name == "cmmlu" else "val"
    folder = tmp_path / name / part
    folder.mkdir(parents=True)
    head = ",Question,A,B,C,D,Answer" if name == "cmmlu" else "id,question,A,B,C,D,answer"
    (folder / f"历史_{part}.csv").write_text(f"{head}\n0,问题。,甲,乙,丙,丁,B\n", encoding="utf-8-sig")
    bench_set = bench_sets()[name]
    items = bench_set.load(tmp_path).items
    assert items[0].row["options"] == ["甲", "乙", "丙", "丁"]
    assert bench_set.score(items, [bench_set.gold(items[0])], "paper").score() == 100.0
    (folder / f"历史_{part}.csv").write_text(f"{head}\n0,问题。,甲,乙,丙,丁,E\n")
    with pytest.raises(UserError, match="'E' is no letter"):
        bench_set.load(tmp_path)


def test_gpqa_options_are_shuffled_alike_every_time(tmp_path) -> None:
    wrong = ",".join(f"Incorrect Answer {at}" for at in (1, 2, 3))
    rows = "".join(f"q{at},right{at},w1,w2,w3\n" for at in range(40))
    (tmp_path / "gpqa_diamond.csv").write_text(f"Question,Correct Answer,{wrong}\n{rows}")
    bench_set = bench_sets()["gpqa-diamond"]
    first, second = (bench_set.load(tmp_path).items for _ in range(2))
    assert [item.row for item in first] == [item.row for item in second]
    letters = [item.row["answer"] for item in first]
    assert set(letters) == set("ABCD")
    assert all(item.row["options"]["ABCD".index(item.row["answer"])].startswith("right") for item in first)


def test_newsbench_takes_its_choice_parts(tmp_path) -> None:
    row = {"instruction": "选", "input": "文", "target_output": "C：丙", "task": "标题"}
    row["choices"] = "A：甲\nC：丙\nB：乙\nD：丁"
    (tmp_path / "news_sorted.json").write_text(json.dumps({"safe_object": [row], "safe_subject": []}))
    (item,) = bench_sets()["newsbench"].load(tmp_path).items
    assert (item.row["options"], item.row["answer"], item.group) == (
        ["甲", "乙", "丙", "丁"],
        "C",
        "safe/标题",
    )


def test_compassbench_mixes_letters_and_blanks(tmp_path) -> None:
    (tmp_path / "single_choice_en.jsonl").write_text(
        '{"question": "q", "options": ["a", "b", "c", "d"], "answer": "B"}\n'
    )
    (tmp_path / "cloze_en.jsonl").write_text('{"question": "1 + 1 = ?", "answer": "2"}\n')
    bench_set = bench_sets()["compassbench"]
    items = bench_set.load(tmp_path).items
    assert [item.group for item in items] == ["cloze_en", "single_choice_en"]
    assert bench_set.score(items, ["2", "ANSWER: B"], "fixed").score() == 100.0
    assert bench_set.score(items, ["", "ANSWER: A"], "fixed").score() == 0.0


@pytest.mark.parametrize(
    "name", ["mmlu", "mmlu-pro", "cmmlu", "halueval-general", "gsm8k", "bbh", "gaokao-bench-objective"]
)
def test_public_files_have_the_documented_items(name, real) -> None:
    bench_set = bench_sets()[name]
    loaded = bench_set.load(real)
    assert (len(loaded.items), loaded.sha256) == (bench_set.items, bench_set.sha256)
    gold = [bench_set.gold(item) for item in loaded.items]
    for mode in ("paper", "fixed"):
        assert bench_set.score(loaded.items, gold, mode).score() == pytest.approx(100.0)
    if name == "halueval-general":
        no = bench_set.score(loaded.items, ["No"] * len(gold), "paper").values()
        assert (round(no["accuracy"], 2), no["balanced-accuracy"], no["f1"]) == (81.92, 50.0, 0.0)
