"""The platform's policy: an input document, so that a rule changes without training anything."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from redone.errors import UserError

Severity = Literal["low", "medium", "high"]


class Rule(BaseModel):
    """One category: how bad it is and its clause in each language."""

    model_config = ConfigDict(extra="forbid")

    severity: Severity = "medium"
    clause: dict[Literal["zh", "en"], str] = Field(min_length=1)

    def says(self, language: str) -> str:
        """The clause in a language, or in the other one where it was never written."""
        return next(
            (text for key, text in self.clause.items() if key == language), next(iter(self.clause.values()))
        )


class Policy(BaseModel):
    """Categories and their rules."""

    model_config = ConfigDict(extra="forbid")

    version: str = Field(default="", max_length=100)
    categories: dict[str, Rule] = Field(min_length=1, max_length=50)


def platform_policy(clauses: Mapping[str, str]) -> Policy:
    """The policy of a platform's records: ``scam`` holds the English clause, ``scam:zh`` the Chinese one."""
    rules: dict[str, dict[Literal["zh", "en"], str]] = {}
    for key, text in clauses.items():
        name, _, language = key.partition(":")
        rules.setdefault(name, {})["zh" if language == "zh" else "en"] = text
    return Policy(categories={name: Rule(clause=clause) for name, clause in rules.items()})


def read_policy(path: Path) -> Policy:
    """A policy file (YAML or JSON).

    Raises:
        UserError: it cannot be read, or a rule is wrong; the message names it.

    """
    try:
        document = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
        return Policy.model_validate(document)
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise UserError(f"{path}: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UserError(f"{path}: {where or 'document'}: {first['msg']}") from error
