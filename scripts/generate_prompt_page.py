"""Writes docs/teacher-prompts.md: everything that the teacher is told, from the prompt files themselves.

.venv/bin/python scripts/generate_prompt_page.py
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

TARGET = Path(__file__).parents[1] / "docs" / "teacher-prompts.md"

_HEAD = """# What the teacher is told

Written by `scripts/generate_prompt_page.py` from `core/denju/data/prompts/`; a test keeps them the same.

A request consists of the texts below, in the library's language, and of nothing else. `$data` stands for one JSON
object with the texts of the case, after masking; every `<` in it is written as `\\u003c`, so that no text can close the
frame and pass for an instruction. `denju teacher preview` prints a request as it would leave.

What comes back is held to the same rules here, whatever the provider promised: 1 to 5 strategies, a title, a situation
and steps in each, at most three rules to decide, nothing said twice. Fields that were not asked for are left out. An
answer that breaks the rules is asked for again once, with the reason; after that it is kept for reading. A step that
reads like a reply (a greeting, a closing, a polite sentence, "I", "you"), a long step and missing cues are marked for
the person who reads the draft.
"""
_SECTIONS = (
    ("teacher", "The first request", "Above the line is the system instruction, below it the message."),
    ("remark", "A further round", "Sent after the teacher's drafts, when a person sends them back with a remark."),
    ("again", "An answer that cannot be used", "Sent once after a half or wrong answer, with the reason."),
    ("topics", "Learning: topics", "Where the domain card names none."),
    ("customers", "Learning: customers", "The teacher plays customers of the domain card."),
    ("customer", "Learning: the customer goes on", "In conversations of several turns."),
    ("agent", "Learning: the teacher's own answer", "In longer conversations, and at the end to compare with."),
    ("contrast", "Learning: contrast", "The student's answer beside the teacher's own, and what would close the gap."),
    ("judge", "Learning: the judge", "Two answers, blind, asked twice with the order swapped."),
)


def page() -> str:
    """The whole page."""
    lines = [_HEAD]
    for name, title, about in _SECTIONS:
        lines.append(f"## {title}\n\n{about}\n")
        for language in ("en", "ja"):
            text = (files("denju.data") / "prompts" / f"{name}.{language}.md").read_text("utf-8")
            lines.append(f"`{name}.{language}.md`\n\n```text\n{text.strip()}\n```\n")
    return "\n".join(lines)


if __name__ == "__main__":
    TARGET.write_text(page(), "utf-8")
