"""The labs in a real JupyterLab: settings read and set from Python, and linked to an ipywidgets control."""

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
import urllib.request

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from largemodels.book.offline import GUARD_FOLDER

CELLS = {
    "before": "print('a cell above the lab')",
    "show": "from largemodels.widgets.descent_lab import DescentLab\nlab = DescentLab(learning_rate=0.1)\nlab",
    "set": "lab.learning_rate = 0.45",
    "read": "print('learning rate', lab.learning_rate)",
    "refuse": "try:\n    lab.learning_rate = float('nan')\nexcept Exception as error:\n    print(error)",
    "link": (
        "import ipywidgets as widgets\n"
        "slider = widgets.FloatLogSlider(value=0.1, min=-3, max=1, step=0.05, description='η')\n"
        "link = widgets.link((slider, 'value'), (lab, 'learning_rate'))\n"
        "slider"
    ),
    "read again": "print('learning rate', lab.learning_rate, 'and', slider.value)",
}

# What Python sets on a lab: the trait, and a value that its readout cannot ignore.
SET_FROM_PYTHON = {
    "NeuronLab": ("dataset", "xor"),
    "ForwardLab": ("x", (2.5, -2.5)),
    "BackpropLab": ("graph", "chain"),
    "KernelLab": ("stride", 2),
    "DigitLab": ("sample", 5),
}


def cells_of(name):
    """Return the cells of a notebook with one lab, as CELLS."""
    stem = re.sub("(?<=[a-z])(?=[A-Z])", "_", name).lower()
    trait, value = SET_FROM_PYTHON[name]
    return {
        "before": "print('a cell above the lab')",
        "show": f"from largemodels.widgets.{stem} import {name}\nlab = {name}()\nlab",
        "set": f"lab.{trait} = {value!r}",
        "read": "print(lab)",
    }


