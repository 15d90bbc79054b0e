"""Ask: a customer's message in, an answer with all that led to it out.

message → match or no match → prompt that fits → tokens → policy checks → record → history
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from denju.answering.checks import run_policies
from denju.answering.unsupported import unsupported
from denju.errors import DenjuError, NoMatch, UsageError
from denju.events import Event, Failed, Finished, Progress, PromptReady, Retrieved, Token
from denju.retrieval.query import spoken_language
from denju.student.port import Generated, Sampling, Student
from denju.student.prompt import Guidance, build
from denju.text import clean
from denju.values import FALLBACK_TAG, Answer, Candidate, Match, Source, Strategy, Tokens, Turn, Used, new_id


class Serving(Protocol):
    """What answering needs of the library."""

    def serving(self) -> tuple[Strategy, ...]:
        """The approved revision of every strategy that has one."""

    def get(self, strategy_id: str, *, revision: int | None = None) -> Strategy:
        """One strategy by its id or a unique prefix.

        Raises:
            NotFound: no strategy, or several, begin with it.
        """


class Search(Protocol):
    """What answering needs of retrieval."""

    def search(self, turns: Sequence[Turn], *, language: str, limit: int = 5, why: bool = True) -> Match:
        """The strategy that fits, or that none does; at most ``limit`` are named, and ``why`` they fit."""


class Keep(Protocol):
    """What answering needs of the history."""

    def append(self, answer: Answer, messages: Sequence[Turn], source: Source) -> None:
        """Keep one answer with the conversation that led to it."""


@dataclass(frozen=True, slots=True)
class Question:
    """One conversation that waits for an answer."""

    turns: tuple[Turn, ...]
    """Oldest first; the last one is the customer's."""
    facts: tuple[str, ...] = ()
    """What the strategy cannot know, a line each: ``納期: 12月3日``."""
    language: str | None = None
    """Of the answer; ``None`` takes the message's."""
    strategy: str | None = None
    """An id to follow whatever the search says."""
    use_strategy: bool = True
    """False answers without any scenario strategy."""
    strict: bool = False
    """No match is an error."""
    id: str = ""
    """Of the answer; empty makes a new one."""


