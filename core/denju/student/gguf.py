"""A strict look at a GGUF file before any native code opens it: header, tensors and size.

The library that runs the model believes every number it reads and takes the process down with it. So every count,
length, type, dimension and offset is checked here first, in plain Python and within fixed bounds.
Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (versions 1 to 3, little-endian).
"""

from __future__ import annotations

import math
import os
import stat
import struct
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, Literal

from denju.errors import ModelFileError
from denju.text import one_line

Template = Literal["practice", "llama-2", "zephyr", "plain"]

_DAMAGED = "The file is damaged or incomplete: copy or download it again and compare its sha256."
_OTHER_MODEL = (
    "This back-end runs GGUF files of the llama architecture with a SentencePiece vocabulary, "
    "such as TinyLlama 1.1B Chat or Llama 2 7B Chat in Q4_0."
)
_MAX_KEYS = 4_096
_MAX_TENSORS = 16_384
_MAX_ITEMS = 2_000_000
"""Of all arrays together."""
_MAX_METADATA = 64_000_000
"""Bytes before the weights."""

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "B", 10: "Q", 11: "q", 12: "d"}
_UINT32, _INT32, _FLOAT32, _STRING, _ARRAY = 4, 5, 6, 8, 9
_CONTROL, _BYTE = 3, 6
"""Types of a vocabulary entry; 1 to 6 exist."""

_WEIGHTS = {
    0: ("F32", 1, 4), 1: ("F16", 1, 2), 2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20), 6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24), 8: ("Q8_0", 32, 34), 10: ("Q2_K", 256, 84), 11: ("Q3_K", 256, 110), 12: ("Q4_K", 256, 144),
    13: ("Q5_K", 256, 176), 14: ("Q6_K", 256, 210),
}  # fmt: skip
"""Type of a tensor: name, weights a block, bytes a block; those that the library of 2023 can multiply with."""
_F32 = 0


_TOKENS, _SCORES, _TYPES = (f"tokenizer.ggml.{name}" for name in ("tokens", "scores", "token_type"))

_Items = Sequence[bytes] | Sequence[int | float]
_Array = tuple[int, _Items]
"""Type of the items, and the items."""
_Value = tuple[int, str | int | float | _Array]
"""Type and value of one key."""


_SMALL = 50_000_000
"""Parameters."""


@dataclass(frozen=True, slots=True)
class ModelHeader:
    """What a model file says of itself; every number in it has been checked."""

    architecture: str
    name: str
    context: int
    """Tokens that it was trained on."""
    vocabulary: int
    control: Mapping[str, int]
    """Tokens that no text can be parsed into, by the name in ``<|name|>``."""
    bos: int
    eos: int
    chat_template: str
    template: Template
    """Our guess at which layout of the prompt it was trained on."""
    quantisation: str
    """Type of most of the weights, such as ``Q4_0``."""
    parameters: int
    size: int
    """Bytes of the file."""

    @property
    def small(self) -> bool:
        """Whether a second thread costs more than it brings, above all on a busy machine."""
        return self.parameters < _SMALL


def read_header(path: Path) -> ModelHeader:
    """Check the whole header of a GGUF file, and that its tensors are all there.

    Raises:
        ModelFileError: it cannot be read, is damaged, or is a model that this back-end cannot run.
    """
    name = one_line(path.name)
    try:
        with open_model(path) as file:
            return _Check(_Reader(file, os.fstat(file.fileno()).st_size)).header()
    except OSError as error:
        raise ModelFileError(f"{name}: {(error.strerror or str(error)).lower()}", "Check the disk.") from error
    except _Wrong as error:
        raise ModelFileError(f"{name}: {error}", error.hint) from error


