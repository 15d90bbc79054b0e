"""What a measurement was made on."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path


def machine() -> str:
    """The processor, as far as the system names it, and how many cores this process may use."""
    try:
        named = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text("utf-8"), re.MULTILINE)
    except OSError:
        named = None
    return f"{named[1] if named else platform.processor() or platform.machine()}, {len(os.sched_getaffinity(0))} cores"
