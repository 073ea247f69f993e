"""The network guard: nothing leaves this machine, and what stays on it works."""

import http.server
import os
import socket
import subprocess
import sys
import threading
import urllib.request

import pytest

from largemodels.book.offline import GUARD_FOLDER

ELSEWHERE = "192.0.2.1"  # an address that documentation may use; nobody has it


def in_guarded_python(code):
    environment = {**os.environ, "PYTHONPATH": str(GUARD_FOLDER)}
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)


@pytest.mark.parametrize(
    "code",
    [
        f"socket.create_connection(('{ELSEWHERE}', 80), timeout=1)",
        "socket.create_connection(('2001:db8::1', 80), timeout=1)",
        "socket.getaddrinfo('example.org', 80)",
        "socket.gethostbyname('example.org')",
        f"socket.gethostbyaddr('{ELSEWHERE}')",
        f"socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('{ELSEWHERE}', 53))",
        "urllib.request.urlopen('http://example.org')",
        f"asyncio.run(asyncio.open_connection('{ELSEWHERE}', 80))",
        "subprocess.run([sys.executable, '-c', \"import socket; socket.getaddrinfo('example.org', 80)\"], check=True)",
    ],
)
def test_a_guarded_python_cannot_leave_the_machine(code):
    run = in_guarded_python(f"import asyncio, socket, subprocess, sys, urllib.request\n{code}")
    assert run.returncode != 0
    assert "The course works without a network" in run.stderr


@pytest.mark.parametrize(
    "code",
    [
        "server = socket.create_server(('127.0.0.1', 0)); socket.create_connection(server.getsockname(), timeout=1)",
        "socket.getaddrinfo('localhost', 80)",
        "socket.getaddrinfo(None, 80)",
        "socket.socketpair()",
        "subprocess.run([sys.executable, '-c', 'pass'], check=True)",
        "asyncio.run(asyncio.sleep(0))",
    ],
)
def test_a_guarded_python_does_what_stays_on_the_machine(code):
    run = in_guarded_python(f"import asyncio, socket, subprocess, sys\n{code}")
    assert (run.returncode, run.stderr) == (0, "")


def test_the_tests_themselves_are_guarded():
    with pytest.raises(RuntimeError, match=f"to '{ELSEWHERE}' was refused"):
        socket.create_connection((ELSEWHERE, 80), timeout=1)


def test_a_server_on_this_machine_can_be_reached():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/", timeout=5) as answer:
            assert answer.status == 200
        server.shutdown()
