"""Judges of open answers: rules, likeness, models; their agreement with experts; the panel of the admitted.

RedOne 1.0 (section on preference optimization) lets experts annotate, and judge models that agree with them
annotate more. Everything here ends in a verdict or in a counted "unknown", never in a guess.
"""

from redone.scoring.judges.agreement import Compared, kappa
from redone.scoring.judges.attacks import ATTACKS, Attack, attack_duels
from redone.scoring.judges.endpoint import Complete, ModelJudge
from redone.scoring.judges.gate import Admission, Annotation, GateSettings, examine
from redone.scoring.judges.panel import PanelVerdict, judged, majority
from redone.scoring.judges.prompt import JudgeCall, judge_call
from redone.scoring.judges.protocol import Duel, Judge, Question, Verdict, Winner
from redone.scoring.judges.rule_judge import FirstJudge, LikenessJudge, LongerJudge, RandomJudge, RuleJudge
from redone.scoring.judges.swapped import ask, compare_both_ways
from redone.scoring.judges.verdict import read_verdict

__all__ = [
    "ATTACKS",
    "Admission",
    "Annotation",
    "Attack",
    "Compared",
    "Complete",
    "Duel",
    "FirstJudge",
    "GateSettings",
    "Judge",
    "JudgeCall",
    "LikenessJudge",
    "LongerJudge",
    "ModelJudge",
    "PanelVerdict",
    "Question",
    "RandomJudge",
    "RuleJudge",
    "Verdict",
    "Winner",
    "ask",
    "attack_duels",
    "compare_both_ways",
    "examine",
    "judge_call",
    "judged",
    "kappa",
    "majority",
    "read_verdict",
]
