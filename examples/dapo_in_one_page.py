"""DAPO in one page: the algorithm of RedOne 2.0's reinforcement learning, to read from top to bottom.

A tiny model is to sort letters ("sort d b a c" -> "a b c d"). It first imitates a careless log, which shows the
form of an answer but seldom the right one; then DAPO (arXiv 2503.14476) teaches it what the log could not.
The library does the same with packed rows, a faster sampler and checkpoints; this page needs none of that.

    python examples/dapo_in_one_page.py
"""

import random
from itertools import chain, permutations
from statistics import mean

import torch
from torch import Tensor

from redone.model import TinySettings, create_model, train_tokenizer
from redone.records import Message

LETTERS, WORD = "abcdefgh", 4  # 1,680 different words of 4 letters
GROUPS, GROUP_SIZE = 16, 8  # groups that a step trains on, answers per group
ROUNDS = 3  # refill budget: a step samples at most so many times
UPDATES = 2  # optimizer updates per step; from the second on, the policy has left the one that sampled
CLIP_LOW, CLIP_HIGH = 0.2, 0.28  # the upper bound is higher, so that rare tokens have room to grow
RIGHT, LONG = 0.4, 0.33  # shares of the log that are right, and too long
LIMIT, BUFFER = 8, 3  # an answer has at most 8 tokens (end included), and pays from the 6th on


def reward(word: str, answer: str, finished: bool) -> float:
    """Raw reward, 0 or 1: a program can check the answer, so no reward model can be fooled."""
    return float(finished and answer.split() == sorted(word.split()))


def overlong(length: int) -> float:
    """Soft overlong punishment, -1 to 0: a slope, so that a slightly long answer is not as bad as an endless one."""
    return min(0.0, max(-1.0, (LIMIT - BUFFER - length) / BUFFER))


def advantages(rewards: Tensor) -> Tensor:
    """How much better than its group each answer is, in deviations; the group replaces a value network."""
    return (rewards - rewards.mean()) / (rewards.std() + 1e-4)


def dapo_loss(logprobs: Tensor, old: Tensor, advantage: Tensor) -> tuple[Tensor, Tensor]:
    """Loss over all answer tokens of an update, each given as one entry, and the share that the clip stopped."""
    ratio = (logprobs - old).exp()
    free = ratio * advantage
    bounded = ratio.clamp(1 - CLIP_LOW, 1 + CLIP_HIGH) * advantage
    # The smaller of the two is pessimistic: it takes the gradient from tokens that already moved far enough the
    # right way, and leaves it to tokens that moved the wrong way. The mean is over tokens, not over answers: a
    # long answer weighs as much as its tokens, so rambling is punished and careful reasoning is not diluted.
    return -torch.min(free, bounded).mean(), (bounded < free).float().mean()


def answer_logprobs(model: torch.nn.Module, rows: list[tuple[list[int], list[int]]]) -> Tensor:
    """Log-probabilities of the answer tokens of (prompt, answer) rows, one after the other in one vector."""
    longest = max(len(prompt + answer) for prompt, answer in rows)
    # Filled up on the right, where a causal model's tokens do not look.
    ids = torch.tensor([prompt + answer + [0] * (longest - len(prompt + answer)) for prompt, answer in rows])
    column = torch.arange(longest)
    target = torch.stack([(column >= len(p)) & (column < len(p) + len(a)) for p, a in rows])
    logits = model(input_ids=ids, use_cache=False).logits[:, :-1]  # position t predicts token t + 1
    logprobs = logits.log_softmax(-1).gather(-1, ids[:, 1:, None])[:, :, 0]
    return logprobs[target[:, 1:]]


@torch.no_grad()
def sample(model: torch.nn.Module, prompts: list[list[int]], end: int, greedy: bool) -> list[list[int]]:
    """One answer per prompt. All prompts here have the same length, so they stack; no cache, for brevity."""
    ids = torch.tensor(prompts)
    for _ in range(LIMIT):
        logits = model(input_ids=ids, use_cache=False, logits_to_keep=1).logits[:, -1]
        # Temperature 1 and no top-p: the answers must come from the very policy that the loss differentiates.
        chosen = logits.argmax(-1) if greedy else torch.multinomial(logits.softmax(-1), 1)[:, 0]
        ids = torch.cat([ids, chosen[:, None]], dim=1)
    answers = ids[:, len(prompts[0]) :].tolist()
    return [answer[: answer.index(end) + 1] if end in answer else answer for answer in answers]