def open_model(path: Path) -> IO[bytes]:
    """A regular file, open for reading; never waits for the writer of a FIFO.

    Raises:
        ModelFileError: it is not there, not readable, or a folder, a FIFO, a device …
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return open(descriptor, "rb", buffering=1 << 18)
        os.close(descriptor)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise ModelFileError(f"{one_line(str(path))}: {reason}", "Check the path and its rights.") from error
    raise ModelFileError(f"{one_line(str(path))}: not a regular file.", "Give the path of a .gguf file.")


class _Wrong(Exception):
    def __init__(self, reason: str, hint: str = _DAMAGED) -> None:
        super().__init__(one_line(reason)[:300])
        self.hint = hint


class _Reader:
    """Reads the primitives of the format; never past the end, never more than the bounds."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self.file = file
        self.size = size
        self.position = 0
        self.limit = min(size, _MAX_METADATA)
        self.items_left = _MAX_ITEMS
        self._length = struct.Struct("<Q")

    def use_short_lengths(self) -> None:
        """Version 1 counts in 32 bits."""
        self._length = struct.Struct("<I")

    def take(self, count: int) -> bytes:
        self.position += count
        if self.position > self.limit:
            raise _Wrong("the file ends inside its header." if self.limit == self.size else "the header is too large.")
        data = self.file.read(count)
        if len(data) != count:
            raise _Wrong("the file got shorter while it was read.")
        return data

    def scalar(self, kind: int) -> int | float:
        layout = struct.Struct("<" + _SCALARS[kind])
        value: int | float = layout.unpack(self.take(layout.size))[0]
        return value

    def length(self) -> int:
        value: int = self._length.unpack(self.take(self._length.size))[0]
        return value

    def raw_text(self) -> bytes:
        return self.take(self.length())

    def text(self) -> str:
        return self.raw_text().decode("utf-8", "replace")

    def array(self, *, keep: bool) -> _Array:
        """Type of the items, and the items unless nobody keeps them."""
        kind, count = int(self.scalar(_UINT32)), self.length()
        self.items_left -= count
        if self.items_left < 0:
            raise _Wrong(f"an array of {count:,} items.")
        if kind == _STRING:
            texts = [self.raw_text() for _ in range(count)]
            return kind, texts if keep else ()
        if kind not in _SCALARS:
            raise _Wrong(f"an array of items of the unknown type {kind}.")
        layout = f"<{count}{_SCALARS[kind]}"
        data = self.take(struct.calcsize(layout))
        return kind, struct.unpack(layout, data) if keep else ()


@dataclass(frozen=True, slots=True)
class _Tensor:
    dimensions: tuple[int, ...]
    kind: int
    start: int
    """Offset in the part of the file that holds the weights."""

    @property
    def weights(self) -> int:
        return math.prod(self.dimensions)

    @property
    def size(self) -> int:
        _, block, block_size = _WEIGHTS[self.kind]
        return self.weights // block * block_size


