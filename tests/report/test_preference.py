"""The preference stage on the page: judges, pairs by kind, curves; a damaged file harms nothing."""

import json
from pathlib import Path

import pytest

from redone.report import write_report

JUDGES = [
    {
        "judge": "likeness",
        "task": "title",
        "pairs": 98,
        "unlabelled": 3,
        "kappa": 0.643,
        "low": 0.496,
        "high": 0.764,
        "attacks": 99,
        "attack_wins": 1,
        "admitted": True,
        "refusal": "",
    },
    {
        "judge": "control: longer",
        "task": "title",
        "pairs": 98,
        "unlabelled": 0,
        "kappa": None,
        "low": None,
        "high": None,
        "attacks": 0,
        "attack_wins": 0,
        "admitted": False,
        "refusal": "<script>alert(1)</script>",
    },
]
TOLD = {
    "pairs": {"expert": 163, "judge": 90, "options": 400, "mistake": 800},
    "annotated": 200,
    "judges": JUDGES,
    "gate": {"kappa_low": 0.2, "max_attack_success": 0.05},
    "left_out": {"title pairs unlabelled: a tie": 22},
}


def made(root: Path, told: object) -> str:
    folder = root / "stages" / "01-preference"
    folder.mkdir(parents=True)
    (folder / "preference.json").write_text(json.dumps(told))
    rows = [
        {
            "stage": "preference",
            "step": step,
            "kind": "train",
            "loss": 0.7,
            "chosen_logprob": -2.0,
            "rejected_logprob": -5.0 - step,
            "margin": 0.1 * step,
            "accuracy": 0.6,
            "chosen_kept": 0.99,
        }
        for step in range(1, 30)
    ]
    (root / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return write_report(root).read_text()


def test_judges_pairs_and_curves_are_on_the_page(tmp_path: Path) -> None:
    page = made(tmp_path, TOLD)
    for shown in (
        "likeness",
        "0.64",
        "1 / 99",
        "163",
        "800",
        "admitted",
        "refused",
        "title pairs unlabelled",
    ):
        assert shown in page, shown
    assert "<script>alert" not in page
    for signal in ("rejected)", "Margin of chosen", "Likelihood kept"):
        assert signal in page, signal


@pytest.mark.parametrize(
    "told", [{}, [], {"judges": 3, "pairs": [], "left_out": 1, "gate": None}, {"judges": [1]}]
)
def test_a_strange_file_does_no_harm(tmp_path: Path, told: object) -> None:
    assert "</html>" in made(tmp_path, told)
