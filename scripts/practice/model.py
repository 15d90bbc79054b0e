"""The practice student in torch: a small llama, and the GGUF file that ctransformers reads.

Its rotary embedding turns neighbouring pairs, as ggml does for llama, so weights need no reordering.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import gguf
import torch
from torch import Tensor, nn
from torch.nn import functional

from practice.attention import Block, attend, blocks
from practice.batches import so_far
from practice.vocabulary import CONTROLS, Vocabulary

GUIDED = {2: ("said",), 3: ("next",), 4: ("copied", "copied")}
"""What the first heads of a layer are taught to look at."""
READ = (0, 1, 3)
"""After so many layers the aids read: first the mean of a text's tokens, last what stands at its end."""
BY_PIECES = 0.5
"""Weight of a meaning that is read from the mean of a text's pieces."""
LOOKED_AT = 4
"""Of so many tokens one is asked where it looks; to ask all would take more than a third of the way forward."""


@dataclass(frozen=True)
class Shape:
    """Sizes of the model; all widths are multiples of 32, as Q8_0 asks.

    A head has 64 numbers: ggml takes them 32 at a time, and what is left over one by one.
    """

    vocabulary: int
    width: int = 192
    layers: int = 5
    heads: int = 3
    inner: int = 512
    context: int = 1536


class Norm(nn.Module):
    """Root-mean-square normalisation."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        return functional.rms_norm(x, (x.shape[-1],), self.weight, 1e-5)


class Layer(nn.Module):
    """Attention and a gated feed-forward, each added to what came in."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.attn_norm, self.ffn_norm = Norm(shape.width), Norm(shape.width)
        self.attn_q, self.attn_k, self.attn_v, self.attn_output = (
            nn.Linear(shape.width, shape.width, bias=False) for _ in range(4)
        )
        self.ffn_gate = nn.Linear(shape.width, shape.inner, bias=False)
        self.ffn_up = nn.Linear(shape.width, shape.inner, bias=False)
        self.ffn_down = nn.Linear(shape.inner, shape.width, bias=False)

    def forward(
        self, x: Tensor, turn: tuple[Tensor, Tensor], seen: Sequence[Block]
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """What comes out, and all heads' queries and keys, each (rows, length, heads, size)."""
        q, k, v = self.ask(x, turn)
        return self.go_on(x, attend(q, k, v, seen)), (q, k)

    def ask(self, x: Tensor, turn: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values, each (rows, length, heads, size)."""
        h = self.attn_norm(x)
        q, k, v = (each(h).unflatten(-1, (self.heads, -1)) for each in (self.attn_q, self.attn_k, self.attn_v))
        return rotate(q, turn), rotate(k, turn), v

    def go_on(self, x: Tensor, found: Tensor) -> Tensor:
        """What comes out, from what attention ``found``."""
        x = x + self.attn_output(found.flatten(-2))
        h = self.ffn_norm(x)
        out: Tensor = x + self.ffn_down(functional.silu(self.ffn_gate(h)) * self.ffn_up(h))
        return out


def rotate(x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """Turn each neighbouring pair of ``x`` by its position's angle."""
    cos, sin = turn
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), -1).flatten(-2)


