import base64
import json
import pickletools
import zlib

import pytest

from redone.bench.catalogue import bench_sets
from redone.bench.general import bbh, gaokao, halueval, livecodebench
from redone.bench.general.code import code_of, humaneval_program, mbpp_program
from redone.bench.general.equivalence import equivalent_many, last_boxed
from redone.bench.general.mathematics import last_number
from redone.bench.sets import Item
from redone.scoring.sandbox import open_sandbox


def item(group="", **row):
    return Item(index=0, row=row, group=group)


@pytest.mark.parametrize(
    ("text", "plain", "commas"),
    [
        ("so 1,234 in all", "234", "1234"),
        ("It is -3.5.", "-3.5", "-3.5"),
        ("#### 7\nQuestion: 9", "7", "7"),
        ("none", None, None),
        ("12,5", "5", "5"),
        ("１２", "１２", "１２"),
    ],
)
def test_the_last_number(text, plain, commas) -> None:
    assert last_number(text, commas=False) == plain
    assert last_number(text, commas=True) == commas


def test_gsm8k_reads_the_gold_behind_the_marks() -> None:
    bench_set = bench_sets()["gsm8k"]
    one = item(question="q", answer="work 1\n#### 1,200")
    assert bench_set.score([one], ["so it is 1,200."], "fixed").score() == 100.0
    assert bench_set.score([one], ["so it is 1,200."], "paper").score() == 0.0


def test_boxes_are_balanced() -> None:
    assert last_boxed("\\boxed{1} then \\boxed{\\frac{1}{2}}") == "\\frac{1}{2}"
    assert last_boxed("\\boxed{1} then \\boxed{2") == "1"
    assert last_boxed("none") is None


def test_mathematics_by_meaning_and_within_bounds() -> None:
    pairs = [
        ("\\frac{1}{2}", "The answer is $0.5$"),
        ("x^2+2x+1", "\\boxed{(x+1)^2}"),
        ("\\text{Evelyn}", "\\boxed{Evelyn}"),
        ("3", "\\boxed{4}"),
        ("5", ""),
        ("1", "\\boxed{9^{9^{9^{9}}}}"),
        ("14", "So it is $14$."),
    ]
    verdicts = equivalent_many(pairs)
    assert verdicts[:5] == ["equal", "equal", "equal", "different", "unread"]
    assert verdicts[5] in {"different", "timeout"}
    assert verdicts[6] == "equal", "what came before does not harm what comes after"


@pytest.mark.parametrize(
    ("target", "text", "paper", "fixed"),
    [
        ("(B)", "So the answer is (B).", 1, 1),
        ("(B)", "The answer is B.", 1, 1),
        ("(B)", "the answer is (A). No, the answer is (B).", 0, 1),
        ("] ] >", "So the answer is ] ] >.", 1, 1),
        ("valid", "So the answer is Valid", 0, 1),
        ("24", "Answer: 24", 0, 1),
        ("24", "", 0, 0),
    ],
)
def test_bbh(target, text, paper, fixed) -> None:
    items = [item(group="task", input="q", target=target)]
    assert bbh.score(items, [text], "paper").score() == 100 * paper
    assert bbh.score(items, [text], "fixed").score() == 100 * fixed


@pytest.mark.parametrize(
    ("group", "answer", "text", "share"),
    [
        ("2010-2022_Math_I_MCQs", ["D"], "【解析】选A <eoe>\n【答案】D <eoa>", 1),
        ("2010-2022_Math_I_MCQs", ["D"], "无法回答", 0),
        ("2010-2022_Physics_MCQs", ["BD"], "【答案】 BD <eoa>", 1),
        ("2010-2022_Physics_MCQs", ["BD"], "【答案】 B <eoa>", 0.5),
        ("2010-2022_Physics_MCQs", ["BD"], "【答案】 ABD <eoa>", 0),
        ("2010-2022_Geography_MCQs", ["B", "C"], "【答案】 B D <eoa>", 0.5),
        ("2010-2022_Geography_MCQs", ["B", "C"], "【答案】 B <eoa>", 0),
        ("2012-2022_English_Cloze_Test", ["C", "F", "A", "E", "D"], "C F A E G", 0.8),
    ],
)
def test_gaokao_points(group, answer, text, share) -> None:
    items = [item(group=group, question="q", answer=answer)]
    assert gaokao.score(items, [text], "fixed").score() == pytest.approx(100 * share)


@pytest.mark.parametrize(
    ("text", "paper", "fixed"), [("Yes", "yes", "yes"), ("Not sure", "no", None), ("yes, no", None, None)]
)
def test_hallucination_judgements(text, paper, fixed) -> None:
    assert halueval.judgement(text, "paper") == paper
    assert halueval.judgement(text, "fixed") == fixed


def test_code_is_cut_out_of_an_answer() -> None:
    assert code_of("Sure:\n```python\nx = 1\n```\nThen\n```py\ny = 2\n```") == "y = 2\n"
    assert code_of("[BEGIN]\nz\n[DONE] more").strip() == "z"
    assert code_of("    return 1") == "    return 1"


PROBLEM = item(
    prompt='import math\n\ndef add(a, b):\n    """Sum."""\n',
    test="def check(f):\n    assert f(1, 2) == 3\n    assert f(math.inf, 1) == math.inf",
    entry_point="add",
)


