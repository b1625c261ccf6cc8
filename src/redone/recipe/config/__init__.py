"""The typed recipe tree. Importing it loads no model library, so that a wrong recipe is refused at once."""

from redone.recipe.config.base_model import BaseConfig, FolderBase, TinyBase
from redone.recipe.config.benchmarks import BenchmarksConfig
from redone.recipe.config.continued import (
    ContinuedStage,
    FixedMixture,
    MixtureConfig,
    ReadingConfig,
    SearchMixture,
    TextSource,
    UniformMixture,
)
from redone.recipe.config.data import (
    DataConfig,
    ExampleCounts,
    FilesData,
    GeneralCounts,
    Observation,
    SimulatorData,
    WorldSizes,
)
from redone.recipe.config.keys import keys
from redone.recipe.config.loading import read_ablation, read_recipe, read_tree, validate
from redone.recipe.config.memory import LoraConfig, MemoryConfig
from redone.recipe.config.merging import parse_settings, with_overrides
from redone.recipe.config.node import Node
from redone.recipe.config.optimization import DOUBT_SAMPLES, OptimizerConfig, RLConfig, SFTConfig
from redone.recipe.config.preference import (
    DPOConfig,
    EndpointJudgeConfig,
    ExpertConfig,
    GateConfig,
    JudgeConfig,
    LikenessJudgeConfig,
    PreferenceStage,
    RuleJudgeConfig,
)
from redone.recipe.config.speed import SpeedConfig
from redone.recipe.config.stages import (
    BucketRule,
    ExploratoryStage,
    RefinementStage,
    StageConfig,
    SupervisedStage,
    TargetedStage,
)
from redone.recipe.config.tree import AblationRecipe, Arm, EvaluationConfig, Recipe

__all__ = [
    "DOUBT_SAMPLES",
    "AblationRecipe",
    "Arm",
    "BaseConfig",
    "BenchmarksConfig",
    "BucketRule",
    "ContinuedStage",
    "DPOConfig",
    "DataConfig",
    "EndpointJudgeConfig",
    "EvaluationConfig",
    "ExampleCounts",
    "ExpertConfig",
    "ExploratoryStage",
    "FilesData",
    "FixedMixture",
    "FolderBase",
    "GateConfig",
    "GeneralCounts",
    "JudgeConfig",
    "LikenessJudgeConfig",
    "LoraConfig",
    "MemoryConfig",
    "MixtureConfig",
    "Node",
    "Observation",
    "OptimizerConfig",
    "PreferenceStage",
    "RLConfig",
    "ReadingConfig",
    "Recipe",
    "RefinementStage",
    "RuleJudgeConfig",
    "SFTConfig",
    "SearchMixture",
    "SimulatorData",
    "SpeedConfig",
    "StageConfig",
    "SupervisedStage",
    "TargetedStage",
    "TextSource",
    "TinyBase",
    "UniformMixture",
    "WorldSizes",
    "keys",
    "parse_settings",
    "read_ablation",
    "read_recipe",
    "read_tree",
    "validate",
    "with_overrides",
]
