import json
import pickle
from pathlib import Path

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    LlamaConfig,
    LlamaForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
)

from redone.errors import UserError
from redone.model.files import load_model, save_model
from redone.model.template_guard import guard_template
from redone.model.tiny import TinySettings, create_model
from redone.model.tokenizer import chat_template
from redone.records import Message

SMALL = TinySettings(hidden=32, layers=2, heads=2, kv_heads=1, head_dim=16, mlp=48)
QWEN_LIKE = (
    "{%- if messages[0].role == 'system' %}<|system|>{{ messages[0].content }}{% endif %}"
    "{%- for m in messages %}{% if m.role == 'user' %}<|user|>{{ m.content }}{% elif m.role == 'assistant' %}"
    "<|assistant|>{% if loop.last %}\n<think>\n\n</think>\n\n{% endif %}{{ m.content }}<|end|>\n"
    "{% endif %}{% endfor %}"
    "{%- if add_generation_prompt %}<|assistant|>"
    "{% if enable_thinking is false %}\n<think>\n\n</think>\n\n{% endif %}{% endif %}"
)


def make(family, chat):
    shape = {
        "vocab_size": chat.vocab_size,
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "intermediate_size": 48,
    }
    if family == "qwen2":
        return Qwen2ForCausalLM(Qwen2Config(**shape))
    if family == "llama":
        return LlamaForCausalLM(LlamaConfig(**shape))
    return create_model(SMALL, chat, 0)


@pytest.fixture
def folder(tmp_path, chat):
    save_model(tmp_path / "m", create_model(SMALL, chat, 0), chat, "# A card")
    return tmp_path / "m"


@pytest.mark.parametrize("family", ["qwen3", "qwen2", "llama"])
def test_a_saved_model_comes_back(tmp_path, chat, family):
    torch.manual_seed(0)
    model = make(family, chat)
    save_model(tmp_path / "m", model, chat, "# A card")
    loaded, again = load_model(tmp_path / "m")
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), loaded.parameters(), strict=True))
    turns = [Message("system", "s"), Message("user", "abc 7 \u597d")]
    assert again.encode_prompt(turns) == chat.encode_prompt(turns)
    assert again.encode_answer("dd 42") == chat.encode_answer("dd 42")
    assert (again.end_id, again.pad_id, again.stop_ids) == (chat.end_id, chat.pad_id, chat.stop_ids)
    half, _ = load_model(tmp_path / "m", dtype=torch.bfloat16)
    assert half.dtype == torch.bfloat16


def test_folder_loads_in_plain_transformers_and_is_reproducible(folder, tmp_path, chat):
    names = {p.name for p in folder.iterdir()}
    assert {"model.safetensors", "config.json", "tokenizer.json", "chat_template.jinja", "README.md"} <= names
    model = AutoModelForCausalLM.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    turns = [{"role": "user", "content": "abc 7"}]
    ids = tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_dict=False)
    assert ids == chat.encode_prompt([Message("user", "abc 7")])
    assert model.config.eos_token_id == chat.end_id
    save_model(tmp_path / "again", model, chat, "# A card")
    for name in sorted(names):
        assert (folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name


def test_saving_replaces_a_model_but_nothing_else(folder, tmp_path, chat):
    save_model(folder, create_model(SMALL, chat, 1), chat, "new")
    assert (folder / "README.md").read_text() == "new"
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("x")
    with pytest.raises(UserError, match="not a model folder"):
        save_model(tmp_path / "other", create_model(SMALL, chat, 1), chat, "")


@pytest.mark.parametrize(
    "name", ["pytorch_model.bin", "optimizer.pt", "x.pkl", "deep/y.joblib", "z.npy", "W.PTH"]
)
def test_pickles_are_refused_by_name(folder, name):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(pickle.dumps({}))
    with pytest.raises(UserError, match=Path(name).name):
        load_model(folder)


def test_a_pickle_named_safetensors_is_refused(folder):
    (folder / "model.safetensors").write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(UserError, match=r"model\.safetensors is damaged"):
        load_model(folder)


@pytest.mark.parametrize("where", ["config.json", "tokenizer_config.json"])
def test_auto_map_is_refused(folder, where):
    content = json.loads((folder / where).read_text())
    content["auto_map"] = {"AutoModelForCausalLM": "modeling_evil.Evil"}
    (folder / where).write_text(json.dumps(content))
    with pytest.raises(UserError, match=f"{where} has the key 'auto_map'"):
        load_model(folder)


def test_code_adapters_and_links_are_refused(folder, tmp_path):
    (folder / "modeling_evil.py").write_text("raise SystemExit")
    with pytest.raises(UserError, match=r"modeling_evil\.py is code"):
        load_model(folder)
    (folder / "modeling_evil.py").unlink()
    (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "/elsewhere"}')
    with pytest.raises(UserError, match="adapter of another model"):
        load_model(folder)
    (folder / "adapter_config.json").unlink()
    (tmp_path / "secret.txt").write_text("s")
    (folder / "notes.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(UserError, match=r"notes\.txt is a link"):
        load_model(folder)


@pytest.mark.parametrize("keep", [0, 7, 300, -1])
def test_cut_weights_are_named(folder, keep):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:keep])
    with pytest.raises(UserError, match=r"model\.safetensors is damaged or cut short"):
        load_model(folder)


def test_other_damage_is_named(folder):
    config = (folder / "config.json").read_text()
    (folder / "config.json").write_text(config.replace('"num_hidden_layers": 2', '"num_hidden_layers": 3'))
    with pytest.raises(UserError, match=r"missing keys|cannot be loaded"):
        load_model(folder)
    (folder / "config.json").write_text(config[:40])
    with pytest.raises(UserError, match=r"config\.json is not valid JSON"):
        load_model(folder)
    (folder / "config.json").write_text(config)
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(UserError, match="tokenizer"):
        load_model(folder)
    with pytest.raises(UserError, match="no model folder"):
        load_model(folder / "nowhere")


def test_index_cannot_lead_out(folder):
    index = {"weight_map": {"a": "../../etc/x.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(UserError, match="outside the folder"):
        load_model(folder)


def test_foreign_template_with_reasoning_switch(folder):
    (folder / "chat_template.jinja").write_text(QWEN_LIKE)
    _, chat = load_model(folder)
    assert chat.tokenizer.decode(chat.encode_prompt([Message("user", "a")])).endswith("</think>\n\n")


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ messages.__class__.__mro__[1].__subclasses__() }}", "SecurityError"),
        ("{{ range(10**9) | list }}", "OverflowError"),
        ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "signal"),
        ("{{ 'a' * 10**10 }}", "MemoryError"),
        ("{{ 'a' * 10**6 }}", "10000.."),
    ],
)
def test_malicious_templates_end_in_an_error(template, said):
    with pytest.raises(UserError, match=f"chat template.*{said}"):
        guard_template(template + chat_template(), {})


def test_templates_are_guarded_at_load(folder):
    (folder / "chat_template.jinja").write_text("{{ cycler.__init__.__globals__.os }}")
    with pytest.raises(UserError, match="chat template fails: SecurityError"):
        load_model(folder)