@pytest.mark.skipif(open_sandbox()[0] is None, reason="no sandbox on this machine (bubblewrap)")
def test_code_is_judged_in_the_sandbox() -> None:
    outputs = {
        "    return a + b\n": 1,
        "```python\ndef add(a, b):\n    return a + b\n```": 1,
        "    return a - b\n": 0,
        "    import os; os._exit(0)\n": 0,
        "    raise SystemExit(0)\n": 0,
        "    while True: pass\n": 0,
        "I cannot help": 0,
    }
    bench_set = bench_sets()["humaneval"]
    tally = bench_set.score([PROBLEM] * len(outputs), list(outputs), "fixed")
    assert tally.credit.tolist() == list(outputs.values())
    mbpp = item(text="t", test_list=["assert f(2) == 4"], test_setup_code="x = K()", task_id=11)
    good = "class K: pass\ndef f(n):\n    return n * 2"
    assert bench_sets()["mbpp"].score([mbpp, mbpp], [good, "f = None"], "fixed").credit.tolist() == [1, 0]


def test_programs_hold_the_test_after_the_answer() -> None:
    assert humaneval_program(PROBLEM, "    return 1").endswith("check(add)")
    whole = humaneval_program(PROBLEM, "def add(a, b):\n    return a")
    assert whole.count("def add") == 1
    assert whole.startswith("import math")
    made = mbpp_program(item(test_list=["assert 1"], test_imports=["import re"]), "x = 1")
    assert made.splitlines() == ["import re", "x = 1", "", "assert 1"]


def hidden(payload: bytes) -> str:
    return base64.b64encode(zlib.compress(payload)).decode()


def test_hidden_cases_are_read_without_running_a_pickle() -> None:
    text = json.dumps([{"input": "1\n", "output": "2\n", "testtype": "stdin"}])
    packed = b"\x80\x04X" + len(text).to_bytes(4, "little") + text.encode() + b"."
    assert next(iter(pickletools.genops(packed)))[0].name == "PROTO"
    row = {"public_test_cases": "[]", "private_test_cases": hidden(packed)}
    assert livecodebench.cases(row, "x") == json.loads(text)
    evil = b"cos\nsystem\n(S'true'\ntR."
    with pytest.raises(ValueError, match="private_test_cases cannot be read"):
        livecodebench.cases(row | {"private_test_cases": hidden(evil)}, "x")


@pytest.mark.skipif(open_sandbox()[0] is None, reason="no sandbox on this machine (bubblewrap)")
def test_livecodebench_runs_input_and_calls(tmp_path) -> None:
    stdin = {"input": "3\n", "output": "6\n", "testtype": "stdin"}
    call = {"input": "[1, 2]\n3", "output": "[1, 2, 3]", "testtype": "functional"}
    rows = [
        {"question_content": "double", "public_test_cases": json.dumps([stdin]), "private_test_cases": "[]"},
        {
            "question_content": "append",
            "public_test_cases": json.dumps([call]),
            "private_test_cases": "[]",
            "metadata": '{"func_name": "add"}',
        },
    ]
    (tmp_path / "test6.jsonl").write_text("\n".join(map(json.dumps, rows)))
    bench_set = bench_sets()["livecodebench"]
    items = bench_set.load(tmp_path).items
    good = [
        "```python\nprint(int(input()) * 2)\n```",
        "```python\nclass Solution:\n    def add(self, xs, x):\n        return xs + [x]\n```",
    ]
    assert bench_set.score(items, good, "fixed").score() == 100.0
    assert bench_set.score(items, ["print(5)", "def add(xs, x): return xs"], "fixed").score() == 0.0


@pytest.mark.parametrize("name", ["wmt23", "flores"])
def test_parallel_text_from_a_folder(name, tmp_path) -> None:
    if name == "flores":
        own = tmp_path / "flores200_dataset" / "devtest"
        own.mkdir(parents=True)
        (own / "eng_Latn.devtest").write_text("Good morning\nTwo\n")
        (own / "zho_Hans.devtest").write_text("早上好\n二\n")
    else:
        (tmp_path / "wmt23.en-zh.src").write_text("Good morning\nTwo\n")
        (tmp_path / "wmt23.en-zh.ref:refA").write_text("早上好\n二\n")
    bench_set = bench_sets()[name]
    items = bench_set.load(tmp_path).items
    assert len(items) == (4 if name == "flores" else 2)
    assert bench_set.score(items, [bench_set.gold(i) for i in items], "paper").score() == pytest.approx(100)


def test_aime_takes_either_name_of_the_problem(tmp_path) -> None:
    (tmp_path / "aime2025.jsonl").write_text(
        '{"problem": "p", "answer": 70}\n{"question": "q", "answer": "5"}\n'
    )
    bench_set = bench_sets()["aime2025"]
    items = bench_set.load(tmp_path).items
    assert bench_set.score(items, [bench_set.gold(i) for i in items], "paper").score() == 100.0


def test_a_whole_function_is_told_wherever_its_line_stands() -> None:
    for answer in (
        "def add(a, b):\n    return a",
        "\n\n\t def add(a, b): pass",
        "x = 1\n\n  async def add(a, b): pass",
    ):
        assert humaneval_program(PROBLEM, answer).count("def add") == 1
    assert humaneval_program(PROBLEM, "\n" * 1_000_000 + "    return a + b").count("def add") == 1
