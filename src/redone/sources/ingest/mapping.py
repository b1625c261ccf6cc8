"""The typed form of a mapping file that goes from columns straight to tasks."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from redone.records.example import Truth
from redone.scoring.spec import RewardKind
from redone.sources.ingest.chat_mapping import Chat
from redone.sources.ingest.reading import Reading
from redone.sources.ingest.steps.models import RowStep, Step
from redone.sources.ingest.template import fields
from redone.sources.ingest.values import as_written
from redone.tasks.task import AnswerForm, Capability, Suite

Language = Literal["zh", "en"]
Split = Literal["train", "dev", "test"]
SPLITS: tuple[Split, ...] = ("train", "dev", "test")


class Strict(BaseModel):
    """Unknown keys are errors; values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _wording(text: str) -> str:
    fields(text)
    return text


def _text_keys(value: Any) -> Any:
    """``{0: safe}`` as ``{"0": safe}`` and ``[a, b]`` as ``{a: a, b: b}``: how people write label maps."""
    if isinstance(value, list):
        return {as_written(item): as_written(item) for item in value}
    return {as_written(key): item for key, item in value.items()} if isinstance(value, dict) else value


Wording = Annotated[str, BeforeValidator(lambda v: _wording(v) if isinstance(v, str) else v)]
PerLanguage = str | dict[Language, str]
Paths = Annotated[tuple[str, ...], BeforeValidator(lambda v: (v,) if isinstance(v, str) and v else v or ())]
Labels = Annotated[dict[str, PerLanguage], BeforeValidator(_text_keys)]


class Files(Strict):
    """Where the rows are, relative to the data root: one entry per public split, or ``all``."""

    train: Paths = ()
    dev: Paths = ()
    test: Paths = ()
    all: Paths = ()

    @model_validator(mode="after")
    def _some(self) -> Files:
        if not (self.train or self.all):
            raise ValueError("name 'train' files, or 'all' for a set without public splits")
        if self.all and (self.train or self.dev or self.test):
            raise ValueError("'all' stands alone; with public splits use train, dev and test")
        return self


class SplitRule(Strict):
    """Rows with equal ``by`` columns share a split. Shares apply only to splits that have no file.

    ``column`` names a column that says the split itself (train; dev, val, valid, validation; test).
    """

    by: Annotated[tuple[str, ...], BeforeValidator(lambda v: (v,) if isinstance(v, str) else v)] = ()
    column: str = ""
    dev: float = Field(default=0.1, ge=0, lt=0.5)
    test: float = Field(default=0.1, ge=0, lt=0.5)

    @model_validator(mode="after")
    def _one(self) -> SplitRule:
        if bool(self.by) == bool(self.column):
            raise ValueError("give either 'by' (what stays together) or 'column' (which says the split)")
        return self


class Condition(Strict):
    """What a column must satisfy. Lengths count characters of a text and items of a list."""

    one_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    min: float | None = None
    max: float | None = None
    min_length: int | None = None
    max_length: int | None = None


def _condition(value: Any) -> Any:
    if isinstance(value, str | int | float):
        return {"one_of": (as_written(value),)}
    if isinstance(value, list):
        return {"one_of": tuple(as_written(item) for item in value)}
    return value


Conditions = dict[str, Annotated[Condition, BeforeValidator(_condition)]]


class Answer(Strict):
    """Which column holds the answer and in which form it is asked for.

    ``labels`` maps raw values to the words of the answer, per language if they differ. A list column is
    joined by ", "; an empty list is the answer "none". ``also`` names columns with further right answers.
    ``logged`` is a column with the answer as the platform stores it.
    """

    column: str
    form: AnswerForm
    parser: str = ""
    labels: Labels = Field(default_factory=dict)
    also: tuple[str, ...] = ()
    logged: str = ""


class Choices(Strict):
    """Makes the question multiple choice: the answer and ``count - 1`` wrong options under ``{choices}``.

    Wrong options come from the ``among`` list of the row itself, from the column ``pool_column`` of
    ``pool_files``, or (default) from the answers of other rows of the same split. ``hard`` takes, out of 60
    drawn ones, those of like length that share as much with the ``like`` column as the answer does; without
    ``like`` those that share most with the answer. Options that share a value of the ``apart`` column with
    the question are never taken. ``characters`` cuts all options alike, so that length does not give the
    answer away; 0 leaves them whole.
    """

    count: int = Field(default=4, ge=2, le=10)
    among: str = ""
    pool_files: Paths = ()
    pool_column: str = ""
    hard: bool = True
    like: str = ""
    apart: str = ""
    characters: int = Field(default=0, ge=0)


class Reward(Strict):
    """Kind, metric name and parameters, as the scoring registry knows them."""

    kind: RewardKind = "exact"
    metric: str = ""
    params: dict[str, Any] = Field(default_factory=dict)


class TaskMapping(Strict):
    """One task. ``where`` looks at the row before ``prepare``, ``keep`` after; rows that fail are not asked.

    ``prompts``: at least two wordings per language; the last one is kept for evaluation.
    ``limit``: most examples per split, drawn by hash. ``balance``: the training split takes classes evenly.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    capability: Capability
    suite: Suite | None = None
    title: dict[Language, str] = Field(default_factory=dict)
    prompts: dict[Language, Annotated[tuple[Wording, ...], Field(min_length=2)]] = Field(min_length=1)
    language_column: str = ""
    where: Conditions = Field(default_factory=dict)
    prepare: tuple[RowStep, ...] = ()
    keep: Conditions = Field(default_factory=dict)
    answer: Answer
    choices: Choices | None = None
    reward: Reward = Reward()
    metric: str = "accuracy"
    limit: dict[Split, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)
    balance: bool = False
    truth: Truth = "label"
    negatives: str = ""


class TaskFile(Strict):
    """A mapping file with tasks, a chat, or both.

    ``columns`` gives columns other names, nested ones too (``{author: user.name}``). ``id`` names a column of
    unique values, ``types`` what columns hold.
    """

    set: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    licence: str
    origin: str = ""
    files: Files
    reading: Reading = Reading()
    columns: dict[str, str] = Field(default_factory=dict)
    id: str = ""
    split: SplitRule | None = None
    types: dict[str, Literal["text", "number", "list"]] = Field(default_factory=dict)
    prepare: tuple[Step, ...] = ()
    tasks: tuple[TaskMapping, ...] = ()
    chat: Chat | None = None

    @model_validator(mode="after")
    def _splits(self) -> TaskFile:
        if not self.tasks and self.chat is None:
            raise ValueError("asks for nothing: name 'tasks', or 'chat' for general conversations")
        if (self.files.all or not self.files.test) and self.split is None:
            raise ValueError("no 'test' file: name split.by, the column(s) whose rows must stay together")
        return self
