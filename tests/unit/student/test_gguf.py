"""The header check: good files pass with their numbers, and nothing else gets through or gets out as a traceback."""

from __future__ import annotations

import os
import random
import struct
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gguf_files
from denju.errors import ModelFileError
from denju.student.gguf import read_header
from gguf_files import ARRAY, FLOAT32, INT32, STRING, UINT32, keys, shapes, write


def refusal(path: Path) -> str:
    """The one line with which ``path`` is refused."""
    with pytest.raises(ModelFileError) as caught:
        read_header(path)
    assert "\n" not in caught.value.what
    assert path.name in caught.value.what
    assert caught.value.hint
    return caught.value.what


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_good_file_tells_what_it_is(tmp_path: Path, version: int) -> None:
    header = read_header(write(tmp_path / "good.gguf", version=version))
    assert (header.architecture, header.name, header.context) == ("llama", "tiny", gguf_files.CONTEXT)
    assert dict(header.control) == {"guidance": 3, "customer": 4, "agent": 5}
    assert (header.bos, header.eos, header.template, header.quantisation) == (1, 2, "practice", "F32")
    assert header.vocabulary == len(gguf_files.vocabulary()[0])


@pytest.mark.parametrize(
    ("name", "template"),
    [
        ("tinyllama_tinyllama-1.1b-chat-v1.0", "zephyr"),
        ("LLaMA v2", "llama-2"),
        ("ELYZA-japanese-Llama-2-7b-instruct", "llama-2"),
        ("tiny", "plain"),
    ],
)
def test_a_model_that_is_recommended_is_laid_out_as_it_was_trained(tmp_path: Path, name: str, template: str) -> None:
    texts = [text.replace("<|", "<") for text in TEXTS]
    path = write(tmp_path / "named.gguf", keys(name=name, tokens=(ARRAY, (STRING, texts))))
    assert read_header(path).template == template


TEXTS, SCORES, KINDS = gguf_files.vocabulary()

WRONG_KEYS = {
    "Qwen": (keys(architecture="qwen2"), "qwen2 architecture"),
    "Gemma": (keys(architecture="gemma3"), "gemma3 architecture"),
    "Llama 3": (keys(model="gpt2"), "BPE vocabulary"),
    "no architecture": (keys(architecture=None), "does not say which architecture"),
    "no context": (keys(context_length=None), "llama.context_length is missing"),
    "context of the wrong type": (keys(context_length=(FLOAT32, 1.0)), "not a number of 32 bits"),
    "context 0": (keys(context_length=0), "llama.context_length is 0"),
    "huge width": (keys(embedding_length=1 << 30), "embedding_length"),
    "heads do not divide": (keys(head_count=3), "cannot be shared"),
    "groups do not divide": (keys(head_count=2, head_count_kv=0), "head_count_kv is 0"),
    "odd rotation": (keys(dimension_count=8), "turn 8 of a head's 16"),
    "epsilon is not a number": (keys(layer_norm_rms_epsilon=float("nan")), "rms_epsilon"),
    "end token outside": (keys(eos_token_id=99_999), "eos_token_id"),
    "fewer scores": (keys(scores=(ARRAY, (FLOAT32, SCORES[:-1]))), "scores"),
    "scores of the wrong type": (keys(scores=(ARRAY, (INT32, KINDS))), "wrong type"),
    "score not finite": (keys(scores=(ARRAY, (FLOAT32, [float("nan"), *SCORES[1:]]))), "not a number"),
    "unknown kind of token": (keys(token_type=(ARRAY, (INT32, [99, *KINDS[1:]]))), "unknown type"),
    "a byte token is missing": (keys(tokens=(ARRAY, (STRING, [*TEXTS[:6], "x", *TEXTS[7:]]))), "byte tokens"),
    "more layers than tensors": (keys(block_count=3), "'blk.2."),
    "fewer layers than tensors": (keys(block_count=1), "has no place"),
    "other width": (keys(feed_forward_length=64), "has the shape"),
}