class _Check:
    """Reads the header top to bottom; the first thing that is wrong ends it."""

    def __init__(self, reader: _Reader) -> None:
        self.reader = reader
        self.keys: dict[str, _Value] = {}
        self.tensors: dict[str, _Tensor] = {}

    def header(self) -> ModelHeader:
        tensors, keys = self.start()
        for _ in range(keys):
            self.read_key()
        architecture = self.runnable()
        context = self.number("llama.context_length", 1, 1 << 24)
        embedding = self.number("llama.embedding_length", 2, 1 << 16)
        layers = self.number("llama.block_count", 1, 1_024)
        feed_forward = self.number("llama.feed_forward_length", 1, 1 << 20)
        key_value = self.attention(embedding)
        vocabulary, control = self.vocabulary()
        for _ in range(tensors):
            self.read_tensor()
        self.layout()
        self.llama_tensors(layers, embedding, key_value, feed_forward, vocabulary)
        weights: Counter[str] = Counter()
        for tensor in self.tensors.values():
            weights[_WEIGHTS[tensor.kind][0]] += tensor.weights
        name, chat_template = self.text("general.name"), self.text("tokenizer.chat_template")
        return ModelHeader(
            architecture=architecture,
            name=one_line(name)[:200],
            context=context,
            vocabulary=vocabulary,
            control=MappingProxyType(control),
            bos=self.number("tokenizer.ggml.bos_token_id", 0, vocabulary - 1, default=1),
            eos=self.number("tokenizer.ggml.eos_token_id", 0, vocabulary - 1, default=2),
            chat_template=chat_template,
            template=_guess_template(control, name, chat_template),
            quantisation=weights.most_common(1)[0][0],
            parameters=weights.total(),
            size=self.reader.size,
        )

    def start(self) -> tuple[int, int]:
        """Magic number, version; returns how many tensors and keys follow."""
        if self.reader.size < 24:
            raise _Wrong("empty or far too small for a model." if self.reader.size else "the file is empty.")
        magic = self.reader.take(4)
        if magic != b"GGUF":
            raise _Wrong(_foreign(magic + self.reader.take(8)), _OTHER_MODEL)
        version = int(self.reader.scalar(_UINT32))
        if version in (1 << 24, 2 << 24, 3 << 24):
            raise _Wrong("a big-endian GGUF file.", "Take the little-endian file of the same model.")
        if version not in (1, 2, 3):
            raise _Wrong(f"GGUF version {version}; versions 1 to 3 can be read.")
        if version == 1:
            self.reader.use_short_lengths()
        tensors, keys = self.reader.length(), self.reader.length()
        if tensors > _MAX_TENSORS or keys > _MAX_KEYS:
            raise _Wrong(f"{tensors:,} tensors and {keys:,} keys are more than any model has.")
        return tensors, keys

    def read_key(self) -> None:
        key, kind = self.reader.text(), int(self.reader.scalar(_UINT32))
        if not key or key in self.keys or "\0" in key:
            raise _Wrong(f"the key {key[:60]!r} is empty, broken or there twice.")
        if kind == _STRING:
            self.keys[key] = (kind, self.reader.text())
        elif kind == _ARRAY:
            self.keys[key] = (kind, self.reader.array(keep=key in (_TOKENS, _SCORES, _TYPES)))
        elif kind in _SCALARS:
            self.keys[key] = (kind, self.reader.scalar(kind))
        else:
            raise _Wrong(f"the key {key[:60]!r} has the unknown type {kind}.")

    def read_tensor(self) -> None:
        name, count = self.reader.text(), int(self.reader.scalar(_UINT32))
        shown = repr(name[:60])
        if not name or name in self.tensors:
            raise _Wrong(f"the tensor {shown} is nameless or there twice.")
        if not 1 <= count <= 4:
            raise _Wrong(f"the tensor {shown} has {count} dimensions.")
        dimensions = tuple(self.reader.length() for _ in range(count))
        if not all(1 <= each <= 1 << 31 for each in dimensions) or math.prod(dimensions) > 1 << 40:
            raise _Wrong(f"the tensor {shown} has impossible dimensions.")
        kind, start = int(self.reader.scalar(_UINT32)), int(self.reader.scalar(10))
        if kind not in _WEIGHTS:
            raise _Wrong(
                f"the tensor {shown} has type {kind}, which this back-end (of 2023) does not know.",
                "Take the same model in Q4_0, Q4_K_M, Q5_K_M or Q8_0.",
            )
        if dimensions[0] % _WEIGHTS[kind][1]:
            raise _Wrong(f"the rows of tensor {shown} are no whole blocks of {_WEIGHTS[kind][0]}.")
        self.tensors[name] = _Tensor(dimensions, kind, start)

    def runnable(self) -> str:
        """The architecture; wrong unless architecture and vocabulary are ones that the library can run."""
        architecture = one_line(self.text("general.architecture"))[:40]
        tokenizer = one_line(self.text("tokenizer.ggml.model"))[:40]
        if not architecture:
            raise _Wrong("the file does not say which architecture it is.")
        if architecture != "llama":
            raise _Wrong(f"a model of the {architecture} architecture; this back-end cannot run it.", _OTHER_MODEL)
        if tokenizer != "llama":
            kind = "BPE vocabulary, as Llama 3 has" if tokenizer == "gpt2" else f"vocabulary of the kind {tokenizer!r}"
            raise _Wrong(f"a llama model with a {kind}; this back-end cannot run it.", _OTHER_MODEL)
        if "llama.expert_count" in self.keys and self.number("llama.expert_count", 0, 1 << 16):
            raise _Wrong("a mixture of experts; this back-end cannot run it.", _OTHER_MODEL)
        return architecture

    def attention(self, embedding: int) -> int:
        """Heads and positions; returns the width of keys and values."""
        heads = self.number("llama.attention.head_count", 1, embedding)
        groups = self.number("llama.attention.head_count_kv", 1, heads, default=heads)
        size = embedding // heads
        if embedding % heads or heads % groups or size % 2:
            raise _Wrong(f"{embedding} dimensions cannot be shared by {heads} heads in {groups} groups.")
        if (rotated := self.number("llama.rope.dimension_count", 2, size, default=size)) != size:
            raise _Wrong(
                f"positions turn {rotated} of a head's {size} dimensions; this back-end needs all.", _OTHER_MODEL
            )
        self.fraction("llama.attention.layer_norm_rms_epsilon", 1.0)
        self.fraction("llama.rope.freq_base", 1e12, default=10_000.0)
        self.fraction("llama.rope.scale_linear", 1e6, default=1.0)
        return size * groups

    def vocabulary(self) -> tuple[int, dict[str, int]]:
        """Number of entries, and the control tokens by name."""
        tokens = self.items(_TOKENS, _STRING)
        scores = self.items(_SCORES, _FLOAT32)
        types = self.items(_TYPES, _INT32)
        if not len(tokens) == len(scores) == len(types) or not tokens:
            raise _Wrong(f"{len(tokens):,} tokens with {len(scores):,} scores and {len(types):,} types.")
        if not all(map(math.isfinite, scores)):
            raise _Wrong("a token's score is not a number.")
        if not all(1 <= each <= 6 for each in types):
            raise _Wrong("a token has an unknown type.")
        # Text is spelt in bytes where the vocabulary has no piece for it, so each of the 256 must be there.
        marks = {f"<0x{byte:02X}>".encode() for byte in range(256)}
        spelt = {token for token, kind in zip(tokens, types, strict=True) if kind == _BYTE}
        if spelt != marks:
            raise _Wrong("the vocabulary has no complete set of byte tokens.", _OTHER_MODEL)
        for key in ("unknown", "separator", "padding"):
            self.number(f"tokenizer.ggml.{key}_token_id", 0, len(tokens) - 1, default=0)
        control = {
            token[2:-2].decode("utf-8", "replace"): number
            for number, (token, kind) in enumerate(zip(tokens, types, strict=True))
            if kind == _CONTROL and token.startswith(b"<|") and token.endswith(b"|>")
        }
        return len(tokens), control

    def layout(self) -> None:
        """Every tensor lies inside the file, aligned, and over no other."""
        step = self.number("general.alignment", 8, 65_536, default=32)
        if step & (step - 1):
            raise _Wrong(f"an alignment of {step}.")
        base = -(-self.reader.position // step) * step
        end = 0
        for name, tensor in sorted(self.tensors.items(), key=lambda each: each[1].start):
            if tensor.start % step or tensor.start < end:
                raise _Wrong(f"the tensor {name[:60]!r} lies over another one or is not aligned.")
            end = tensor.start + tensor.size
            if base + end > self.reader.size:
                missing = base + end - self.reader.size
                raise _Wrong(f"cut short: the tensor {name[:60]!r} lacks {missing:,} bytes.")

    def llama_tensors(self, layers: int, embedding: int, key_value: int, feed_forward: int, vocabulary: int) -> None:
        """All tensors of a llama model in the right shape, and no other."""
        expected: dict[str, tuple[int, ...]] = {
            "token_embd.weight": (embedding, vocabulary),
            "output_norm.weight": (embedding,),
            "output.weight": (embedding, vocabulary),
        }
        for layer in range(layers):
            shapes = {
                "attn_norm": (embedding,),
                "attn_q": (embedding, embedding),
                "attn_k": (embedding, key_value),
                "attn_v": (embedding, key_value),
                "attn_output": (embedding, embedding),
                "ffn_norm": (embedding,),
                "ffn_gate": (embedding, feed_forward),
                "ffn_down": (feed_forward, embedding),
                "ffn_up": (embedding, feed_forward),
            }
            expected.update({f"blk.{layer}.{name}.weight": shape for name, shape in shapes.items()})
        for name, shape in expected.items():
            tensor = self.tensors.get(name)
            if tensor is None and name == "output.weight":
                raise _Wrong("no output.weight (tied embeddings); this back-end cannot run it.", _OTHER_MODEL)
            if tensor is None:
                raise _Wrong(f"the tensor {name!r} is missing.")
            found = tensor.dimensions
            if found[: len(shape)] != shape or any(each != 1 for each in found[len(shape) :]):
                raise _Wrong(f"the tensor {name!r} has the shape {found}; expected {shape}.")
            if len(shape) == 1 and tensor.kind != _F32:
                raise _Wrong(f"the tensor {name!r} is not of the type F32.")
        if more := self.tensors.keys() - expected.keys():
            raise _Wrong(f"the tensor {min(more)[:60]!r} has no place in a llama model of this back-end.", _OTHER_MODEL)

    def text(self, key: str) -> str:
        kind, value = self.keys.get(key, (_STRING, ""))
        if kind != _STRING:
            raise _Wrong(f"{key} is no text.")
        return str(value)

    def number(self, key: str, least: int, most: int, *, default: int | None = None) -> int:
        if key not in self.keys and default is not None:
            return default
        kind, value = self.keys.get(key, (-1, ""))
        if kind != _UINT32 or not isinstance(value, int):
            raise _Wrong(f"{key} is missing." if kind == -1 else f"{key} is not a number of 32 bits.")
        if not least <= value <= most:
            raise _Wrong(f"{key} is {value:,}; expected {least:,} to {most:,}.")
        return value

    def fraction(self, key: str, most: float, *, default: float | None = None) -> None:
        """A positive number, of no more use here than that it is one."""
        kind, value = self.keys.get(key, (_FLOAT32, default))
        if kind != _FLOAT32 or not isinstance(value, float) or not 0 < value <= most:
            raise _Wrong(f"{key} is missing or impossible.")

    def items(self, key: str, kind: int) -> Sequence[Any]:
        _, value = self.keys.get(key, (-1, ""))
        if not isinstance(value, tuple) or value[0] != kind:
            raise _Wrong(f"{key} is missing or of the wrong type.")
        return value[1]


def _foreign(start: bytes) -> str:
    """What a file that is not GGUF most likely is."""
    if start[:4] in (b"tjgg", b"lmgg", b"fmgg", b"algg"):
        return "an old GGML file, from before GGUF."
    if start[:2] == b"PK":
        return "a zip file or a PyTorch checkpoint, not a GGUF file."
    if start[8:10] == b'{"':
        return "a safetensors file, not a GGUF file."
    return "not a GGUF file."


def _guess_template(control: Mapping[str, int], name: str, chat_template: str) -> Template:
    if {"guidance", "customer", "agent"} <= control.keys():
        return "practice"
    known = (chat_template or name).lower()
    if "<|user|>" in known or "zephyr" in known or ("tinyllama" in known and "chat" in known):
        return "zephyr"
    # The common files of Llama 2 Chat say no more of themselves than this name, which a few others have too.
    if known == "llama v2" or "[inst]" in known or ("llama-2" in known and ("chat" in known or "instruct" in known)):
        return "llama-2"
    return "plain"
