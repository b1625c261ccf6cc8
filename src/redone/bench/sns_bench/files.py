"""The twelve files of SNS-Bench: how each is loaded, scored in both modes, and compared with doing nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from redone.bench.reading import rows_loader
from redone.bench.sets import NONCOMMERCIAL, BenchSet, Item, Mode, Trivial
from redone.bench.sns_bench import fixed, paper, paper_mrc, predictors
from redone.bench.sns_bench import fixed_reading as fixed_read
from redone.bench.sns_bench import paper_reading as paper_read
from redone.bench.tally import Tally

SOURCE = "Download the folder `data` of github.com/HC-Guo/SNS-Bench and name it with --data."
FileScore = Callable[[Sequence[Item], Sequence[str]], Tally]


@dataclass(frozen=True, slots=True)
class _File:
    task: str
    metric: str
    fields: tuple[str, ...]
    paper: FileScore
    fixed: FileScore
    trivial: Trivial
    items: int
    sha256: str


_YES_NO = predictors.always("Yes", "No")
_FILES: Mapping[str, _File] = {
    "Note-Taxonomy-single": _File(
        "Taxonomy", "accuracy", ("content", "candidates", "answer"),
        paper.accuracy(paper_read.label), fixed.accuracy(fixed_read.label),
        predictors.first_candidate, 1205,
        "6ea3aeff7b248edf4633733c3a501ddb34ad43ae447322a5ee270002b3c82acc",
    ),
    "Note-Taxonomy-multiple": _File(
        "Taxonomy", "exact match",
        ("content", "candidates_primary", "candidates_secondary", "candidates_tertiary", "answer"),
        paper.exact_path, fixed.accuracy(fixed_read.path), predictors.first_path, 800,
        "2058c18337ca7f7e7c87df67ed4e50106fb2d6e2f277e124668dd14ba6ceef8f",
    ),
    "Note-Hashtag-single": _File(
        "Hashtag", "accuracy", ("content", "candidates", "answer"),
        paper.accuracy(paper_read.label), fixed.accuracy(fixed_read.label),
        predictors.first_candidate, 800,
        "fe6f96e526a3ba3858a447052f4ba791e47f563d19cb1007eb3817d338906789",
    ),
    "Note-Hashtag-multiple": _File(
        "Hashtag", "micro F1", ("content", "candidates", "answer"),
        paper.micro_f1, fixed.micro_f1, predictors.all_candidates, 795,
        "a40d4f90f5e4fde0ecde17dabcf8d2fffb94c7e77c539b21c7b5fdbf4e5a9a9c",
    ),
    "Note-QueryCorr-explain": _File(
        "QueryCorr", "accuracy", ("sentence1", "sentence2", "answer"),
        paper.accuracy(paper_read.word), fixed.accuracy(fixed_read.yes_no), _YES_NO, 144,
        "9430a35db3a55077f293b8bb8bc6a9016e9acbcf0e035768a351c4ccd1ef2dd1",
    ),
    "Note-QueryCorr-topic": _File(
        "QueryCorr", "macro F1", ("content", "answer"),
        paper.relevance_level, fixed.relevance_level, predictors.always("-1", "3"), 800,
        "635240c78b71dfc111e662ae9d8a1249f0af655b7746383ec5f708af534db84f",
    ),
    "Note-MRC-simple": _File(
        "MRC", "mean of F1, BLEU, ROUGE", ("query", "content", "answer"),
        paper_mrc.simple, fixed.reading_simple, predictors.always("[]"), 800,
        "c99e7c86dd0d042d16caa80e4a5aefd718e04d5938b2bab4ad5ede605abc5a6d",
    ),
    "Note-MRC-complex": _File(
        "MRC", "mean of total F1, option F1, option EM", ("content", "answer"),
        paper_mrc.complex_, fixed.reading_complex, predictors.always(predictors.NOTHING), 227,
        "5332741af1390336d3cc9cede027acd40e2194375afe2248a7e0ffd0b4dd6f6e",
    ),
    "Note-NER": _File(
        "NER", "micro F1", ("question", "content", "answer"),
        paper.micro_f1, fixed.micro_f1, predictors.whole_title, 517,
        "262383c0b4de081dd71286954690f66ebe2d78553e2921edd5c32ee172b4c5ee",
    ),
    "Note-Gender": _File(
        "Gender", "accuracy", ("content", "answer"),
        paper.accuracy(paper_read.word), fixed.accuracy(fixed_read.yes_no), _YES_NO, 193,
        "6ac71e80377d25485b0904de0600df5b7818a7797aafc6ecefd230d917e210d3",
    ),
    "Note-CHLW": _File(
        "CHLW", "micro F1", ("content", "answer"),
        paper.highlight_words, fixed.highlight_words, predictors.highlight, 297,
        "898fd928f35f965eb71c5050f779ae91e05c9672fdb2315911891901098f5441",
    ),
    "Note-QueryGen": _File(
        "QueryGen", "ANLS (paper: without its encoder)", ("content", "answer"),
        paper.edit_similarity, fixed.query_similarity, predictors.note_title, 80,
        "8bc0c4c3758ffb976038d86ed26c1c32e5d5d33b539451e1d69ae506351d8afa",
    ),
}  # fmt: skip


def _bench_set(name: str, file: _File) -> BenchSet:
    def score(items: Sequence[Item], outputs: Sequence[str], mode: Mode) -> Tally:
        return (file.paper if mode == "paper" else file.fixed)(items, outputs)

    return BenchSet(
        id=name,
        suite="sns-bench",
        task=file.task,
        capability="social networking",
        metric=file.metric,
        licence=NONCOMMERCIAL,
        source=SOURCE,
        load=rows_loader("sns-bench", [f"{name}.json"], file.fields, SOURCE),
        score=score,
        gold=predictors.gold_text,
        trivial=file.trivial,
        items=file.items,
        sha256=file.sha256,
    )


SNS_BENCH: tuple[BenchSet, ...] = tuple(_bench_set(name, file) for name, file in _FILES.items())
