"""Write the catalogue page and the table of reward hacks, in both languages.

Every platform task with an example, its metric, reward, floor and ceiling, measured on the simulated platform;
a test compares the files with what this script would write.

    .venv/bin/python scripts/write_catalogue.py
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from redone.records import Example
from redone.scoring.router import RewardRouter
from redone.sources.simulator import WorldSettings, make_world, stream
from redone.tasks import (
    CAPABILITIES,
    Baseline,
    BuildSettings,
    HackTable,
    Scorer,
    Task,
    baseline,
    build_examples,
    catalogue,
    hack_table,
    task_ids,
)
from redone.tasks.hacks import HACKS

DOCS = Path(__file__).parents[1] / "docs"
PER_TASK, USERS, SEED = 32, 640, 0
CAPABILITY_ZH = {
    "understanding": "内容理解",
    "extraction": "信息抽取",
    "matching": "语义匹配",
    "behaviour": "用户行为建模",
    "dialogue": "对话与角色模拟",
    "translation": "翻译",
}
TRUTH_ZH = {"log": "日志", "label": "标注", "expert": "专家"}
HACK_ZH = {
    "everything": "全部列出",
    "echo": "复述题目",
    "echo with a guess": "复述加猜测",
    "quoted options": "引用全部选项",
    "look-alikes": "形近字符",
    "invisible joints": "隐形连接",
    "hidden second": "隐藏第二答案",
    "second thought": "反复改口",
    "guess repeated": "重复猜测",
}
INTRO = {
    "en": """# Task catalogue

[中文](../zh/catalogue.md)

{count} platform tasks over six capabilities, from `scripts/write_catalogue.py`. Each is data in
`src/redone/tasks/`: prompts, answer form, parser, reward, what it needs from the records and how its hard
negatives are made. `redone tasks list --json -` prints all fields, `redone tasks show ID` one task,
`redone tasks preview ID` examples. The [general tasks](stages.md) are not on this page.

**Truth** says where the right answer comes from: `log` is the platform's own behaviour and needs no
annotation, `label` was annotated, `expert` is a reference that somebody wrote.

**Floor** is what costs nothing: the best constant answer, the prompt repeated, a random choice, all options
at once. It is measured on {per_task} test items per task of the simulated platform (seed {seed}). **Ceiling**
is the mean reward of the true answer: 1.00 means that the parser and the reward take nothing from a right
answer. Where truth is `log`, people act partly by chance, and no reader of the prompt alone gets there.

""",
    "zh": """# 任务目录

[English](../en/catalogue.md)

六种能力、{count} 个平台任务，由 `scripts/write_catalogue.py` 生成。每个任务都是 `src/redone/tasks/` 中的数据：
提示词、答案形式、解析器、奖励、所需记录，以及难负例的来源。`redone tasks list --json -` 输出全部字段，
`redone tasks show ID` 查看一个任务，`redone tasks preview ID` 查看样例。[通用任务](stages.md)不在此页。

**真值**说明正确答案的来源：“日志”是平台自身的行为，无需标注；“标注”由人标出；“专家”是有人写下的参考。

**下限**是不花力气的得分：最好的固定答案、复述题目、随机选择、全部选项。在模拟平台（种子 {seed}）上，
每个任务用 {per_task} 道测试题测得。**上限**是真实答案的平均奖励：1.00 表示解析器和奖励不会扣掉正确答案的分。
真值为“日志”时，人的行为带有偶然性，只读题目的人达不到它。

""",
}
HACKS_INTRO = {
    "en": """# Reward hacks

[中文](../zh/reward-hacking.md)

What answers earn that know nothing, in points of 100, on {per_task} test items per task of the simulated
platform (seed {seed}); from `scripts/write_catalogue.py`. **Weak** is an honest weak model: right with
probability baseline + 0.15 and worth nothing otherwise, where the baseline is the best of a constant answer,
a random choice and a random half of the candidates. No column beats it; a test holds that for every task on
another seed.

""",
    "zh": """# 奖励作弊

[English](../en/reward-hacking.md)

一无所知的答案能得多少分（百分制）：在模拟平台（种子 {seed}）上每个任务用 {per_task} 道测试题测得，
由 `scripts/write_catalogue.py` 生成。**弱模型**是诚实的弱模型：以“基线 + 0.15”的概率答对，否则不得分；
基线取固定答案、随机选择、随机一半候选中最好的一个。没有一列超过它；测试在另一个种子上对每个任务检查。

