"""Everything that can go wrong in a way a person can meet.

Each error says what happened (``what``), what to do next (``hint``) and carries the exit code of a command
that ends with it. ``kind`` is the short name that stands in an answer record's ``error``.

::

    DenjuError                 1
    ├── UsageError             2   wrong arguments or input
    │   ├── SettingsError          a setting that is unknown or has a wrong value
    │   └── InvalidStrategy        a strategy, on import or from a file, that breaks the contract
    ├── NotFound               1   an id, a file, a model that is not there
    ├── LibraryError           1   the library cannot be read or written
    │   ├── LibraryDamaged         its file is not a library, or not whole
    │   ├── LibraryNewer           written by a newer denju
    │   ├── LibraryBusy            another process holds its lock for too long
    │   └── Conflict               changed on top of a revision that is no longer the newest
    ├── StorageError           1   the disk said no (full, read-only, rights)
    ├── StudentError           1
    │   ├── ModelFileError         not a model that the student can run
    │   ├── StudentDied            the student's process ended
    │   ├── StudentBusy            the machine's student slot did not get free
    │   └── TooLong                what must stand in the prompt does not fit the context
    ├── NeedsConsent           3   needs the network or a person's yes
    │   ├── Offline                the offline switch is on; no socket was opened
    │   └── Unreachable            the other machine cannot be reached, or the connection broke
    ├── DeadlinePassed         1   no whole answer within the time that was given
    ├── NeverSent              1   a key, a password or another secret stands in what should leave
    ├── OverBudget             1   sending it would cost more than was allowed
    ├── LedgerDamaged          1   the record of what left was changed, or is not whole
    ├── TeacherError           1   the teacher answered, but not with strategies
    │   ├── BadKey                 it does not take the key
    │   ├── UnknownModel           it has no such model
    │   ├── RateLimited            too many requests for now
    │   ├── NoQuota                nothing is left, or nothing was ever granted: waiting does not help
    │   ├── Overloaded             it is too busy, or broken for a while
    │   ├── Refused                it does not take the request as it is
    │   │   └── FormatRefused      … because of the answer's form that was asked for
    │   ├── Blocked                its filter stopped the request or the answer
    │   ├── CutOff                 the answer ended in the middle
    │   └── NotUnderstood          an answer came, but not what was asked for
    ├── ChecksFailed           1   a check speaks against a strategy that should serve
    ├── NoMatch                4   nothing in the library fits (``--strict``)
    ├── SomeRowsFailed         5   a batch ended, some of its rows have errors
    └── Interrupted          130   stopped by a person
"""

from __future__ import annotations

from typing import ClassVar


class DenjuError(Exception):
    """The root: ``what`` happened and, in ``hint``, what to do next, both in one plain line."""

    kind: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint

    def to_dict(self) -> dict[str, str]:
        """``{"kind", "message", "hint"}``, as it stands in an answer record."""
        return {"kind": self.kind, "message": self.what, "hint": self.hint}


class UsageError(DenjuError):
    """Wrong arguments or input."""

    kind = "usage"
    exit_code = 2


class SettingsError(UsageError):
    """A setting that is unknown or has a wrong value."""

    kind = "settings"


class InvalidStrategy(UsageError):
    """A strategy that breaks the contract; ``field`` names where."""

    kind = "invalid_strategy"

    def __init__(self, field: str, reason: str, hint: str = "") -> None:
        super().__init__(f"{field}: {reason}", hint or "Correct the field and try again.")
        self.field = field


class NotFound(DenjuError):
    """An id, a file or a model that is not there."""

    kind = "not_found"


class LibraryError(DenjuError):
    """The library cannot be read or written."""

    kind = "library"


class LibraryDamaged(LibraryError):
    """The library's file is not a library, or not whole."""

    kind = "library_damaged"


class LibraryNewer(LibraryError):
    """The library was written by a newer denju."""

    kind = "library_newer"


