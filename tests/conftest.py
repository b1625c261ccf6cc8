"""Settings that every test runs under."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import hypothesis
import pytest
import torch

hypothesis.settings.register_profile(
    "untimed", deadline=None
)  # how long a case takes says nothing on a shared machine
hypothesis.settings.load_profile("untimed")


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    """Shared machines: more threads than cores make a suite slower, and one thread is reproducible."""
    torch.set_num_threads(1)
