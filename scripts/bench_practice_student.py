"""How fast one core reads and says with the practice student, in tokens a second of processor time.

    python scripts/bench_practice_student.py [--model train/practice.gguf]

Beside ``--model`` the file in the package is measured in the same run, by turns, and the ratio is told. The best of
several turns counts: what else goes on on a machine makes it slower, never faster.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "core")]

from denju.student.models import practice_model  # noqa: E402
from denju.student.native import CHUNK, NativeModel  # noqa: E402
from denju.student.port import Sampling  # noqa: E402
from practice.machine import machine  # noqa: E402

CONTEXT, TURNS = 1536, 7
LIKELIEST = Sampling(temperature=0.0)


def read(model: NativeModel, prompt: list[int]) -> int:
    """Read a prompt; how many tokens that were."""
    for begin in range(0, len(prompt), CHUNK):
        model.evaluate(prompt[begin : begin + CHUNK], begin)
    return len(prompt)


def answer(model: NativeModel, prompt: list[int], size: int) -> int:
    """Read a prompt and say ``size`` tokens; how many both were."""
    past = read(model, prompt)
    for place in range(past, past + size):
        model.evaluate([model.sample(prompt, LIKELIEST)], place)
    return past + size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a file to measure beside the one in the package")
    options = parser.parse_args()
    files = [practice_model().path, *([options.model] if options.model else [])]
    models = [NativeModel(path, context=CONTEXT, threads=1, mapped=False) for path in files]
    rng = random.Random(1)
    prompt = [rng.randrange(300, 4000) for _ in range(1024)]
    rows: dict[str, Callable[[NativeModel], int]] = {
        "a prompt of 256": lambda model: read(model, prompt[:256]),
        "a prompt of 1,024": lambda model: read(model, prompt),
        "a prompt of 512 and an answer of 60": lambda model: answer(model, prompt[:512], 60),
    }
    print(f"{machine()}, one of them, best of {TURNS}\n")
    print("| tokens a second of | " + " | ".join(path.name for path in files) + " | ratio |")
    print("| --- |" + " ---: |" * (len(files) + 1))
    for name, work in rows.items():
        best = [0.0] * len(models)
        for _ in range(TURNS):
            for place, model in enumerate(models):
                began = time.process_time()
                best[place] = max(best[place], work(model) / (time.process_time() - began))
        print(f"| {name} | " + " | ".join(f"{speed:,.0f}" for speed in best) + f" | {best[-1] / best[0]:.2f} |")


if __name__ == "__main__":
    main()
