"""Static HTML reports of runs and ablations."""

from redone.report.ablation import write_ablation_report
from redone.report.page import write_report

__all__ = ["write_ablation_report", "write_report"]
