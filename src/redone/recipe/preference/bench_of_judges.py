"""The judges that a recipe names, ready to be asked; models are reached over the model room's client."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Lock

import orjson

from redone.model.endpoint import ChatRequest, EndpointClient, EndpointSettings
from redone.recipe.config import EndpointJudgeConfig, JudgeConfig, LikenessJudgeConfig, RuleJudgeConfig
from redone.recipe.hashing import hash_value
from redone.records import Message
from redone.scoring.judges import Judge, LikenessJudge, ModelJudge, Question, RuleJudge, Verdict


@contextmanager
def open_judges(configs: Sequence[JudgeConfig], journal: Path) -> Iterator[list[Judge]]:
    """Every judge of the recipe. Verdicts of models are kept in ``journal``, so that a resume pays for none twice.

    Raises:
        UserError: the environment variable of a key is not set.

    """
    with ExitStack() as stack:
        yield [_open(config, journal, stack) for config in configs]


def _open(config: JudgeConfig, journal: Path, stack: ExitStack) -> Judge:
    if isinstance(config, RuleJudgeConfig):
        return RuleJudge(
            name=config.name, margin=config.margin, shortest=config.shortest, longest=config.longest
        )
    if isinstance(config, LikenessJudgeConfig):
        return LikenessJudge(name=config.name, metric=config.metric, margin=config.margin)
    client = stack.enter_context(
        EndpointClient(
            EndpointSettings(
                url=config.url,
                model=config.model,
                key_variable=config.key_variable,
                timeout=config.timeout,
                attempts=config.attempts,
                parallel=config.parallel,
            )
        )
    )
    return Remembering(_model_judge(config, client), journal)


def _model_judge(config: EndpointJudgeConfig, client: EndpointClient) -> ModelJudge:
    def complete(messages: tuple[Message, ...]) -> str:
        return client.complete(ChatRequest(messages=messages, max_tokens=config.max_tokens))[0].text

    return ModelJudge(config.name, complete, parallel=config.parallel, give_up_after=config.give_up_after)


class Remembering:
    """A judge whose verdicts are written down; what failed is not, and is asked again next time."""

    def __init__(self, judge: Judge, journal: Path) -> None:
        self._judge = judge
        self._journal = journal
        self._lock = Lock()
        self._known = dict(_entries(journal))

    @property
    def name(self) -> str:
        """The judge's name."""
        return self._judge.name

    @property
    def parallel(self) -> int:
        """As many calls at a time as the judge takes."""
        return self._judge.parallel

    def compare(self, question: Question, answer_a: str, answer_b: str) -> Verdict:
        """The verdict, from the journal if it is there."""
        key = hash_value([self.name, question.id, question.prompt, answer_a, answer_b])
        if key in self._known:
            return self._known[key]
        verdict = self._judge.compare(question, answer_a, answer_b)
        if verdict.winner is not None:
            line = orjson.dumps({"key": key, "winner": verdict.winner, "reason": verdict.reason}) + b"\n"
            with self._lock, self._journal.open("ab") as file:
                file.write(line)
        return verdict


def _entries(journal: Path) -> Iterator[tuple[str, Verdict]]:
    if not journal.exists():
        return
    for line in journal.read_bytes().splitlines():
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError:  # the line that a kill cut short: that pair is asked again
            continue
        yield row["key"], Verdict(row["winner"], row["reason"])
