"""The adapter for OpenAI-compatible servers against a real one: llama.cpp's own, with a small model.

    pip install 'denju[interop]'
    PYTHONPATH=core python scripts/interop_openai.py                        # the practice student as the teacher
    PYTHONPATH=core python scripts/interop_openai.py --model any.gguf --context 8192

The server listens on this machine only. Asked: the list of models, and one request for strategies, small enough for
a small model's context. A model that small writes no good strategy; what is looked at is the protocol: that the server
takes the request, that its answer is read, and that what is wrong with it is told as one of denju's errors. Prints what
came; exits 1 when the server refused the form of the request.
"""

from __future__ import annotations

import argparse
import sys
import threading
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from denju.egress.http import HttpNetwork
from denju.egress.network import Reply
from denju.errors import BadKey, CutOff, DenjuError, FormatRefused, NotUnderstood
from denju.student.models import practice_model
from denju.teacher.openai import OpenAI
from denju.teacher.port import TeachAsk, TeacherRequest

ASK = TeachAsk(situation="The parts are late and the customer is angry.", language="en", languages=("en",))
PATIENCE = 300.0
"""Seconds for one answer: a small machine may be busy."""


def served(model: Path, context: int) -> Any:
    """llama.cpp's server with ``model``, on a port of its own choice."""
    xllamacpp = import_module("xllamacpp")  # only here, and not among what is installed where types are checked
    params = xllamacpp.CommonParams()
    params.model.path = str(model)
    params.n_ctx, params.n_parallel, params.n_predict = context, 1, 256
    params.cpuparams.n_threads = 1
    return xllamacpp.Server(params)


def sent(request: TeacherRequest, base_url: str) -> Reply:
    network = HttpNetwork(False, base_url=base_url)
    headers = dict(request.headers)
    body = request.body or None
    return network.send(
        request.method, request.url, headers=headers, body=body, deadline=PATIENCE, cancel=threading.Event()
    )


def judged(teacher: OpenAI, request: TeacherRequest, base_url: str) -> DenjuError | None:
    """What was wrong with the answer; ``None``: it held drafts."""
    reply = sent(request, base_url)
    try:
        answer = teacher.read(reply, request=request.hash)
    except DenjuError as error:
        print(f"  status {reply.status}, {len(reply.body):,} bytes: {error.kind}: {error.what}")
        return error
    print(f"  status {reply.status}: {len(answer.drafts)} drafts, {teacher.usage(reply)}")
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=practice_model().path)
    parser.add_argument("--context", type=int, default=4096)
    options = parser.parse_args()
    server = served(options.model, options.context)
    base_url = f"{server.listening_address}/v1"
    asker = OpenAI(model="any", base_url=base_url)
    cards = asker.read_models(sent(asker.models_request(), base_url))
    print(f"models: {', '.join(each.id for each in cards)}")
    teacher = OpenAI(model=cards[0].id, base_url=base_url)
    request = teacher.request(ASK)
    print("as it is asked, with a schema:")
    found = [judged(teacher, request, base_url)]
    plainer = teacher.plainer(request)
    assert plainer is not None
    print("in the plainer form:")
    found.append(judged(teacher, plainer, base_url))
    print("a request that is no request:")
    broken = judged(teacher, replace(request, body=b'{"model": 3'), base_url)
    # A small model may break off or write nonsense; a server that understands the protocol refuses neither form.
    understood = all(each is None or isinstance(each, (CutOff, NotUnderstood)) for each in found)
    return 0 if understood and broken is not None and not isinstance(broken, (BadKey, FormatRefused)) else 1


if __name__ == "__main__":
    sys.exit(main())
