"""The way in: ``denju`` and ``python -m denju_tui``.

The version is answered before anything is loaded, and the app opens without loading the commands.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from denju_tui.cli import output


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; ``argv`` is without the program's name."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        output.prepare()
        code = _run(arguments)
        output.finish()
    except BaseException as error:
        from denju_tui.cli import diagnostics

        return diagnostics.report(error)
    return code


def _run(arguments: list[str]) -> int:
    if arguments in (["--version"], ["-V"]):
        from denju import __version__

        output.write(f"denju {__version__}\n")
        return 0
    if arguments in ([], ["--offline"]) and sys.stdin.isatty() and sys.stdout.isatty():
        from denju.workbench import Workbench
        from denju_tui.opening import open_app

        with Workbench(overrides={"network.offline": True} if arguments else None) as workbench:
            return open_app(workbench)
    from denju_tui.cli.commands import run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
