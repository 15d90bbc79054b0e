"""Masking and unmasking are exact inverses, whatever the text; and what is masked is gone."""

from __future__ import annotations

import json
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from denju.privacy.credentials import hold_secret
from denju.privacy.finding import find
from denju.privacy.folding import folded
from denju.privacy.spans import LABELS, Span, joined
from denju.privacy.vault import Vault, mask, unmask

PIECES = st.sampled_from(
    ["山田様", "佐藤 花子さん", "090-1234-5678", "０３－１２３４－５６７８", "a@example.com", "［氏名1］", "[NAME_1]",
     "[NAME_2]", "［氏名", "1］", "[", "]", "［原文１］", "[text_3]", "4111 1111 1111 1111", "〒150-0001", "Mr. Smith",
     "https://a.example/b",
     "ｱｸﾒﾞ", "㈱", "e\u0301", "\u200b", "\n", "、", " "]
)  # fmt: skip
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=12).map("".join)
SECRETS = st.sampled_from(
    ["sk-abcdefghijklmnopqrstuvwx", "password: hunter2", "パスワード：ｈｕｎｔｅｒ２", "api_key=abcd1234efgh",
     "API key is abcd1234efgh", "APIキーが abcd1234efgh", "PIN: 0000", "https://me:pass1@example.com/",
     "-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----\nMII",
     "PuTTY-User-Key-File-2: ssh-rsa\nPrivate-Lines: 1\nMII\nPrivate-MAC: ab12", "PuTTY-User-Key-File-3: ssh-rsa\nMII"]
)  # fmt: skip


@given(TEXTS)
@settings(max_examples=80, deadline=None)
def test_what_was_masked_comes_back_exactly(text: str) -> None:
    spans = [each for each in find(text) if each.kind != "secret"]
    vault = Vault()
    masked = mask(text, spans, vault)
    assert unmask(masked, vault) == text
    assert unmask(masked, Vault.from_dict(json.loads(json.dumps(vault.to_dict())))) == text


@given(TEXTS, st.data())
@settings(max_examples=60, deadline=None)
def test_any_spans_a_person_marks_come_back_too(text: str, data: st.DataObject) -> None:
    places = st.integers(0, len(text))
    spans = []
    for _ in range(data.draw(st.integers(0, 4))):
        start, end = sorted((data.draw(places), data.draw(places)))
        kind = data.draw(st.sampled_from([each for each in LABELS if each != "secret"]))
        spans.append(Span(start, end, kind, text[start:end], certain=False))  # type: ignore[arg-type]
    vault = Vault("en")
    assert unmask(mask(text, spans, vault), vault) == text


@given(st.lists(TEXTS, max_size=4))
@settings(max_examples=30, deadline=None)
def test_over_a_whole_request_one_value_has_one_placeholder(texts: list[str]) -> None:
    vault = Vault()
    masked = [mask(text, [each for each in find(text) if each.kind != "secret"], vault) for text in texts]
    assert [unmask(each, vault) for each in masked] == texts
    made = [placeholder for *_, placeholder in vault.to_dict()["placeholders"]]
    assert len(made) == len(set(made))


@given(TEXTS)
@settings(max_examples=60, deadline=None)
def test_spans_are_in_order_without_overlap_and_say_what_stands_there(text: str) -> None:
    spans = find(text)
    assert all(each.text == text[each.start : each.end] and each.start < each.end for each in spans)
    assert all(one.end <= other.start for one, other in pairwise(spans))
    assert joined(text, spans) == spans


@given(TEXTS, SECRETS, st.sampled_from(["", " ", "\n", "。"]), TEXTS)
@settings(max_examples=80, deadline=None)
def test_a_masked_secret_is_gone_and_does_not_stop_the_rest(before: str, secret: str, gap: str, after: str) -> None:
    text = f"{before}\n{secret}{gap}\n{after}"
    vault = Vault()
    masked = mask(text, find(text), vault)
    assert not hold_secret(json.dumps({"text": masked}).encode())
    for word in ("hunter2", "ｈｕｎｔｅｒ２", "abcdefghijklmnopqrstuvwx", "abcd1234efgh", "PRIVATE", "PuTTY", "pass1"):
        assert word not in masked + json.dumps(vault.to_dict(), ensure_ascii=False)


@given(st.text(max_size=30))
@settings(max_examples=80, deadline=None)
def test_every_folded_character_knows_where_it_came_from(text: str) -> None:
    plain = folded(text)
    assert len(plain.text) == len(plain.starts) == len(plain.ends)
    assert list(plain.starts) == sorted(plain.starts)
    if plain.text:
        start, end = plain.original(0, len(plain.text))
        assert 0 <= start < end <= len(text)


def test_a_placeholder_that_a_model_wrote_its_own_way_is_understood() -> None:
    vault = Vault("ja")
    masked = mask("山田様", find("山田様"), vault)
    assert masked == "［氏名1］様"
    for way in ("［氏名1］", "[氏名1]", "［氏名１］", "[氏名_1]", "［ 氏名1 ］", "［氏名 1］"):
        assert unmask(f"{way}様へ", vault) == "山田様へ"
    assert unmask("［氏名2］様", vault) == "［氏名2］様", "the vault made no such one"
    english = Vault("en")
    mask("Mr. Smith", find("Mr. Smith"), english)
    assert unmask("Dear [name 1] and [NAME_1]", english) == "Dear Smith and Smith"
    assert "Smith" not in repr(english)
