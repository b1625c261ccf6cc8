"""Static HTML reports of runs, ablations and online experiments."""

from redone.report.ablation import write_ablation_report
from redone.report.experiment import write_experiment_report
from redone.report.page import write_report

__all__ = ["write_ablation_report", "write_experiment_report", "write_report"]
