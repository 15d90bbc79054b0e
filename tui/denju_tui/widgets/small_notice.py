"""What stands on a terminal that is too small for the rest; everything below it is kept."""

from __future__ import annotations

from denju_tui.locale import Texts
from denju_tui.widgets.sheet import Paragraph, Sheet


class SmallNotice(Sheet):
    """Covers the screen below 60 columns or 15 lines."""

    DEFAULT_CSS = """
    SmallNotice { display: none; layer: notice; width: 100%; height: 100%; background: $background; padding: 1; }
    """

    def say(self, t: Texts, width: int, height: int) -> None:
        """Say how large the terminal is and has to be."""
        self.show([Paragraph(t("notice.small", width=width, height=height))])