@pytest.mark.parametrize("name", WRONG_KEYS)
def test_a_wrong_key_is_named(tmp_path: Path, name: str) -> None:
    metadata, reason = WRONG_KEYS[name]
    assert reason in refusal(write(tmp_path / "wrong.gguf", metadata))


def without(name: str) -> dict[str, tuple[int, ...]]:
    return {each: shape for each, shape in shapes().items() if each != name}


def test_wrong_tensors_are_named(tmp_path: Path) -> None:
    path = tmp_path / "wrong.gguf"
    assert "tied embeddings" in refusal(write(path, tensors=without("output.weight")))
    assert "'blk.1.ffn_up.weight' is missing" in refusal(write(path, tensors=without("blk.1.ffn_up.weight")))
    assert "no place" in refusal(write(path, tensors={**shapes(), "blk.0.attn_q.bias": (32,)}))
    assert "5 dimensions" in refusal(write(path, tensors={"token_embd.weight": (1, 1, 1, 1, 1)}))
    assert "impossible dimensions" in refusal(write(path, tensors={"output.weight": (1, 0)}))
    assert "type 23" in refusal(write(path, kinds={"output.weight": 23}))
    assert "no whole blocks of Q4_K" in refusal(write(path, kinds={"output.weight": 12}))
    assert "not of the type F32" in refusal(write(path, kinds={"output_norm.weight": 1}))
    assert "lies over another" in refusal(write(path, offsets={"output.weight": 0}))
    assert "not aligned" in refusal(write(path, offsets={"output.weight": 33}))
    assert "cut short" in refusal(write(path, offsets={"output.weight": 1 << 40}))


def test_foreign_files_are_called_by_their_name(tmp_path: Path) -> None:
    path = tmp_path / "foreign.bin"
    for data, reason in {
        b"": "empty",
        b"GGUF": "too small",
        b"GGUF" + bytes(60): "version 0",
        b"GGUF\0\0\0\3" + bytes(60): "big-endian",
        b"tjgg" + bytes(60): "old GGML",
        b"PK\3\4" + bytes(60): "PyTorch",
        bytes(8) + b'{"__metadata__"' + bytes(60): "safetensors",
        b"%PDF-1.7" + bytes(60): "not a GGUF file",
        b"\xff" * 100: "not a GGUF file",
    }.items():
        path.write_bytes(data)
        assert reason in refusal(path)
    assert "is a directory" in refusal(tmp_path) or "regular" in refusal(tmp_path)
    assert "no such file" in refusal(tmp_path / "missing")
    os.mkfifo(tmp_path / "fifo")
    assert "not a regular file" in refusal(tmp_path / "fifo")


@pytest.mark.parametrize("kind", [STRING, UINT32])
def test_a_hostile_header_takes_little_memory(tmp_path: Path, kind: int) -> None:
    path = tmp_path / "hostile.gguf"
    array = struct.pack("<Q", 1) + b"k" + struct.pack("<IIQ", ARRAY, kind, 1 << 60)
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 10, 10) + array + bytes(1_000_000))
    tracemalloc.start()
    assert "items" in refusal(path)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return write(tmp_path_factory.mktemp("model") / "good.gguf").read_bytes()


def test_a_file_that_is_cut_short_is_refused(tmp_path: Path, good: bytes) -> None:
    path = tmp_path / "short.gguf"
    for size in random.Random(1).sample(range(len(good) - 32), 60):
        path.write_bytes(good[:size])
        refusal(path)


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_mutation_gets_out_as_another_error(tmp_path: Path, good: bytes, data: st.DataObject) -> None:
    changed = bytearray(good)
    for _ in range(data.draw(st.integers(1, 8))):
        changed[data.draw(st.integers(0, 9_000))] = data.draw(st.integers(0, 255))
    path = tmp_path / "mutated.gguf"
    path.write_bytes(changed)
    try:
        read_header(path)
    except ModelFileError as error:
        assert error.what and error.hint and "\n" not in error.what