@dataclass(frozen=True, slots=True)
class Ask:
    """The use case. Answers come one at a time: callers take turns."""

    library: Serving
    search: Search
    student: Student
    history: Keep
    sampling: Sampling
    no_match: str = "fallback"
    """What serves when nothing matches: fallback, free, none."""

    def __call__(self, question: Question, cancel: threading.Event, *, source: Source = "ask") -> Iterator[Event]:
        """Answer ``question``; the last event is Finished or Failed, and a Failed one carries what there was.

        ``cancel`` stops the answer; what was said until then is kept.
        """
        started = time.monotonic()
        turns = tuple(Turn(turn.role, clean(turn.text)) for turn in question.turns)
        answer = Answer(
            id=question.id or new_id("r"), answer="", language="", match="off", seed=self.sampling.seed,
            facts=tuple(line for fact in question.facts if (line := clean(fact).strip())),
        )  # fmt: skip
        failed: DenjuError | None = None
        try:
            for event in self._steps(question, turns, answer, cancel):
                if isinstance(event, Answer):
                    answer = event
                else:
                    yield event
        except DenjuError as error:
            failed, answer = error, replace(answer, finish="error", error=error.to_dict())
        answer = replace(answer, seconds=time.monotonic() - started)
        try:
            if failed is None or answer.answer:
                self.history.append(answer, turns, source)
        except DenjuError as error:
            # What the student said is as good as if it had been kept, so that ``finish`` stays.
            failed = failed or error
            answer = replace(answer, error=failed.to_dict())
        yield Finished(answer) if failed is None else Failed(failed, answer)

    def _steps(
        self, question: Question, turns: tuple[Turn, ...], answer: Answer, cancel: threading.Event
    ) -> Iterator[Event | Answer]:
        """The work itself; every ``Answer`` on the way is the record so far."""
        if not turns or turns[-1].role != "customer" or not turns[-1].text.strip():
            talked = any(turn.text.strip() for turn in turns)
            raise UsageError(
                "There is no message to answer.",
                "The last message must be the customer's, with some text."
                if talked
                else "Give the customer's message as text.",
            )
        language = question.language or spoken_language(turns)
        serving = self.library.serving()
        match = self._match(question, turns, language, serving)
        yield Retrieved(match)
        answer = replace(
            answer, language=language, match=match.kind, strategy=match.best, runners_up=match.runners_up,
            threshold=match.threshold,
        )  # fmt: skip
        yield answer
        if match.kind == "none" and question.strict:
            raise NoMatch(
                "Nothing in the library fits this message.", "Leave --strict out, or write a strategy for it."
            )
        if match.kind == "none" and self.no_match == "none":
            return

        guidance, used = self._guidance(serving, match, language, answer.facts)
        answer = replace(answer, general=used)
        yield from self.student.load(cancel)
        if cancel.is_set():
            yield replace(answer, finish="cancelled")
            return
        card = self.student.card()
        answer = replace(answer, student=card.info)
        yield answer
        prompt = build(
            guidance, turns, template=card.template, count_tokens=self.student.count_tokens, context=card.context,
            max_tokens=self.sampling.max_tokens,
        )  # fmt: skip
        yield PromptReady(tokens=prompt.tokens, cut_turns=prompt.cut_turns, prompt=str(prompt))
        answer = replace(answer, cut_turns=prompt.cut_turns, tokens=Tokens(prompt=prompt.tokens))
        yield answer

        said: list[str] = []
        end: Generated | None = None
        sampling = replace(self.sampling, stop=prompt.stop)
        try:
            for event in self.student.generate(prompt.pieces, sampling, cancel):
                if isinstance(event, Progress):
                    yield event
                elif isinstance(event, Token):
                    text = clean(event.text)
                    said.append(text)
                    yield Token(text)
                else:
                    end = event
        except DenjuError:
            if text := "".join(said).strip():  # half an answer can break a rule too
                yield checked(answer, text, guidance.policies, str(prompt))
            raise
        assert end is not None
        yield replace(
            checked(answer, "".join(said).strip(), guidance.policies, str(prompt)),
            tokens=Tokens(prompt=end.prompt, reused=end.reused, completion=end.completion),
            finish=end.finish,
        )

    def _match(self, question: Question, turns: tuple[Turn, ...], language: str, serving: Sequence[Strategy]) -> Match:
        if question.strategy is not None:
            newest = self.library.get(question.strategy)
            strategy = next((each for each in serving if each.id == newest.id), newest)
            if strategy.status != "approved":
                raise UsageError(
                    f"{strategy.id} is {strategy.status}; only an approved strategy reaches the student.",
                    "Approve it first, or name another one.",
                )
            return Match("forced", best=Candidate(strategy=strategy, score=0.0, confidence=1.0))
        if not question.use_strategy:
            return Match("off")
        return self.search.search(turns, language=language)

    def _guidance(
        self, serving: Sequence[Strategy], match: Match, language: str, facts: tuple[str, ...]
    ) -> tuple[Guidance, tuple[Used, ...]]:
        policies = in_language([each for each in serving if each.scope == "policy"], language)
        general = [each for each in serving if each.scope == "general"]
        always = in_language([each for each in general if FALLBACK_TAG not in each.tags], language)
        strategy = match.best.strategy if match.best else None
        used = list(always)
        if match.kind == "none" and self.no_match == "fallback":
            fallback = in_language([each for each in general if FALLBACK_TAG in each.tags], language)
            if fallback:
                strategy = fallback[0]
                used.append(strategy)
        guidance = Guidance(language=language, policies=policies, general=always, strategy=strategy, facts=facts)
        return guidance, tuple(Used(id=each.id, revision=each.revision, title=each.title) for each in used)


def checked(answer: Answer, text: str, policies: Sequence[Strategy], prompt: str) -> Answer:
    """The record with what was said, and what is wrong with it."""
    return replace(answer, answer=text, policies=run_policies(policies, text), unsupported=unsupported(text, prompt))


def in_language(strategies: Sequence[Strategy], language: str) -> tuple[Strategy, ...]:
    """Of each group of translations the one in ``language``, else the first."""
    groups: dict[str, Strategy] = {}
    for strategy in strategies:
        if strategy.group() not in groups or strategy.language == language:
            groups[strategy.group()] = strategy
    return tuple(groups.values())