def main(warm_up: int = 70, steps: int = 32, seed: int = 0) -> tuple[float, float]:
    """Train, print a table, and return the mean reward on held-out words before and after DAPO."""
    rng = random.Random(seed)
    torch.manual_seed(seed)
    torch.set_num_threads(1)

    # A tokenizer and a freshly initialised model, small enough for one core.
    chat = train_tokenizer(["sort " + " ".join(LETTERS)] * 2, vocab_size=280)
    shape = TinySettings(hidden=64, layers=2, heads=4, kv_heads=2, head_dim=16, mlp=128, context=64)
    model = create_model(shape, chat, seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, betas=(0.9, 0.95), weight_decay=0.0)

    def update(loss: Tensor, rate: float) -> None:
        optimizer.param_groups[0]["lr"] = rate
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    words = [" ".join(word) for word in permutations(LETTERS, WORD)]
    rng.shuffle(words)
    held_out, words = words[:200], words[200:]
    prompt_of = {word: chat.encode_prompt([Message("user", f"sort {word}")]) for word in held_out + words}

    def rewards(asked: list[str], answers: list[list[int]]) -> list[float]:
        texts = [(chat.decode(answer), answer[-1] == chat.end_id) for answer in answers]
        return [reward(word, *text) for word, text in zip(asked, texts, strict=True)]

    def report(when: str) -> float:
        # Two decodings, since greedy alone hides half of the effect: DAPO also sharpens the distribution.
        prompts = [prompt_of[word] for word in held_out]
        greedy, sampled = (
            mean(rewards(held_out, sample(model, prompts, chat.end_id, best))) for best in (True, False)
        )
        print(f"held-out words right {when}: {greedy:.0%} greedy, {sampled:.0%} sampled")
        return sampled

    # Warm-up. A model that never ends an answer and never hits a right one gives RL nothing to choose from. The
    # log is careless: most of its answers are in any order, and a third go on after the fourth letter.
    for _ in range(warm_up):
        rows = []
        for word in rng.sample(words, 64):
            letters = sorted(word.split()) if rng.random() < RIGHT else rng.sample(word.split(), WORD)
            letters += rng.sample(LETTERS, rng.randint(1, 3)) if rng.random() < LONG else []
            rows.append((prompt_of[word], chat.encode_answer(" ".join(letters))))
        update(-answer_logprobs(model, rows).mean(), rate=3e-3)
    before = report("after the warm-up")

    print("step  reward  length  groups kept/drawn  clipped")
    for step in range(steps):
        # Rollouts: sample groups until enough of them are alive, or the budget is spent.
        kept, raw_seen, lengths = [], [], []
        for _ in range(ROUNDS):
            asked = [word for word in rng.sample(words, GROUPS - len(kept)) for _ in range(GROUP_SIZE)]
            prompts = [prompt_of[word] for word in asked]
            answers = sample(model, prompts, chat.end_id, greedy=False)
            raw = rewards(asked, answers)
            with torch.no_grad():
                old = answer_logprobs(model, list(zip(prompts, answers, strict=True)))
            sizes = [len(answer) for answer in answers]
            old_parts, raw_seen, lengths = old.split(sizes), raw_seen + raw, lengths + sizes
            for start in range(0, len(asked), GROUP_SIZE):
                group = range(start, start + GROUP_SIZE)
                # Dynamic sampling: all right or all wrong means no advantage. The filter must see the raw reward:
                # with the penalty in it an all-wrong group would pass whenever its lengths differ, and length
                # would become the lesson.
                if len({raw[i] for i in group}) == 1:
                    continue
                shaped = torch.tensor([raw[i] + overlong(sizes[i]) for i in group])
                parts = zip(group, advantages(shaped).tolist(), strict=True)
                kept.append([(prompts[i], answers[i], old_parts[i], advantage) for i, advantage in parts])
            if len(kept) == GROUPS:
                break

        # Updates: the step trains on what it has: fewer groups if the budget ran out, none if all are dead.
        clipped = [0.0]
        for part in range(min(UPDATES, len(kept))):
            prompts, answers, old, values = zip(*chain(*kept[part::UPDATES]), strict=True)
            logprobs = answer_logprobs(model, list(zip(prompts, answers, strict=True)))
            repeated = [torch.full((len(a),), value) for a, value in zip(answers, values, strict=True)]
            loss, share = dapo_loss(logprobs, torch.cat(old), torch.cat(repeated))
            update(loss, rate=1e-3)
            clipped.append(float(share))
        if step % 4 == 0 or step == steps - 1:
            groups = f"{len(kept)}/{len(raw_seen) // GROUP_SIZE}"
            row = f"{step:4d}  {mean(raw_seen):6.2f}  {mean(lengths):6.1f}  {groups:>17}  {max(clipped):7.1%}"
            print(row, "#" * round(30 * mean(raw_seen)))

    return before, report("after DAPO")


if __name__ == "__main__":
    main()
