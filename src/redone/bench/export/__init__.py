"""The catalogue's tasks for other people's harnesses."""

from redone.bench.export.lm_eval import ExportSettings, Written, export_lm_eval

__all__ = ["ExportSettings", "Written", "export_lm_eval"]