""",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of a task: its examples and what trivial answers earn on them."""

    task: Task
    examples: Sequence[Example]
    floor: Baseline
    ceiling: float
    hacks: HackTable


def measure() -> list[Measured]:
    """Build and score a few test examples of every platform task."""
    names = task_ids("sns", "translation")
    blocks = stream(make_world(WorldSettings(seed=SEED)), "test", users=USERS)
    settings = BuildSettings(seed=SEED, limit_per_task=PER_TASK)
    own: dict[str, list[Example]] = {name: [] for name in names}
    for example in build_examples(blocks, task_ids=names, settings=settings):
        own[example.task].append(example)
    scorer = Scorer(RewardRouter())
    return [_measured(catalogue()[name], own[name], scorer) for name in names]


def _measured(task: Task, examples: Sequence[Example], scorer: Scorer) -> Measured:
    gold = [s.value or 0.0 for s in scorer.score_many([(e, e.references[0], True) for e in examples])]
    return Measured(
        task, examples, baseline(examples, scorer), sum(gold) / len(gold), hack_table(examples, scorer)
    )


def pages() -> dict[Path, str]:
    """What every page should hold."""
    found = measure()
    return {
        DOCS / language / name: write(found, language)
        for language in ("en", "zh")
        for name, write in (("catalogue.md", _catalogue), ("reward-hacking.md", _hacks))
    }


def _intro(texts: Mapping[str, str], language: str, count: int) -> str:
    return texts[language].format(count=count, per_task=PER_TASK, seed=SEED)


def _catalogue(found: Sequence[Measured], language: str) -> str:
    parts = [_intro(INTRO, language, len(found))]
    for capability in CAPABILITIES:
        own = [entry for entry in found if entry.task.capability == capability]
        if own:
            name = CAPABILITY_ZH[capability] if language == "zh" else capability.capitalize()
            parts.append(f"## {name} ({len(own)})\n\n")
            parts += [_entry(entry, language) for entry in own]
    return "".join(parts).rstrip() + "\n"


def _entry(entry: Measured, language: str) -> str:
    task = entry.task
    example = next(e for e in entry.examples if e.language == language)
    shown = "\n".join((*example.messages[-1].content.splitlines(), f"> {example.references[0]}"))
    return (
        f"### `{task.id}` {task.title[language]}\n\n```text\n{shown}\n```\n\n"
        + "".join(f"- {line}\n" for line in _facts(entry, language))
        + "\n"
    )


def _facts(entry: Measured, language: str) -> Iterator[str]:
    task, floor = entry.task, entry.floor
    reward = " ".join(filter(None, (task.reward.kind, task.reward.metric)))
    kinds = {"constant": floor.constant, "echo": floor.echo, "chance": floor.chance, "all": floor.everything}
    zh = {"constant": "固定答案", "echo": "复述", "chance": "随机", "all": "全选"}
    said = ", ".join(
        f"{zh[name] if language == 'zh' else name} {value:.2f}"
        for name, value in kinds.items()
        if value is not None
    )
    needs = ", ".join(f"`{name}`" for name in task.needs)
    if language == "zh":
        yield f"指标：{task.metric}；奖励：{reward}；答案：{task.answer}；真值：{TRUTH_ZH[task.truth]}"
        yield f"需要：{needs}"
        yield f"难负例：{task.negatives}"
        yield f"下限：{said}；上限：{entry.ceiling:.2f}"
        return
    yield f"metric: {task.metric}; reward: {reward}; answer: {task.answer}; truth: {task.truth}"
    yield f"needs: {needs}"
    yield f"hard negatives: {task.negatives}"
    yield f"floor: {said}; ceiling: {entry.ceiling:.2f}"


def _hacks(found: Sequence[Measured], language: str) -> str:
    heads = ["task", "weak", "constant", *HACKS]
    if language == "zh":
        heads = ["任务", "弱模型", "固定答案", *(HACK_ZH[name] for name in HACKS)]
    rows = ["| " + " | ".join(heads) + " |", "| --- " + "| ---: " * (len(heads) - 1) + "|"]
    for entry in found:
        values = (entry.hacks.weak, entry.hacks.constant, *entry.hacks.tricks.values())
        rows.append(f"| `{entry.task.id}` | " + " | ".join(f"{100 * v:.0f}" for v in values) + " |")
    return _intro(HACKS_INTRO, language, len(found)) + "\n".join(rows) + "\n"


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.relative_to(DOCS.parent)}")
