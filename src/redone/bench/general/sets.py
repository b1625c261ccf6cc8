"""The 21 components of General-Bench (RedOne 2.0), each with its loader and scorer.

The papers publish only the average, neither weights nor shots nor language pairs: ours is the plain mean of
the sets that were scored, and says which. Compare before and after, never with the published average.
"""

from __future__ import annotations

from typing import Any

from redone.bench.general import (
    bbh,
    brought,
    choice,
    code,
    gaokao,
    halueval,
    livecodebench,
    mathematics,
    mixed,
)
from redone.bench.general.ifeval import score as ifeval
from redone.bench.reading import Row, rows_loader
from redone.bench.sets import NONCOMMERCIAL, BenchSet, Item

_MMLU = "Pack the CSV files of MMLU (hendrycks/test) as dev/ and test/ into mmlu-dev-test.tar.gz."
_CMMLU = "Pack the folder data of github.com/haonan-li/CMMLU into cmmlu-data.tar.gz."
_CEVAL = "Get C-Eval's val/*.csv (hkust-nlp/ceval); gold of its test split is withheld."
_PRO = "Write MMLU-Pro's test split as test.jsonl (TIGER-AI-Lab/MMLU-Pro)."
_GSM = "Download grade_school_math/data/test.jsonl of github.com/openai/grade-school-math."
_MATH = "Download prm800k/math_splits/test.jsonl of github.com/openai/prm800k (Git LFS)."
_HUMAN = "Download data/HumanEval.jsonl.gz of github.com/openai/human-eval."
_MBPP = "Download mbpp/mbpp.jsonl of github.com/google-research/google-research."
_IFEVAL = "Download instruction_following_eval/data/input_data.jsonl of google-research."


def _set(set_id: str, capability: str, metric: str, licence: str, source: str, **rest: Any) -> BenchSet:
    return BenchSet(
        id=set_id, suite="general", task=set_id, capability=capability, metric=metric, licence=licence,
        source=source, **rest,
    )  # fmt: skip


def _letters(
    set_id: str, licence: str, source: str, chinese: bool = False, letters: str = "ABCD", **rest: Any
) -> BenchSet:
    return _set(
        set_id, "knowledge", "accuracy", licence, source,
        score=choice.choice_score(chinese, letters), gold=choice.gold_letter, trivial=choice.one_letter, **rest,
    )  # fmt: skip


def _category(row: Row) -> str:
    return str(row["category"])


def _subject(row: Row) -> str:
    return str(row["subject"])


def _mbpp_part(row: Row) -> str:
    return "eval" if 11 <= row["task_id"] <= 510 else "other"


def _canonical(item: Item) -> str:
    return str(item.row["canonical_solution"])


def _own_code(item: Item) -> str:
    return str(item.row["code"])


def _mbpp_load(folder: Any) -> Any:
    """Load the 500 evaluation problems, task_id 11 to 510."""
    from redone.bench.reading import numbered
    from redone.bench.sets import Loaded

    fields = ("text", "task_id", "test_list")
    full = rows_loader("mbpp", ["mbpp.jsonl"], fields, _MBPP, _mbpp_part)(folder)
    kept = numbered((item.row, "") for item in full.items if item.group == "eval")
    return Loaded(kept, full.sha256, full.path)


def _wmt(year: str) -> BenchSet:
    return _set(
        f"wmt{year}", "translation", "mean of segment BLEU and chrF", "no licence file", brought.WMT_SOURCE,
        load=brought.wmt(year), score=mixed.parallel_score, gold=mixed.parallel_gold, trivial=mixed.parallel_copy,
    )  # fmt: skip


