"""A strategy as a person types it: YAML, which is JSON too, read with bounds and without surprises.

``yes`` is a text and not a truth, a date is a text and not a date; aliases, tags and names said twice are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from denju import strict_json
from denju.errors import InvalidStrategy, UsageError
from denju.library.revisions import content_of
from denju.text import clean
from denju.values import Strategy

MAX_BYTES = 2**20
_MAX_NODES = 20_000
_TOO_DEEP = f"nested deeper than {strict_json.MAX_DEPTH} levels"
_FIELDS = (
    "title", "situation", "avoid_when", "cues", "priorities", "decide", "steps", "why", "tags", "language", "scope",
    "translation_of", "check", "extra",
)  # fmt: skip
_NOT_TYPED = ("schema", "status", "origin", "created", "reviews")
_KINDS = {
    "null": (r"(?:null|~|)$", "n~"),
    "bool": (r"(?:true|false)$", "tf"),
    "int": (r"[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789"),
    "float": (r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$", "-+0123456789"),
}
"""JSON's own values, and the characters that they begin with."""


def as_yaml(strategy: Strategy) -> str:
    """What a person may change of ``strategy``; empty fields stand there too, as a reminder."""
    document = strategy.to_dict()
    shown = {"revision": strategy.revision} if strategy.id else {}
    shown |= {name: document[name] for name in _FIELDS if name not in ("check", "extra", "translation_of")}
    shown |= {name: document[name] for name in ("translation_of", "extra") if document[name]}
    if any(document["check"].values()):
        shown["check"] = document["check"]
    # Broken lines would be broken a second time by whatever shows them, in the middle of sentences.
    return yaml.dump(shown, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=MAX_BYTES)


def from_text(data: bytes) -> dict[str, Any]:
    """The fields of one strategy in YAML or JSON, every text in it cleaned.

    Raises:
        InvalidStrategy, UsageError: not that, too large, or more than a strategy can be.
    """
    if len(data) > MAX_BYTES:
        raise UsageError(f"{len(data):,} bytes; one strategy takes at most {MAX_BYTES:,}.", "Several: denju import.")
    try:
        if data.lstrip().startswith(b"{"):
            value = strict_json.loads(data)
        else:
            text = strict_json.cleaned(data.decode("utf-8-sig"))
            _check_shape(text)
            value = strict_json.cleaned(yaml.load(text, Loader=_loader()))  # noqa: S506 – a safe loader with less in it
    except strict_json.Malformed as error:
        raise _refused(error.reason, error.line) from None
    except UnicodeDecodeError as error:
        raise _refused("not UTF-8", data.count(b"\n", 0, error.start) + 1) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = str(error.problem or error.context)
        if "nesting depth" in problem:  # libyaml reads ahead, and may reach its own limit before ours is counted
            problem = _TOO_DEEP
        raise _refused(clean(problem)[:200], mark.line + 1 if mark else 0) from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise _refused("not YAML", 0) from None
    if not isinstance(value, dict):
        raise _refused("expected fields, a line each: title: …", 0)
    return value


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person typed."""

    strategy: Strategy
    base_revision: int
    """The revision that it was typed on top of."""
    same: bool
    """It says what the base says."""


def typed(data: bytes, base: Strategy | None = None) -> Typed:
    """A draft of what was typed; for ``base``, with its id, language and scope. A field that is left out is empty.

    A line ``revision: N`` says which revision it was typed on top of; without one it is that of ``base``.

    Raises:
        InvalidStrategy, UsageError: it is none; the line or the field is named.
    """
    document = from_text(data)
    revision = document.pop("revision", base.revision if base else 1)
    if not isinstance(revision, int) or isinstance(revision, bool):
        raise InvalidStrategy("revision", "expected a number")
    for name in _NOT_TYPED:
        if name in document:
            raise InvalidStrategy(name, "is set by denju", "Take the line out.")
    if base is not None:
        if document.pop("id", base.id) != base.id:
            raise InvalidStrategy("id", f"is {base.id}, and stays so", "Take the line out.")
        document["id"] = base.id
        document.setdefault("scope", base.scope)
        document.setdefault("language", base.language)
    strategy = Strategy.from_dict(document)
    same = base is not None and content_of(strategy.to_dict()) == content_of(base.to_dict())
    return Typed(strategy, revision, same)


def _refused(reason: str, line: int) -> InvalidStrategy:
    return InvalidStrategy(f"line {line}" if line else "text", reason)


def _check_shape(text: str) -> None:
    """Look at the events before anything is built of them."""
    depth = nodes = 0
    for event in yaml.parse(text, Loader=_parser()):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent):
            raise strict_json.Malformed("aliases (*name) are not taken", line)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if isinstance(event, yaml.NodeEvent):
            nodes += 1
            if event.anchor or getattr(event, "tag", None) not in (None, "!"):
                raise strict_json.Malformed("anchors (&name) and tags (!name) are not taken", line)
        if depth > strict_json.MAX_DEPTH:
            raise strict_json.Malformed(_TOO_DEEP, line)
        if nodes > _MAX_NODES:
            raise strict_json.Malformed(f"more than {_MAX_NODES:,} values", line)


class _Dumper(yaml.SafeDumper):
    """Lists indented below their names, texts of several lines as blocks, and no aliases."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)
for _kind, (_pattern, _first) in _KINDS.items():  # what would be read as another value is written in quotes
    _Dumper.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", re.compile(_pattern), [*_first, ""])


def _parser() -> Any:
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def _loader() -> Any:
    class Loader(_parser()):  # type: ignore[misc]  # libyaml where it is there
        yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 – PyYAML's way

        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
            found = super().construct_mapping(node, deep)
            if len(found) < len(node.value):
                names = [key.value for key, _ in node.value]
                twice = next((name for name in names if names.count(name) > 1), "a name")
                raise strict_json.Malformed(f"{clean(twice)[:40]!r} stands twice", node.start_mark.line + 1)
            return dict(found)

    for kind, (pattern, first) in _KINDS.items():
        Loader.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(pattern), [*first, ""])
    return Loader
