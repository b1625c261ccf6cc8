import random

import pytest
import torch

from redone.model.chat import Chat
from redone.model.tokenizer import train_tokenizer


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def texts() -> list[str]:
    rng = random.Random(0)
    words = ["".join(rng.choice("abcdefgh") for _ in range(rng.randint(2, 6))) for _ in range(80)]
    han = [chr(0x4E00 + rng.randint(0, 60)) for _ in range(40)]
    return [
        " ".join(rng.choice(words) for _ in range(8))
        + f" {rng.randint(0, 99)} + 7 = "
        + "".join(rng.sample(han, 6))
        for _ in range(600)
    ]


@pytest.fixture(scope="session")
def chat(texts: list[str]) -> Chat:
    return train_tokenizer(texts, 384)
