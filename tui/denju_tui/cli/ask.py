"""``denju ask``: one message or conversation, its answer on stdout, the strategy on stderr."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from denju_tui.cli import diagnostics, output
from denju_tui.cli.reading import facts_of, is_path_of_nothing, json_of, text_of
from denju_tui.cli.session import session, stopped_by_ctrl_c

if TYPE_CHECKING:
    from collections.abc import Iterable

    from denju.events import Event, Progress
    from denju.values import Answer, Match, Turn
    from denju.workbench import Workbench
    from denju_tui.locale import Texts


def ask(
    message: Annotated[
        str | None, typer.Argument(metavar="MESSAGE", help="The customer's message; - reads stdin.")
    ] = None,
    messages: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help='A whole conversation: [{"role": "customer"|"agent", "text": "…"}, …]; - reads stdin.'
        ),
    ] = None,
    facts: Annotated[
        list[str] | None,
        typer.Option(metavar="TEXT|FILE", help="What the strategy cannot know (due date, stock, price). Repeatable."),
    ] = None,
    strategy: Annotated[
        str | None, typer.Option(metavar="ID", help="Follow this strategy, whatever the search says.")
    ] = None,
    no_strategy: Annotated[bool, typer.Option("--no-strategy", help="Answer without any scenario strategy.")] = False,
    language: Annotated[
        Literal["ja", "en"] | None, typer.Option(help="Language of the answer; else the message's.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="The same seed gives the same answer.")] = 0,
    max_tokens: Annotated[
        int | None, typer.Option(min=1, max=4096, metavar="N", help="Longest answer, in tokens.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="End with exit code 4 when nothing matches.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer record, on one line.")] = False,
) -> None:
    """Answer one customer message with the strategy that fits."""
    from denju.errors import UsageError

    if (message is None) == (messages is None):
        raise UsageError("Give one message, or a conversation with --messages.", 'denju ask "The parts are scratched."')
    if strategy is not None and no_strategy:
        raise UsageError("--strategy and --no-strategy exclude each other.", "Give one of them.")
    with session() as (workbench, t):
        workbench.warm()
        turns = _turns(workbench, t, message, messages)
        given = [line for each in facts or () for line in facts_of(each)]
        for each in facts or ():
            if is_path_of_nothing(each):
                diagnostics.note(t("ask.facts_as_text", value=each))
        with stopped_by_ctrl_c() as cancel:
            events = workbench.answer(
                turns, cancel, facts=given, language=language, strategy=strategy, use_strategy=not no_strategy,
                strict=strict, seed=seed, max_tokens=max_tokens,
            )  # fmt: skip
            teller = _Teller(workbench, t, as_json=as_json)
            try:
                answer = teller.tell(events)
            except BrokenPipeError:
                # The reader left: what was said is kept in the history, as after Ctrl-C.
                cancel.set()
                for _ in events:
                    pass
                raise
        if answer.finish == "cancelled":
            from denju.errors import Interrupted

            raise Interrupted(t("common.stopped"))


def _turns(workbench: Workbench, t: Texts, message: str | None, messages: str | None) -> tuple[Turn, ...]:
    if messages is not None:
        return workbench.conversation(json_of(messages))
    from denju.values import Turn

    if message == "-" and sys.stdin.isatty():
        diagnostics.note(t("ask.type_message"))
    return (Turn("customer", text_of(message) if message == "-" else message or ""),)


class _Teller:
    """Turns the events of one answer into data and narration."""

    def __init__(self, workbench: Workbench, t: Texts, *, as_json: bool) -> None:
        self._workbench = workbench
        self._t = t
        self._as_json = as_json
        self._status = diagnostics.Status()
        self._said = False
        self._held = ""
        """White space that is only printed when more text follows, so that stdout is the answer and one newline."""

    def tell(self, events: Iterable[Event]) -> Answer:
        """Tell every event; returns the record.

        Raises:
            DenjuError: the answer failed.
        """
        from denju.events import Failed, Finished, Progress, Retrieved, Token

        for event in events:
            match event:
                case Progress():
                    self._status.show(progress_text(event, self._t))
                case Retrieved(found) if not self._as_json:
                    self._status.clear()
                    diagnostics.note(match_text(found, self._t))
                case Token(text) if not self._as_json:
                    self._status.clear()
                    self._stream(text)
                case Finished(answer):
                    self._end(answer)
                    return answer
                case Failed(error, answer):
                    self._end(answer)
                    raise error
        raise AssertionError("a use case ends with Finished or Failed")

    def _stream(self, text: str) -> None:
        text = self._held + text if self._said else text.lstrip()
        shown = text.rstrip()
        self._held = text[len(shown) :]
        if shown:
            self._said = True
            output.stream(shown)

    def _end(self, answer: Answer | None) -> None:
        self._status.clear()
        if self._as_json:
            if answer is not None:
                output.json_line(answer.to_dict())
        elif self._said:
            output.stream("\n")
        if answer is not None and (answer.answer or not answer.error):
            for line in self._notes(answer):
                diagnostics.note(line)

    def _notes(self, answer: Answer) -> list[str]:
        t, notes = self._t, []
        if not self._as_json:
            if answer.match == "none" and (answer.student is not None or answer.finish != "cancelled"):
                notes.append(self._served(answer))
            if answer.cut_turns:
                notes.append(t("ask.cut_turns", count=answer.cut_turns))
            if answer.finish == "length":
                notes.append(t("ask.cut_off", count=answer.tokens.completion))
            notes += [t("ask.policy_broken", rule=each.why) for each in answer.policies if not each.ok]
            if answer.unsupported:
                notes.append(t("ask.unsupported", items=t("common.comma").join(answer.unsupported)))
        if answer.student and answer.student.practice:
            notes.append(t("common.practice_warning"))
        return notes

    def _served(self, answer: Answer) -> str:
        if answer.student is None:
            return self._t("ask.served_nothing")
        fallback = self._workbench.fallback_of(answer)
        return self._t("ask.served_fallback", title=fallback.title) if fallback else self._t("ask.served_free")


def progress_text(progress: Progress, t: Texts) -> str:
    """One stage of an answer, in words."""
    places = progress.total - progress.done
    match progress.stage:
        case "waiting":
            return t("ask.waiting", places=places) if places > 0 else t("ask.waiting_unknown")
        case "reading":
            return t("ask.reading", done=progress.done, total=progress.total)
        case _:
            return t("ask.loading")


def match_text(match: Match, t: Texts) -> str:
    """What the search found: the strategy with its confidence and matched terms, or that there is none."""
    if match.best is None:
        closest = next(iter(match.runners_up), None)
        if match.kind == "none" and closest is not None:
            return t(
                "ask.no_match_closest", title=closest.strategy.title, confidence=f"{closest.confidence:.2f}",
                threshold=f"{match.threshold:.2f}",
            )  # fmt: skip
        return t(f"ask.match_{match.kind}")
    best = match.best
    line = t(
        f"ask.match_{match.kind}", title=best.strategy.title, confidence=f"{best.confidence:.2f}", id=best.strategy.id,
        revision=best.strategy.revision,
    )  # fmt: skip
    if best.terms:
        line += "\n  " + t("ask.terms", terms=t("common.comma").join(term.term for term in best.terms))
    return line