class Llama(nn.Module):
    """Ids and positions to hidden states; ``output`` turns those of interest into logits."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.faintness = 0.0
        """How much of what the first layers say of a text is dropped while its meaning is learnt."""
        self.token_embd = nn.Embedding(shape.vocabulary, shape.width)
        self.blk = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.output_norm = Norm(shape.width)
        self.output = nn.Linear(shape.width, shape.vocabulary, bias=False)
        # One matrix for both: what can be read can be said, so any piece can be copied, met before or not.
        self.output.weight = self.token_embd.weight
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                last = name.endswith(("attn_output.weight", "ffn_down.weight"))
                nn.init.normal_(weight, std=0.02 / (2 * shape.layers) ** 0.5 if last else 0.02)
        size = shape.width // shape.heads
        angles = torch.outer(torch.arange(shape.context), 10000 ** (-torch.arange(0, size, 2) / size))
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)

    def forward(
        self,
        ids: Tensor,
        positions: Tensor,
        mask: Tensor,
        looks: Mapping[str, Tensor] | None = None,
        begins: Tensor | None = None,
    ) -> tuple[Tensor, list[Tensor], Tensor]:
        """Hidden states, those that the aids read, and how far heads are from looking where they shall.

        That is nats a look, summed by guided head and of one more: in the layers that aids read a text whose meaning is
        learnt shall be read by itself, whatever stands before it, or what is learnt from it alone would not hold there.

        ``ids`` and ``positions`` are (rows, length), ``mask`` (rows, 1, length, length), added to the scores;
        ``looks`` by kind (rows, length, 2); ``begins``, (rows, length), says where such a text begins, else it is below 0.
        """
        faint = None if begins is None else begins >= 0
        first = self._dropped(self.token_embd(ids), faint)
        read, astray = [first], first.new_zeros(())
        for number, (x, q, k) in enumerate(self._above(first, positions, mask, faint, len(self.blk))):
            if number + 1 in READ:
                read.append(x)
            if begins is not None and number < READ[-1]:
                astray = astray + strayed(q, k, mask, begins) / READ[-1]
            if looks is not None:
                for head, kind in enumerate(GUIDED.get(number, ())):
                    astray = astray + missed(q[:, :, head], k[:, :, head], mask[:, 0], looks[kind])
        return self.output_norm(x), read, astray

    def read(self, ids: Tensor, positions: Tensor, mask: Tensor, begins: Tensor | None = None) -> list[Tensor]:
        """Only what the aids read."""
        faint = None if begins is None else begins >= 0
        first = self._dropped(self.token_embd(ids), faint)
        above = enumerate(self._above(first, positions, mask, faint, READ[-1]))
        return [first, *(x for number, (x, _, _) in above if number + 1 in READ)]

    def _above(
        self, x: Tensor, positions: Tensor, mask: Tensor, faint: Tensor | None, layers: int
    ) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """What comes out of each of so many layers, and its queries and keys."""
        turn, seen = self._turn(positions), blocks(mask)
        for number, layer in enumerate(self.blk[:layers]):
            x, (q, k) = layer(x, turn, seen)
            if number < READ[-1]:
                x = self._dropped(x, faint)
            yield x, q, k

    def _dropped(self, x: Tensor, faint: Tensor | None) -> Tensor:
        """``x``, (rows, length, width), with dropout where ``faint``, (rows, length)."""
        if faint is None or not self.faintness:
            return x
        kept = functional.dropout(torch.ones_like(x, dtype=torch.float32), self.faintness)
        return x * torch.where(faint.unsqueeze(-1), kept, 1.0).to(x.dtype)

    def _turn(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        return self.cos[positions].unsqueeze(2), self.sin[positions].unsqueeze(2)


class Aids(nn.Module):
    """What helps to train and is thrown away: reads what steps and sentences mean, and what a message shows.

    The meaning is read from the mean of a text's pieces as well (as in fastText, arXiv 1607.01759): what each piece tells
    by itself carries over to wordings never met, where what layers make of whole texts does not.
    """

    def __init__(self, shape: Shape, meanings: int, traits: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList(Norm(shape.width) for _ in READ)
        self.meanings = nn.ModuleList(nn.Linear(shape.width, meanings) for _ in READ)
        self.trait = nn.Linear(shape.width, traits)

    def forward(
        self, read: Sequence[Tensor], begins: Tensor, meanings: Tensor, shown: Tensor, told: Tensor
    ) -> dict[str, Tensor]:
        """Losses: of the meanings, of what a reader tells of them, of the traits.

        ``read`` by layer (rows, length, width), the others as in ``rows.Batch``; ``told``, (tokens, meanings), are chances
        of what each text means as far as each of its tokens, as ``Parts.told`` gives them.
        """
        meant, known = told.new_zeros(()), told.new_zeros(())
        inside = begins >= 0
        sizes = (torch.arange(begins.shape[1]) + 1 - begins)[inside].unsqueeze(-1)
        ends = ((meanings >= 0) & (meanings < told.shape[1]))[inside]
        labels = meanings[inside][ends]
        for place, (x, norm, meaning) in enumerate(zip(read, self.norms, self.meanings, strict=True)):
            last = place == len(READ) - 1
            said = meaning(norm(x[inside] if last else so_far(x.float(), begins) / sizes)).float()
            weight = 1.0 if last else BY_PIECES
            if len(labels):
                meant = meant + weight * functional.cross_entropy(said[ends], labels)
            if len(said):
                known = known + weight * functional.cross_entropy(said, told)
        traits = told.new_zeros(())
        if (asked := shown >= 0).any():
            bits = (shown[asked].unsqueeze(-1) >> torch.arange(self.trait.out_features)) & 1
            traits = functional.binary_cross_entropy_with_logits(
                self.trait(self.norms[-1](read[-1][asked])), bits.float()
            )
        return {"meanings": meant, "told": known, "traits": traits}


def missed(q: Tensor, k: Tensor, mask: Tensor, spans: Tensor) -> Tensor:
    """Mean of -log of the attention that a head pays to its spans, (rows, length, 2), where there are any.

    One token in ``LOOKED_AT`` of those that have one is looked at.
    """
    place = torch.arange(spans.shape[1])
    found = []
    for row, own in enumerate(spans):
        asked = _some((own[:, 1] > own[:, 0]).nonzero().squeeze(1))
        scores = (q[row, asked] @ k[row].mT).float() / q.shape[-1] ** 0.5 + mask[row, asked]
        first, last = own[asked].unsqueeze(-1).unbind(1)
        found.append(_nats(scores, (place >= first) & (place < last)))
    return _mean(found)


def strayed(q: Tensor, k: Tensor, mask: Tensor, begins: Tensor) -> Tensor:
    """Mean of -log of the attention that tokens of texts pay to their own text, by all heads; ``begins`` (rows, length).

    One token in ``LOOKED_AT`` is looked at.
    """
    place = torch.arange(begins.shape[1])
    found = []
    for row, first in enumerate(begins):
        own = _some((first >= 0).nonzero().squeeze(1))
        scores = (q[row, own].transpose(0, 1) @ k[row].permute(1, 2, 0)).float() / q.shape[-1] ** 0.5
        found.append(_nats(scores + mask[row][:, own], place >= first[own].unsqueeze(1)).flatten())
    return _mean(found)


def _nats(scores: Tensor, inside: Tensor) -> Tensor:
    """-log of the attention that is paid ``inside``."""
    return scores.logsumexp(-1) - scores.masked_fill(~inside, float("-inf")).logsumexp(-1)


def _mean(found: Sequence[Tensor]) -> Tensor:
    nats = torch.cat([*found])
    return nats.mean() if len(nats) else nats.sum()


def _some(places: Tensor) -> Tensor:
    """Each ``LOOKED_AT``-th of them, from a first drawn at random."""
    return places[torch.randint(LOOKED_AT, ()) :: LOOKED_AT]


def causal(length: int) -> Tensor:
    """The mask of one plain row: each position sees itself and what stands before it."""
    return torch.full((1, 1, length, length), float("-inf")).triu(1)


def write_gguf(model: Llama, vocabulary: Vocabulary, path: Path) -> None:
    """Write the model, Q8_0, with its vocabulary."""
    shape = model.shape
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("denju practice student")
    writer.add_license("Apache-2.0")
    writer.add_description("Learns a desk's acts in Japanese and English. For practice, not for customers.")
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.inner)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_rope_dimension_count(shape.width // shape.heads)
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    _add_vocabulary(writer, vocabulary)
    for name, weight in model.state_dict().items():
        array = weight.detach().float().numpy()
        if weight.dim() == 2:
            kind = gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor(name, gguf.quants.quantize(array, kind), raw_dtype=kind)
        else:
            writer.add_tensor(name, array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_vocabulary(writer: gguf.GGUFWriter, vocabulary: Vocabulary) -> None:
    pieces = vocabulary.pieces
    tokens, scores, kinds = [], [], []
    for each in range(len(pieces)):
        kind = gguf.TokenType.NORMAL
        if pieces.is_unknown(each):
            kind = gguf.TokenType.UNKNOWN
        elif pieces.is_control(each):
            kind = gguf.TokenType.CONTROL
        elif pieces.is_byte(each):
            kind = gguf.TokenType.BYTE
        tokens.append(pieces.id_to_piece(each).encode())
        scores.append(pieces.get_score(each))
        kinds.append(kind)
    tokens += [f"<|{name}|>".encode() for name in CONTROLS]
    scores += [0.0] * len(CONTROLS)
    kinds += [gguf.TokenType.CONTROL] * len(CONTROLS)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores(scores)
    writer.add_token_types(kinds)
    writer.add_bos_token_id(vocabulary.controls["bos"])
    writer.add_eos_token_id(vocabulary.controls["eos"])
    writer.add_unk_token_id(0)


def as_dict(shape: Shape) -> dict[str, int]:
    """For a checkpoint."""
    return asdict(shape)
