"""Rows answered on several machines: a Dask distributed scheduler, each worker with a student of its own.

What the rows need of the library travels once to each worker, under its digest, and to those that come later: as a
plugin, for the scheduler drops copies of scattered data until one is left, which a single worker takes along when it
dies. The scheduler gives the row of a worker that dies to another one; only what comes back to the run is written, so
nothing is lost and nothing stands twice. Imported when an address is given; needs ``denju[cluster]``.
"""

from __future__ import annotations

import contextlib
import logging
import re
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from denju.answering.ask import Ask
from denju.answering.batch.hands import Finish, Found, LocalHand, Nowhere
from denju.answering.batch.rows import Row
from denju.answering.batch.snapshot import Snapshot
from denju.errors import DenjuError, StudentDied, StudentError, Unreachable, UsageError
from denju.student.port import Sampling, Student, StudentCard
from denju.values import Answer, Match, Strategy

try:
    from distributed import Client, Future, KilledWorker, WorkerPlugin
    from distributed.client import FutureCancelledError
except ImportError as missing:
    raise UsageError(
        "--cluster needs more packages.",
        "Install them in denju's folder: .venv/bin/python -m pip install -e '.[cluster]' "
        "(uv tool, pipx: install --force '.[cluster]').",
    ) from missing

_PATIENCE = 15
"""Seconds for the scheduler to answer."""
_LOOK = 0.2
"""Seconds between two looks at whether the run was stopped."""

_ADDRESS = re.compile(r"(?:(?:tcp|tls|wss?)://)?[^\s:/]+:\d+|(?:(?:tcp|tls|wss?)://)?\[[\da-fA-F:]+\]:\d+")

StudentOf = Callable[[], Student]
"""A worker's own student; a function that the worker can import."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a worker needs besides the rows; the same for all rows of a run."""

    serving: tuple[Strategy, ...]
    sampling: Sampling
    no_match: str
    card: StudentCard
    """Of the student that every worker must have."""
    student_of: StudentOf


@dataclass(frozen=True, slots=True)
class ClusterHand:
    """One worker's share of the rows; while it is gone, others answer them."""

    client: Client
    parcel: str
    """Its name on the workers."""
    worker: str

    def begin(self, row: Row, match: Match, cancel: threading.Event) -> Finish:
        """See ``Hand.begin``: the row is sent, so that it lies there when the worker is done with the one before."""
        future = self.client.submit(
            _answer_there, self.parcel, row, match, workers=[self.worker], allow_other_workers=True, pure=False
        )
        return lambda: self._finish(future, row, match, cancel)

    def _finish(self, future: Future, row: Row, match: Match, cancel: threading.Event) -> Answer:
        # Not result(timeout=…), which fails now and then when the answer comes in the moment of the timeout.
        done = threading.Event()
        future.add_done_callback(lambda _future: done.set())
        while not done.wait(_LOOK):
            if cancel.is_set():
                future.cancel()
                return Answer(row.id, "", "", match.kind, finish="cancelled")
        try:
            answer: Answer = future.result()
        except KilledWorker:
            died = StudentDied(
                "Every worker that had this row died.",
                "--retry-failed answers it again; where it came from standard input, from a file with "
                "--despite-changes too.",
            )
            return Answer(row.id, "", "", match.kind, finish="error", error=died.to_dict())
        except DenjuError:
            raise
        except FutureCancelledError as error:
            raise Unreachable(
                "The scheduler is gone.", "Start it again: the same command goes on from there."
            ) from error
        except Exception as error:
            raise StudentError(
                f"The cluster failed: {type(error).__name__}.", "The same command goes on from there."
            ) from error
        return answer


@contextlib.contextmanager
def connected(
    address: str, ask: Ask, snapshot: Snapshot, student_of: StudentOf
) -> Iterator[tuple[Sequence[ClusterHand], StudentCard]]:
    """A hand for each worker that the scheduler at ``address`` has, and the card of the student of all.

    Raises:
        UsageError: that is no address.
        Unreachable: nothing answers at the address.
        StudentError: there is no worker, or their students are not the same.
    """
    if not _ADDRESS.fullmatch(address):
        raise UsageError(f"{address}: not the address of a scheduler.", "It looks like tcp://HOST:8786.")
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # what goes wrong comes back as an error
    with contextlib.ExitStack() as stack:
        try:
            client = stack.enter_context(Client(address, timeout=_PATIENCE, set_as_default=False))
            cards: dict[str, StudentCard] = client.run(_card_there, student_of)
        except (OSError, ValueError) as error:
            raise Unreachable(f"{address}: no scheduler answers.", "Start one: dask scheduler") from error
        if not cards:
            raise StudentError(f"{address}: no workers.", "Start one on each machine: dask worker ADDRESS --nthreads 1")
        card = next(iter(cards.values()))
        for worker, other in cards.items():
            if other != card:
                raise _other_student(worker)
        parcel = Parcel(snapshot.serving(), ask.sampling, ask.no_match, card, student_of)
        # Another run with the same library may end before this one, and takes its own away.
        name = f"denju-{snapshot.digest}-{uuid.uuid4()}"
        client.register_plugin(_Delivery(name, parcel), name=name)
        stack.callback(_taken_away, client, name)
        yield [ClusterHand(client, name, worker) for worker in sorted(cards)], card


def _taken_away(client: Client, name: str) -> None:
    """Tell all workers to forget a parcel; those that cannot be reached lose it when they end."""
    with contextlib.suppress(Exception):
        client.unregister_worker_plugin(name)


class _Delivery(WorkerPlugin):  # type: ignore[misc]  # distributed's classes are untyped
    """Lays a parcel down on every worker, before its first row."""

    def __init__(self, name: str, parcel: Parcel) -> None:
        self._name, self._parcel = name, parcel

    def setup(self, worker: object) -> None:  # noqa: ARG002
        _site.parcels[self._name] = self._parcel

    def teardown(self, worker: object) -> None:  # noqa: ARG002
        _site.parcels.pop(self._name, None)
        _site.hands.pop(self._name, None)


class _Site:
    """What one worker process keeps between rows."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        """A student answers one row at a time, however many threads the worker has."""
        self.student: Student | None = None
        self.parcels: dict[str, Parcel] = {}
        self.hands: dict[str, LocalHand] = {}
        """By the name of the parcel."""


_site = _Site()


def _card_there(student_of: StudentOf) -> StudentCard:
    with _site.turn:
        _site.student = _site.student or student_of()
        return _site.student.card()


def _answer_there(name: str, row: Row, match: Match) -> Answer:
    parcel = _site.parcels[name]
    card = _card_there(parcel.student_of)
    with _site.turn:
        student = _site.student
        assert student is not None
        if card != parcel.card:
            raise _other_student("A worker that came later")
        if name not in _site.hands:
            ask = Ask(
                library=Snapshot(parcel.serving), search=Found(Match("off")), student=student, history=Nowhere(),
                sampling=parcel.sampling, no_match=parcel.no_match,
            )  # fmt: skip
            _site.hands[name] = LocalHand(ask, student, card, lambda _cancel: contextlib.nullcontext())
        return _site.hands[name].begin(row, match, threading.Event())()


def _other_student(worker: str) -> StudentError:
    return StudentError(
        f"{worker} has another student than the others.",
        "Use the same model and settings everywhere: denju models use.",
    )
