"""The whole path with the real practice student in its own process."""

from __future__ import annotations

import pytest

QUESTIONS = {
    "ja": "部品に傷がありました。検査はどうなっているのですか。",
    "en": "The parts arrived two days late and our line has stopped.",
}


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_the_practice_student_answers_in_the_app(opened, language):
    async with opened(language=language, real=True, size=(80, 24)) as app:
        await app.ask(QUESTIONS[language])
        answer = app.pane.current.answer
        assert app.pane.current.error is None
        assert answer.answer
        assert answer.student.practice
        assert answer.match == "matched"
