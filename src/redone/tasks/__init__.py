"""The task catalogue: what a platform's one model is asked, how answers are read, how they are rewarded."""

from redone.tasks.baselines import Baseline, baseline
from redone.tasks.build import BuildReport, BuildSettings, build_examples
from redone.tasks.catalogue import catalogue, get, task_ids
from redone.tasks.describe import task_fields
from redone.tasks.general.build import build_general
from redone.tasks.general.facts import fact_sentences
from redone.tasks.general.slips import slip
from redone.tasks.hacks import HackTable, hack_table
from redone.tasks.mixing import MixSettings, MixState, Mixture, balanced_shares, mix_examples
from redone.tasks.render import answer_text
from redone.tasks.scorer import Scorer, parse
from redone.tasks.task import CAPABILITIES, Draft, Task

__all__ = [
    "CAPABILITIES",
    "Baseline",
    "BuildReport",
    "BuildSettings",
    "Draft",
    "HackTable",
    "MixSettings",
    "MixState",
    "Mixture",
    "Scorer",
    "Task",
    "answer_text",
    "balanced_shares",
    "baseline",
    "build_examples",
    "build_general",
    "catalogue",
    "fact_sentences",
    "get",
    "hack_table",
    "mix_examples",
    "parse",
    "slip",
    "task_fields",
    "task_ids",
]
