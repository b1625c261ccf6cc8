"""A recipe to begin with, for mapping files that were just written."""

from __future__ import annotations

from collections.abc import Sequence

_TEXT = """\
# RedOne 2.0 on your own data: RL -> targeted fine-tuning -> RL. Written by `redone init`; every line may be changed.
# `redone ingest --check recipe.yaml` shows what the mapping files give, `redone run recipe.yaml --out DIR` runs it.
name: {name}
seed: 0
threads: 2
precision: float32

data:
  kind: files
  root: {root}  # the paths inside the mapping files start here
  quarantine_limit: 0.05  # more faulty rows than this share stop the run
  examples_per_task: {{train: 300, dev: 40, test: 100}}  # at most, per task
  general: {{train: 600, dev: 120, test: 240}}  # general ability, which must not be lost
  mappings:{mappings}

base:
  kind: tiny  # trained here, to see the whole way in minutes; your own model: {{kind: folder, path: MODEL}}
  vocab_size: 4096
  text_documents: 6000
  general_examples: 8000
  instruction_examples: 8000
  optimizer: {{learning_rate: 3e-3, warmup_ratio: 0.05, final_ratio: 0.1}}

evaluation: {{items_per_task: 80, samples: 2, temperature: 0.7, headline: sampled, max_new_tokens: 48}}

stages:
  - kind: exploratory
    general_share: 0.25
    rl:
      steps: 60
      groups_per_step: 16
      group_size: 8
      max_prompt_tokens: 256  # longer prompts are left out, and counted
      max_new_tokens: 48
      optimizer: {{learning_rate: 3e-4, schedule: cosine, warmup_steps: 5, final_ratio: 0.3}}
  - kind: targeted
    examples: 2000
    sft:
      epochs: 3
      tokens_per_step: 2048
      doubt_below: 0  # 0.3: a second round leaves out logged answers that look wrong; doubted.jsonl lists them
      optimizer: {{learning_rate: 1e-3, schedule: cosine, warmup_ratio: 0.1}}
  - kind: refinement
    rationale_share: null  # set a share (published: 0.5718) where your data have rationales
    general_share: 0.25
    rl:
      steps: 60
      groups_per_step: 16
      group_size: 8
      max_prompt_tokens: 256
      max_new_tokens: 48
      optimizer: {{learning_rate: 2e-4, schedule: cosine, warmup_steps: 5, final_ratio: 0.5}}
"""


def starter_recipe(name: str, root: str, mappings: Sequence[str], remarks: Sequence[str] = ()) -> str:
    """The text of a recipe that reads these mapping files; paths are relative to the recipe."""
    # An empty list has to be written as one.
    first = [""] if mappings else [" []  # none yet"]
    listed = "\n".join(
        [*first, *[f"    - {path}" for path in mappings], *[f"    # {line}" for line in remarks]]
    )
    return _TEXT.format(name=name, root=_quoted(root), mappings=listed)


def _quoted(path: str) -> str:
    return "'" + path.replace("'", "''") + "'"
