"""Writes small GGUF files for tests: a real llama model with random weights, whole or wrong in one chosen place."""

from __future__ import annotations

import random
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

UINT32, INT32, FLOAT32, STRING, ARRAY = 4, 5, 6, 8, 9
F32 = 0

WIDTH, HEADS, LAYERS, FEED_FORWARD, CONTEXT = 32, 2, 2, 32, 512
CONTROLS = ("guidance", "customer", "agent")


def vocabulary() -> tuple[list[str], list[float], list[int]]:
    """Texts, scores and types: special tokens, the 256 bytes, and some pieces of both languages."""
    texts = ["<unk>", "<s>", "</s>", *(f"<|{name}|>" for name in CONTROLS)]
    kinds = [2, *[3] * (len(texts) - 1)]
    pieces = ["▁", *map(chr, range(0x21, 0x7F)), *"部品の傷納期です", "▁a", "th", "▁th", "です"]
    pieces = list(dict.fromkeys(pieces))
    texts += [f"<0x{byte:02X}>" for byte in range(256)] + pieces
    kinds += [6] * 256 + [1] * len(pieces)
    return texts, [-float(number) for number in range(len(texts))], kinds


def keys(**changes: Any) -> dict[str, tuple[int, Any]]:
    """The metadata of a good file; ``changes`` are given by the last part of a key's name, None takes one away."""
    texts, scores, kinds = vocabulary()
    good: dict[str, tuple[int, Any]] = {
        "general.architecture": (STRING, "llama"),
        "general.name": (STRING, "tiny"),
        "llama.context_length": (UINT32, CONTEXT),
        "llama.embedding_length": (UINT32, WIDTH),
        "llama.block_count": (UINT32, LAYERS),
        "llama.feed_forward_length": (UINT32, FEED_FORWARD),
        "llama.attention.head_count": (UINT32, HEADS),
        "llama.attention.head_count_kv": (UINT32, HEADS),
        "llama.rope.dimension_count": (UINT32, WIDTH // HEADS),
        "llama.attention.layer_norm_rms_epsilon": (FLOAT32, 1e-5),
        "tokenizer.ggml.model": (STRING, "llama"),
        "tokenizer.ggml.tokens": (ARRAY, (STRING, texts)),
        "tokenizer.ggml.scores": (ARRAY, (FLOAT32, scores)),
        "tokenizer.ggml.token_type": (ARRAY, (INT32, kinds)),
        "tokenizer.ggml.bos_token_id": (UINT32, 1),
        "tokenizer.ggml.eos_token_id": (UINT32, 2),
    }
    for name, change in changes.items():
        key = next(key for key in good if key.rsplit(".", 1)[-1] == name)
        if change is None:
            del good[key]
        else:
            good[key] = change if isinstance(change, tuple) else (good[key][0], change)
    return good


def shapes() -> dict[str, tuple[int, ...]]:
    """The tensors of a good file."""
    size = len(vocabulary()[0])
    found: dict[str, tuple[int, ...]] = {"token_embd.weight": (WIDTH, size)}
    for layer in range(LAYERS):
        for name in ("attn_norm", "ffn_norm"):
            found[f"blk.{layer}.{name}.weight"] = (WIDTH,)
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            found[f"blk.{layer}.{name}.weight"] = (WIDTH, WIDTH)
        for name in ("ffn_gate", "ffn_down", "ffn_up"):
            found[f"blk.{layer}.{name}.weight"] = (WIDTH, FEED_FORWARD)
    return {**found, "output_norm.weight": (WIDTH,), "output.weight": (WIDTH, size)}


def write(
    path: Path,
    metadata: Mapping[str, tuple[int, Any]] | None = None,
    tensors: Mapping[str, tuple[int, ...]] | None = None,
    *,
    version: int = 3,
    kinds: Mapping[str, int] | None = None,
    offsets: Mapping[str, int] | None = None,
) -> Path:
    """Write the file; ``kinds`` and ``offsets`` replace those of single tensors in the header only."""
    metadata, tensors = metadata or keys(), tensors or shapes()
    length = "<I" if version == 1 else "<Q"
    draw = random.Random(7)
    header = b"GGUF" + struct.pack("<I", version)
    header += struct.pack(length, len(tensors)) + struct.pack(length, len(metadata))
    for key, (kind, value) in metadata.items():
        header += _text(key, length) + struct.pack("<I", kind) + _value(kind, value, length)
    weights = b""
    for name, shape in tensors.items():
        header += _text(name, length) + struct.pack("<I", len(shape))
        header += b"".join(struct.pack(length, each) for each in shape)
        header += struct.pack("<IQ", (kinds or {}).get(name, F32), (offsets or {}).get(name, len(weights)))
        count = 1
        for each in shape:
            count *= each
        numbers = [1.0] * count if len(shape) == 1 else [draw.gauss(0, 0.3) for _ in range(count)]
        if name == "output.weight":
            numbers[: 6 * WIDTH] = [0.0] * 6 * WIDTH  # so that it never ends of itself
        weights += struct.pack(f"<{len(numbers)}f", *numbers)
        weights += bytes(-len(weights) % 32)
    path.write_bytes(header + bytes(-len(header) % 32) + weights)
    return path


def _text(text: str, length: str) -> bytes:
    data = text.encode()
    return struct.pack(length, len(data)) + data


def _value(kind: int, value: Any, length: str) -> bytes:
    if kind == STRING:
        return _text(value, length)
    if kind == ARRAY:
        item, values = value
        return struct.pack("<I", item) + struct.pack(length, len(values)) + _items(item, values, length)
    return struct.pack({UINT32: "<I", INT32: "<i", FLOAT32: "<f"}[kind], value)


def _items(kind: int, values: Sequence[Any], length: str) -> bytes:
    return b"".join(_value(kind, value, length) for value in values)