@pytest.fixture(scope="module")
def jupyterlab(tmp_path_factory):
    """The address of a JupyterLab with settings of its own and no network, and its token."""
    folder = tmp_path_factory.mktemp("jupyterlab")
    (folder / "notebooks").mkdir()
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    for stem, sources in {"lab": CELLS, **{name: cells_of(name) for name in SET_FROM_PYTHON}}.items():
        cells = [new_code_cell(source, id=name.replace(" ", "-")) for name, source in sources.items()]
        nbformat.write(new_notebook(cells=cells, metadata=kernel), folder / "notebooks" / f"{stem}.ipynb")
    # JupyterLab must not ask whether it may fetch news.
    notification = folder / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    notification.parent.mkdir(parents=True)
    notification.write_text('{"fetchNews": "false"}')
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    token = secrets.token_hex()
    # Nothing of the user's own is read or written, and server and kernel refuse every connection to elsewhere.
    own = {name: str(folder / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")}
    own |= {"JUPYTER_TOKEN": token, "IPYTHONDIR": str(folder / "ipython"), "HOME": str(folder)}
    own |= {"PYTHONPATH": os.pathsep.join([str(GUARD_FOLDER), *filter(None, [os.environ.get("PYTHONPATH")])])}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"]
    command += [f"--port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={folder / 'notebooks'}"]
    command += ["--LabApp.expose_app_in_browser=True", "--LabApp.extension_manager=readonly"]
    command += [
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    command += [f"--LabApp.workspaces_dir={folder / 'workspaces'}"]
    command += [f"--LabApp.user_settings_dir={folder / 'settings'}"]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, env=os.environ | own, stdout=log, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for_answer(f"{address}/api/status?token={token}", server, folder / "log")
        yield address, token
    finally:
        server.terminate()
        try:
            server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def wait_for_answer(url, server, log, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not answer; its log:\n{log.read_text()}")


class OpenNotebook:
    """The notebook in JupyterLab: runs cells by name, reads their output, finds the lab."""

    def __init__(self, page, address, token, stem="lab", cells=CELLS):
        self.page = page
        self.cells = list(cells)
        page.set_default_timeout(90_000)
        page.goto(f"{address}/doc/tree/{stem}.ipynb?token={token}")
        page.wait_for_function("window.jupyterapp?.shell.currentWidget?.content?.widgets?.length > 1")
        page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.ready")
        self.lab = page.locator(".lm-lab")
        self.slider = self.lab.locator(".lm-slider").first

    def active_cell(self):
        """Return the name of the selected cell."""
        return self.cells[self.page.evaluate("jupyterapp.shell.currentWidget.content.activeCellIndex")]

    def run(self, name):
        """Run a cell to its end and return the text of its output."""
        self.page.evaluate(
            """async index => {
                jupyterapp.shell.currentWidget.content.activeCellIndex = index;
                await jupyterapp.commands.execute("notebook:run-cell");
            }""",
            self.cells.index(name),
        )
        outputs = self.page.evaluate(
            "index => jupyterapp.shell.currentWidget.model.cells.get(index).outputs.toJSON()", self.cells.index(name)
        )
        errors = [output for output in outputs if output["output_type"] == "error"]
        assert not errors, json.dumps(errors)
        return "".join("".join(output.get("text", "")) for output in outputs)

    def focus(self, control):
        """Focus a control for good: a moment after a cell has run, JupyterLab takes the focus to the cell."""
        for _ in range(20):
            control.focus()
            self.page.wait_for_timeout(400)
            if control.evaluate("node => node === document.activeElement"):
                return
        pytest.fail("JupyterLab does not leave the focus with the lab's control")

    def wait_for_readout(self, beginning):
        self.lab.locator(".lm-readout").filter(has_text=re.compile(f"^{re.escape(beginning)}")).wait_for()

    def wait_until_run_says(self, name, pattern):
        """Run a cell until it says so: what the page sends to the kernel arrives a moment later."""
        end = time.monotonic() + 60
        while not (match := re.fullmatch(pattern, self.run(name).strip())):
            assert time.monotonic() < end, f"{name} never said {pattern}"
        return match


@pytest.fixture
def open_notebook(jupyterlab, new_context):
    errors = []

    def open_it(*which):
        page = new_context(viewport={"width": 1200, "height": 1900}).new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        return OpenNotebook(page, *jupyterlab, *which)

    yield open_it
    assert [error for error in errors if "lm-" in error or "anywidget" in error] == []


@pytest.fixture
def notebook(open_notebook):
    return open_notebook()


@pytest.mark.parametrize("name", SET_FROM_PYTHON)
def test_a_lab_follows_python_and_python_follows_the_lab(open_notebook, name, external_requests):
    notebook = open_notebook(name, cells_of(name))
    notebook.run("show")
    readout = notebook.lab.locator(".lm-readout")
    readout.filter(has_text=re.compile(r"\w")).wait_for()
    before = readout.inner_text()

    notebook.run("set")
    trait, value = SET_FROM_PYTHON[name]
    readout.filter(has_not_text=before).wait_for()
    assert f"{trait}={value!r}" in notebook.run("read")

    select = notebook.lab.locator("select:visible").last  # the first may only choose among stored settings
    chosen = select.evaluate("select => select.value")
    options = select.evaluate("select => [...select.options].map(option => option.value)")
    other = next(option for option in reversed(options) if option != chosen)
    select.select_option(other)
    notebook.wait_until_run_says("read", rf".*='?{re.escape(other)}'?[,)].*")  # a word, or a number
    assert external_requests == []


def test_the_lab_follows_python_python_follows_the_lab_and_an_ipywidgets_slider_moves_both(notebook, external_requests):
    notebook.run("show")
    notebook.wait_for_readout("Converges smoothly")

    notebook.run("set")
    notebook.wait_for_readout("Diverges: η = 0.45 > 2/λmax = 0.40.")
    assert notebook.lab.locator(".lm-number").first.input_value() == "0.45"

    notebook.focus(notebook.slider)
    notebook.page.keyboard.press("ArrowUp")
    shown = notebook.lab.locator(".lm-number").first.input_value()
    assert float(shown) > 0.45, "JupyterLab kept the arrow key from the slider"
    notebook.focus(notebook.lab.locator(".lm-handle"))
    notebook.page.keyboard.press("ArrowUp")
    assert notebook.lab.get_by_label("Start, w₂").input_value() == "1.55", (
        "JupyterLab kept the arrow key from the start"
    )
    assert notebook.active_cell() == "show", "the arrow keys moved through the notebook"
    notebook.wait_until_run_says("read", re.escape(f"learning rate {shown}"))

    box = notebook.slider.bounding_box()
    notebook.page.mouse.click(box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 2)
    shown = notebook.lab.locator(".lm-number").first.input_value()
    assert float(shown) < 0.1
    notebook.wait_until_run_says("read", re.escape(f"learning rate {shown}"))

    said = notebook.run("refuse")
    assert said.startswith("DescentLab.learning_rate must be a finite number from 0.001 to 10; got nan")
    assert notebook.lab.locator(".lm-number").first.input_value() == shown

    notebook.run("link")
    handle = notebook.page.locator(".widget-slider [role=slider]")
    handle.wait_for()
    notebook.wait_for_readout("Converges smoothly")
    assert notebook.lab.locator(".lm-number").first.input_value() == "0.1"
    notebook.focus(handle)
    for _ in range(14):
        notebook.page.keyboard.press("ArrowUp")
    notebook.wait_for_readout("Diverges: η = ")
    notebook.wait_until_run_says("read again", r"learning rate (0\.5\d*) and \1")

    assert external_requests == []