class LibraryBusy(LibraryError):
    """Another process holds the library's lock for too long."""

    kind = "library_busy"


class Conflict(LibraryError):
    """A change on top of a revision that is no longer the newest."""

    kind = "conflict"


class StorageError(DenjuError):
    """The disk said no: full, read-only, or without the rights."""

    kind = "storage"


class StudentError(DenjuError):
    """The student cannot answer."""

    kind = "student"


class ModelFileError(StudentError):
    """Not a model file that the student can run."""

    kind = "model_file"


class StudentDied(StudentError):
    """The student's process ended before it answered."""

    kind = "student_died"


class StudentBusy(StudentError):
    """The machine's student slot did not get free."""

    kind = "student_busy"


class TooLong(StudentError):
    """What must stand in the prompt does not fit the student's context."""

    kind = "too_long"


class NeedsConsent(DenjuError):
    """Needs the network or a person's yes."""

    kind = "needs_consent"
    exit_code = 3


class Offline(NeedsConsent):
    """The offline switch is on; no socket was opened."""

    kind = "offline"


class Unreachable(NeedsConsent):
    """The other machine cannot be reached, or the connection broke on the way."""

    kind = "unreachable"
    sent: bool = False
    """Whether the request may have arrived."""


class DeadlinePassed(DenjuError):
    """No whole answer within the time that was given."""

    kind = "deadline"
    sent: bool = False
    """Whether the request may have arrived."""


class NeverSent(DenjuError):
    """A key, a password or another secret stands in what should leave; no yes changes that."""

    kind = "never_sent"


class OverBudget(DenjuError):
    """Sending it would cost more than was allowed; nothing was sent."""

    kind = "over_budget"


class LedgerDamaged(DenjuError):
    """The record of what left this machine was changed, or is not whole."""

    kind = "ledger_damaged"


class TeacherError(DenjuError):
    """The teacher answered, but not with strategies."""

    kind = "teacher"


class BadKey(TeacherError):
    """The teacher does not take the key."""

    kind = "bad_key"


class UnknownModel(TeacherError):
    """The teacher has no such model, or nothing at this address."""

    kind = "unknown_model"


class RateLimited(TeacherError):
    """Too many requests for now."""

    kind = "rate_limited"
    retry_after: float | None = None
    """Seconds that the provider asks to wait; None where it does not say."""


class NoQuota(TeacherError):
    """Nothing is left, or nothing was ever granted: waiting a little does not help."""

    kind = "no_quota"


class Overloaded(TeacherError):
    """The teacher is too busy, or broken for a while."""

    kind = "overloaded"
    retry_after: float | None = None
    """Seconds that the provider asks to wait; None where it does not say."""


class Refused(TeacherError):
    """The teacher does not take the request as it is."""

    kind = "refused"


class FormatRefused(Refused):
    """The teacher does not know the form of answer that was asked for; a plainer one may do."""

    kind = "format_refused"


class Blocked(TeacherError):
    """The provider's filter stopped the request or the answer."""

    kind = "blocked"


class CutOff(TeacherError):
    """The answer ended in the middle; ``text`` is what came."""

    kind = "cut_off"
    text: str = ""


class NotUnderstood(TeacherError):
    """An answer came, but not what was asked for; ``text`` is what the teacher wrote, as far as it can be read."""

    kind = "not_understood"
    text: str = ""


class ChecksFailed(DenjuError):
    """A check speaks against a strategy that should serve, and nobody wrote why it should all the same."""

    kind = "checks_failed"


class NoMatch(DenjuError):
    """Nothing in the library fits the message, and ``--strict`` was asked for."""

    kind = "no_match"
    exit_code = 4


class SomeRowsFailed(DenjuError):
    """A batch ended, and some of its rows have errors."""

    kind = "some_rows_failed"
    exit_code = 5


class Interrupted(DenjuError):
    """Stopped by a person."""

    kind = "interrupted"
    exit_code = 130
    sent: bool = False
    """Whether a request to the network may have arrived."""
