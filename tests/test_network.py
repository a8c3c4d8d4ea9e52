"""Nothing reaches for the network: neither by trying (an audit hook would see it) nor by need (no network is there)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = """Lighthouse keeper retires

Published on 9 March 2020

Agnes Halloran retired on Monday as keeper of the lighthouse of Port Sable. She had kept it for forty-one years.
"""
QUESTION = "Who retired as keeper of the lighthouse?"

# Runs dateline commands, then fails with what was tried: names looked up, connections, datagrams.
WATCHED = """
import json, sys
tried = []
EVENTS = {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname"}
# Whether a model server listens on this machine is looked for, at Ollama's own port and nowhere else.
def is_look_for_server(event, arguments):
    where = arguments[1] if event == "socket.connect" else tuple(arguments[:2])
    return event in ("socket.connect", "socket.getaddrinfo") and tuple(where[:2]) == ("127.0.0.1", 11434)
def watch(event, arguments):
    if event in EVENTS and not (event == "socket.connect" and isinstance(arguments[1], (str, bytes))):
        if is_look_for_server(event, arguments):
            return
        tried.append(f"{event} {arguments!r}")
sys.addaudithook(watch)
from rag.cli import run
for command in json.loads(sys.argv[1]):
    if run(command):
        sys.exit(f"{command} failed")
sys.exit("\\n".join(tried) or None)
"""

# The same commands where there is no network at all; `unshare` gives a fresh, empty one.
PLAIN = WATCHED.replace("sys.addaudithook(watch)", "")


def commands(tmp_path: Path) -> str:
    pages, store = tmp_path / "pages", str(tmp_path / "store")
    pages.mkdir()
    (pages / "keeper.txt").write_text(PAGE, encoding="utf-8")
    where = ["--corpus", str(pages), "--store", store]
    return json.dumps(
        [
            ["index", str(pages), "--store", store],
            ["ask", QUESTION, *where],
            ["search", "lighthouse", *where],
            ["info", *where],
            ["doctor", *where],
        ]
    )


def run(prefix: list[str], code: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    # Without the switches that a careful reader of the manuals might have set: Dateline must not need them.
    switches = ("HF_", "TRANSFORMERS_", "ANONYMIZED_", "GRADIO_", "DO_NOT_TRACK")
    bare = {name: value for name, value in os.environ.items() if not name.startswith(switches)}
    bare["DATELINE_LLM"] = "auto"
    return subprocess.run(
        [*prefix, sys.executable, "-c", code, commands(tmp_path)],
        cwd=ROOT, env=bare, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_nothing_is_tried(tmp_path: Path) -> None:
    done = run([], WATCHED, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Agnes Halloran" in done.stdout


def test_the_audit_hook_sees_what_is_tried(tmp_path: Path) -> None:
    trying = "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('127.0.0.1', 9))\n"
    done = run([], WATCHED.replace("from rag.cli", f"{trying}from rag.cli"), tmp_path)
    assert done.returncode == 1
    assert "socket.connect" in done.stderr


def test_nothing_is_needed(tmp_path: Path) -> None:
    alone = ["unshare", "--map-root-user", "--net"]
    if (
        not shutil.which("unshare")
        or subprocess.run([*alone, "true"], capture_output=True, check=False).returncode
    ):
        pytest.skip("a process may not leave the network here")
    done = run(alone, PLAIN, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Agnes Halloran" in done.stdout