GENERAL: tuple[BenchSet, ...] = (
    _letters(
        "mmlu", "MIT", _MMLU, items=14042,
        sha256="ec9bf745778fab7ebf5a3b0dbab3a569b58ca31ed2bf91cf55a17f888652f911",
        load=choice.tar_of_csv("mmlu", "mmlu-dev-test.tar.gz", "test", choice.mmlu_row, _MMLU),
    ),
    _letters(
        "mmlu-pro", "Apache-2.0", _PRO, letters=choice.LETTERS, items=12032,
        sha256="4cb049c5f4577a93967eda9afa148d8b8f5080e715e262b34f2d60a56d39981c",
        load=rows_loader("mmlu-pro", ["test.jsonl"], ("question", "options", "answer", "category"), _PRO, _category),
    ),
    _letters(
        "cmmlu", NONCOMMERCIAL, _CMMLU, chinese=True, items=11582,
        sha256="5dd453519f4bf546946bc4cbafb53f26af4c0bf8e9ea76162b8c64651bf7def6",
        load=choice.tar_of_csv("cmmlu", "cmmlu-data.tar.gz", "test", choice.abcd_row, _CMMLU),
    ),
    _letters(
        "c-eval", NONCOMMERCIAL, _CEVAL, chinese=True, items=1346,
        load=choice.tar_of_csv("c-eval", "ceval-exam.tar.gz", "val", choice.abcd_row, _CEVAL),
    ),
    _letters("gpqa-diamond", "CC BY 4.0, not to be posted", brought.GPQA_SOURCE, items=198, load=brought.gpqa),
    _letters("newsbench", "Apache-2.0", brought.NEWS_SOURCE, chinese=True, load=brought.newsbench),
    _set(
        "bbh", "reasoning", "exact match", "MIT, canary", bbh.SOURCE, items=6511,
        sha256="f5799bcc0acc9837c30d4683d9b5d443d2a5df0b7126a97259d28068dea94711",
        load=bbh.load, score=bbh.score, gold=bbh.gold,
    ),
    _set(
        "gaokao-bench-objective", "knowledge", "points", "Apache-2.0", gaokao.SOURCE, items=1781,
        sha256="39e61327606ee2e484986414eb1ccb5f01c2f24d03fcc610b8b8354828a0b785",
        load=gaokao.load, score=gaokao.score, gold=gaokao.gold,
    ),
    _set(
        "gsm8k", "mathematics", "accuracy", "MIT", _GSM, items=1319,
        sha256="3730d312f6e3440559ace48831e51066acaca737f6eabec99bccb9e4b3c39d14",
        load=rows_loader("gsm8k", ["test.jsonl"], ("question", "answer"), _GSM),
        score=mathematics.gsm8k_score, gold=mathematics.gsm8k_gold,
    ),
    _set(
        "math-500", "mathematics", "accuracy", "MIT", _MATH, items=500,
        sha256="35dc41080a3680858b27fa7e0533d2d547825316fc5dafe5d316f4ccc5a06132",
        load=rows_loader("math-500", ["test.jsonl"], ("problem", "answer", "subject"), _MATH, _subject),
        score=mathematics.symbolic_score(mathematics.plain_answer), gold=mathematics.boxed_answer,
    ),
    _set(
        "aime2025", "mathematics", "accuracy", "the organiser's copyright", brought.AIME_SOURCE, items=30,
        load=brought.aime, score=mathematics.symbolic_score(mathematics.plain_answer),
        gold=mathematics.boxed_answer,
    ),
    _set(
        "humaneval", "code", "pass@1", "MIT", _HUMAN, items=164,
        sha256="1d49078ba3e2b196b9344535bef34a43021f038fad9561d6ee7c53450609a6a2",
        load=rows_loader("humaneval", ["HumanEval.jsonl"], ("prompt", "test", "entry_point"), _HUMAN),
        score=code.humaneval_score, gold=_canonical,
    ),
    _set(
        "mbpp", "code", "pass@1", "CC BY 4.0", _MBPP, items=500,
        sha256="ccf64ceae9c5403bf50a044cb6d505bfd2a2963ee58338ba268fd65beab92a9f",
        load=_mbpp_load, score=code.mbpp_score, gold=_own_code,
    ),
    _set(
        "livecodebench", "code", "pass@1", "see upstream", livecodebench.SOURCE,
        load=livecodebench.load, score=livecodebench.score, gold=livecodebench.gold,
    ),
    _wmt("22"),
    _wmt("23"),
    _wmt("24"),
    _set(
        "flores", "translation", "mean of segment BLEU and chrF", "CC BY-SA 4.0", brought.FLORES_SOURCE,
        items=2024, load=brought.flores, score=mixed.parallel_score, gold=mixed.parallel_gold,
        trivial=mixed.parallel_copy,
    ),
    _set(
        "ifeval", "instructions", "prompt-level strict", "CC BY 4.0", _IFEVAL, items=541,
        sha256="67ffeee0fcb87c317c5b08a2de85557b4a7e96ada6178aa645b4954fe4b53d49",
        load=rows_loader("ifeval", ["input_data.jsonl"], ("prompt", "instruction_id_list", "kwargs"), _IFEVAL),
        score=ifeval, gold=lambda item: "",
    ),
    _set(
        "halueval-general", "hallucination", "accuracy", "MIT", halueval.SOURCE, items=4507,
        sha256="73302cd97666b808fb94b5d8a4a2c924049c9484e609017a2f808c4a6d539219",
        load=rows_loader(
            "halueval-general", ["general_data.json"], ("user_query", "chatgpt_response", "hallucination"),
            halueval.SOURCE,
        ),
        score=halueval.score, gold=halueval.gold, trivial=halueval.always,
    ),
    _set(
        "compassbench", "knowledge", "accuracy", "see upstream", brought.COMPASS_SOURCE,
        load=brought.compassbench, score=mixed.compass_score, gold=mixed.compass_gold,
    ),
)  # fmt: skip
