"""Write the reference of every recipe key, docs/en/recipe-keys.md and docs/zh/recipe-keys.md.

The tables come from the recipe tree itself, so that descriptions, defaults and bounds stand in one place; a
test compares the files with what this script would write.

    .venv/bin/python scripts/write_recipe_keys.py
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from redone.recipe.config import (
    AblationRecipe,
    Arm,
    BenchmarksConfig,
    BucketRule,
    ContinuedStage,
    DPOConfig,
    EndpointJudgeConfig,
    EvaluationConfig,
    ExampleCounts,
    ExpertConfig,
    ExploratoryStage,
    FilesData,
    FixedMixture,
    FolderBase,
    GateConfig,
    GeneralCounts,
    LikenessJudgeConfig,
    LoraConfig,
    MemoryConfig,
    Node,
    Observation,
    OptimizerConfig,
    PreferenceStage,
    ReadingConfig,
    Recipe,
    RefinementStage,
    RLConfig,
    RuleJudgeConfig,
    SearchMixture,
    SFTConfig,
    SimulatorData,
    SpeedConfig,
    SupervisedStage,
    TargetedStage,
    TextSource,
    TinyBase,
    UniformMixture,
    WorldSizes,
    keys,
)

DOCS = Path(__file__).parents[1] / "docs"
PAGE = "recipe-keys.md"


@dataclass(frozen=True, slots=True)
class Part:
    """One table: a class of the recipe tree, the dotted places where it stands, and a title per language."""

    node: type[Node]
    places: tuple[str, ...]
    en: str
    zh: str


_RL = ("stages.exploratory.rl", "stages.refinement.rl")
_CPT = "stages.continued_pretraining"
_SFT = ("stages.targeted.sft", "stages.supervised.sft")
_OPTIMIZED = (*_RL, *_SFT, f"{_CPT}.reading", "stages.preference.dpo")

PARTS = (
    Part(Recipe, ("",), "The recipe", "配方"),
    Part(SimulatorData, ("data",), "Data: the simulated platform", "数据：模拟平台"),
    Part(FilesData, ("data",), "Data: own files", "数据：自有文件"),
    Part(ExampleCounts, ("data.examples_per_task",), "Platform examples per task", "每个任务的平台样本数"),
    Part(GeneralCounts, ("data.general",), "General prompts", "通用题目"),
    Part(WorldSizes, ("data.world",), "Sizes of the simulated world", "模拟世界的规模"),
    Part(
        Observation, ("data.observation",), "How logged labels differ from the truth", "日志标签与真值的差异"
    ),
    Part(BenchmarksConfig, ("benchmarks",), "Benchmarks kept out of training", "训练数据中不得出现的评测题"),
    Part(TinyBase, ("base",), "Base: a tiny model trained here", "基座：就地训练的小模型"),
    Part(FolderBase, ("base",), "Base: a model folder", "基座：模型目录"),
    Part(MemoryConfig, ("memory",), "Memory", "显存"),
    Part(LoraConfig, ("memory.lora",), "Low-rank adapters", "低秩适配器"),
    Part(SpeedConfig, ("speed",), "Speed", "速度"),
    Part(EvaluationConfig, ("evaluation",), "Evaluation", "评测"),
    Part(ExploratoryStage, ("stages.exploratory",), "Stage: exploratory learning", "阶段：探索学习"),
    Part(TargetedStage, ("stages.targeted",), "Stage: targeted fine-tuning", "阶段：定向微调"),
    Part(BucketRule, ("stages.targeted.bucket",), "When a task is weak", "任务何时判为短板"),
    Part(RefinementStage, ("stages.refinement",), "Stage: refinement learning", "阶段：精炼学习"),
    Part(
        ContinuedStage,
        ("stages.continued_pretraining",),
        "Stage: continued pretraining",
        "阶段：继续预训练",
    ),
    Part(TextSource, (f"{_CPT}.sources",), "A source of text", "文本来源"),
    Part(UniformMixture, (f"{_CPT}.mixture",), "Mixture: even", "配比：均匀"),
    Part(FixedMixture, (f"{_CPT}.mixture",), "Mixture: as stated", "配比：写明"),
    Part(SearchMixture, (f"{_CPT}.mixture",), "Mixture: searched for", "配比：搜索"),
    Part(ReadingConfig, (f"{_CPT}.reading",), "Reading: how text is trained on", "阅读：怎样训练文本"),
    Part(SupervisedStage, ("stages.supervised",), "Stage: supervised fine-tuning", "阶段：监督微调"),
    Part(PreferenceStage, ("stages.preference",), "Stage: preference optimization", "阶段：偏好优化"),
    Part(ExpertConfig, ("stages.preference.experts",), "Expert annotation", "专家标注"),
    Part(GateConfig, ("stages.preference.gate",), "Admission of judges", "评委准入"),
    Part(RuleJudgeConfig, ("stages.preference.judges.rules",), "Judge: rules", "评委：规则"),
    Part(LikenessJudgeConfig, ("stages.preference.judges.likeness",), "Judge: likeness", "评委：相似度"),
    Part(EndpointJudgeConfig, ("stages.preference.judges.endpoint",), "Judge: a model", "评委：模型"),
    Part(DPOConfig, ("stages.preference.dpo",), "Direct preference optimization", "直接偏好优化"),
    Part(RLConfig, _RL, "Reinforcement learning (DAPO)", "强化学习（DAPO）"),
    Part(SFTConfig, _SFT, "Supervised fine-tuning", "监督微调"),
    Part(
        OptimizerConfig,
        (
            "base.optimizer",
            *(f"{place}.optimizer" for place in (*_RL, *_SFT, f"{_CPT}.reading", "stages.preference.dpo")),
        ),
        "Optimizer",
        "优化器",
    ),
    Part(AblationRecipe, ("",), "An ablation file", "消融文件"),
    Part(Arm, ("arms",), "One arm of an ablation", "消融中的一组实验"),
)

HEADS = {
    "en": ("Key", "Default", "Allowed", "Meaning"),
    "zh": ("键", "默认值", "取值", "含义"),
}
TITLES = {"en": "Recipe keys", "zh": "配方键参考"}
INTRO = {
    "en": "Every key that a recipe can have, with its default. `required` has none. How a recipe reads is in "
    "[recipes](recipes.md).",
    "zh": "配方的全部键及其默认值；`required` 表示必填。配方的写法见[配方](recipes.md)。键的含义沿用英文原文。",
}
GENERATED = {
    "en": "This page is generated by `scripts/write_recipe_keys.py`; edit the recipe tree, not this file.",
    "zh": "本页由 `scripts/write_recipe_keys.py` 生成，请修改配方定义而非本文件。",
}
STANDS = {"en": "Stands at", "zh": "位置"}
PAGES = {"en": {"other": "中文", "folder": "zh"}, "zh": {"other": "English", "folder": "en"}}


def documented() -> set[str]:
    """Every dotted key that the tables show, for the test that none is missing."""
    return {
        f"{place}.{key}" if place else key
        for part in PARTS
        for place in part.places
        for key in own(part.node)
    }


def own(node: type[Node]) -> dict[str, str]:
    """The keys of one class without those below them, with their descriptions."""
    return {key: " ".join(text.split()) for key, text in keys(node) if "." not in key}


def page(language: str) -> str:
    """The whole page in one language; descriptions are English in both."""
    other = PAGES[language]
    lines = [
        f"# {TITLES[language]}",
        "",
        f"[{other['other']}](../{other['folder']}/{PAGE})",
        "",
        INTRO[language],
        "",
        GENERATED[language],
        "",
    ]
    for part in PARTS:
        lines += [f"## {part.en if language == 'en' else part.zh}", ""]
        places = [place for place in part.places if place]
        if places:
            lines += [f"{STANDS[language]}: " + ", ".join(f"`{place}`" for place in places), ""]
        lines += [f"| {' | '.join(HEADS[language])} |", "| --- | --- | --- | --- |", *_rows(part.node), ""]
    return "\n".join(lines[:-1]) + "\n"


def _rows(node: type[Node]) -> Iterator[str]:
    schema = node.model_json_schema()
    required = set(schema.get("required", ()))
    for key, meaning in own(node).items():
        facts = schema["properties"][key]
        default = "required" if key in required else _default(facts)
        cells = (f"`{key}`", f"`{default}`" if default else "", allowed(facts), meaning)
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _default(facts: dict[str, Any]) -> str:
    value = facts.get("default")
    if isinstance(value, dict) and value:
        return ""  # a part of its own, with its own table
    return orjson.dumps(value).decode().replace(",", ", ")


def allowed(facts: dict[str, Any]) -> str:
    """Which values a key takes, from its JSON schema: a choice, bounds, or a kind of value."""
    if "anyOf" in facts:
        return " or ".join(allowed(choice) for choice in facts["anyOf"])
    if "$ref" in facts or "oneOf" in facts:
        return "part"
    if "const" in facts:
        return f"`{facts['const']}`"
    if "enum" in facts:
        return ", ".join(f"`{value}`" for value in facts["enum"])
    kind = str(facts.get("type", ""))
    names = {
        "integer": "whole number",
        "boolean": "true or false",
        "string": "text",
        "array": "list",
        "object": "mapping",
    }
    return " ".join(filter(None, (names.get(kind, kind), _bounds(facts))))


def _bounds(facts: dict[str, Any]) -> str:
    signs = (("minimum", ">="), ("exclusiveMinimum", ">"), ("maximum", "<="), ("exclusiveMaximum", "<"))
    return ", ".join(f"{sign} {facts[name]}" for name, sign in signs if name in facts)


if __name__ == "__main__":
    for language in HEADS:
        (DOCS / language / PAGE).write_text(page(language), encoding="utf-8")
