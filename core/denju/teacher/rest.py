"""What the adapters over REST share: from an ask to a request, from a reply to drafts, whatever the JSON looks like."""

from __future__ import annotations

from typing import Any

from denju.egress.address import address_of
from denju.egress.network import Reply
from denju.errors import SettingsError
from denju.teacher import drafts
from denju.teacher.failures import failure, not_an_answer
from denju.teacher.port import ANSWER_TOKENS, TeachAsk, TeacherAnswer, TeacherRequest, Usage
from denju.teacher.prompts import Told, told
from denju.teacher.replies import object_of, parts
from denju.teacher.schema import json_schema


class RestTeacher:
    """One model behind an address; a subclass knows one provider's JSON."""

    def __init__(self, model: str, base_url: str) -> None:
        """Both come from settings and options.

        Raises:
            SettingsError: the one is no name of a model, or the other no address.
        """
        if model != model.strip() or not model.isprintable():
            raise SettingsError(
                f"{model[:80]!r} is no name of a model.",
                "Type it again, without spaces around it: --model ID, or denju config set teacher.model ID",
            )
        self.model = model
        self._base = base_url.rstrip("/")
        self._host = address_of(self._base).netloc

    @property
    def url(self) -> str:
        """See ``Teacher.url``."""
        raise NotImplementedError

    def request(self, ask: TeachAsk) -> TeacherRequest:
        """See ``Teacher.request``."""
        return self.question(told(ask), json_schema(ask.languages), ANSWER_TOKENS)

    def question(self, said: Told, form: dict[str, Any], most_tokens: int) -> TeacherRequest:
        """See ``Teacher.question``."""
        raise NotImplementedError

    def read(self, reply: Reply, *, request: str) -> TeacherAnswer:
        """See ``Teacher.read``."""
        written, finish = self._written(self._data(reply))
        found = drafts.read(written, model=self.model, request=request)
        return TeacherAnswer(found, self.usage(reply), written, finish)

    def written(self, reply: Reply) -> str:
        """See ``Teacher.written``."""
        return self._written(self._data(reply))[0]

    def usage(self, reply: Reply) -> Usage:
        """See ``Teacher.usage``."""
        raise NotImplementedError

    def _written(self, data: dict[str, Any]) -> tuple[str, str]:
        """The answer's text, and the provider's word for why it ended.

        Raises:
            TeacherError: it was filtered, or broke off, or there is none.
        """
        raise NotImplementedError

    def _data(self, reply: Reply) -> dict[str, Any]:
        if reply.status != 200:
            raise failure(reply, model=self.model, host=self._host)
        data = object_of(reply)
        if not data:
            raise not_an_answer(self._host)
        return data

    def _listed(self, reply: Reply, name: str) -> list[dict[str, Any]]:
        """The objects of the list under ``name``, which has to be there."""
        data = self._data(reply)
        if name not in data:
            raise not_an_answer(self._host)
        return parts(data, name)
