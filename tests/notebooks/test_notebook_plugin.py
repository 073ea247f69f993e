"""The run of the notebooks goes red, in the right cell, for each thing that could be false in a stored notebook."""

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from made_up import ALT, code_cell, notebook
from notebook_plugin import versions_that_differ

from largemodels.book import freeze
from largemodels.book.normalise import WIDGET_STATE, normalise, serialise

ROOT = Path(__file__).parents[2]
CELLS = [
    code_cell("imports", "import matplotlib.pyplot as plt\nfrom largemodels.widgets.descent_lab import DescentLab"),
    code_cell("true-number", "print(f'{2 / 3:.3f}')"),
    code_cell("number", "print(f'{1 / 3:.3f}')"),
    code_cell("suppressed", "1 + 1;"),
    code_cell("true-curve", "plt.plot([0, 2], [0, 1])\nplt.show()", mystnb={"image": {"alt": ALT}}),
    code_cell("curve", "plt.plot([0, 1], [0, 1])\nplt.show()", mystnb={"image": {"alt": ALT}}),
    code_cell("lost-curve", "plt.plot([0, 1], [0, 1])\nplt.show()", mystnb={"image": {"alt": ALT}}),
    code_cell("lab", "DescentLab(learning_rate=0.25)"),
    code_cell("connection", "import socket\nserver = socket.create_server(('127.0.0.1', 0))\nserver.close()"),
    code_cell("warning", "import warnings"),
]
# What the run must say of each falsified cell.
FALSE = {
    "number": "0.334",
    "curve": "figure 1 of false-curve is not the stored one: by",
    "lost-curve": "false-lost-curve stores 0 figures, but makes 1",
    "widget-states": "DescentLab (false-001) is stored as 0.3, but is 0.25",
    "connection": "The course works without a network",
    "warning": "Unexpected output fields from running code: {'stderr'}",
}
NOT_FALSE = [cell.id for cell in CELLS if cell.id not in FALSE]


def falsify(frozen):
    """Change one thing in each of the cells that are to fail."""
    cells = {cell.id: cell for cell in frozen.cells}
    cells["number"].outputs[0].text = "0.334\n"
    cells["curve"].outputs[0].data["image/png"] = cells["true-curve"].outputs[0].data["image/png"]
    del cells["lost-curve"].outputs[0].data["image/png"]
    for model in frozen.metadata.widgets[WIDGET_STATE].state.values():
        if "learning_rate" in model.state:
            model.state.learning_rate = 0.3
    cells["connection"].source = "import socket\nsocket.getaddrinfo('example.org', 80)"
    cells["warning"].source = "import warnings\nwarnings.warn('deprecated')"


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A book of a faithful notebook and a false one; a third notebook is not in its table of contents."""
    root = tmp_path_factory.mktemp("book")
    chapters = root / "chapters"
    chapters.mkdir()
    shutil.copy(ROOT / "requirements-lock.txt", root)
    (root / "_toc.yml").write_text("format: jb-book\nroot: chapters/faithful\nchapters:\n- file: chapters/false\n")
    faithful = chapters / "faithful.ipynb"
    faithful.write_text(serialise(notebook(*CELLS)), encoding="utf-8")
    shutil.copy(faithful, chapters / "not-in-the-book.ipynb")
    assert freeze.main([str(faithful)]) == 0
    false = normalise(nbformat.v4.reads(faithful.read_text(encoding="utf-8")), "false")
    falsify(false)
    (chapters / "false.ipynb").write_text(serialise(false), encoding="utf-8")
    return root


def run_pytest(root, *arguments):
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / ".pytest.ini"), "--rootdir", str(root)]
    command += ["--color=no", "-rA", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, encoding="utf-8")


@pytest.fixture(scope="module")
def report(book):
    return run_pytest(book, "-n", "2", "--dist", "loadfile", "chapters").stdout


def test_the_header_says_that_outputs_are_compared(report):
    assert "all outputs compared with the stored ones" in report


def test_a_faithful_notebook_passes(report):
    for name in [*(cell.id for cell in CELLS), "widget-states"]:
        assert f"PASSED chapters/faithful.ipynb::{name}\n" in report


@pytest.mark.parametrize("cell", FALSE)
def test_a_false_cell_fails_and_is_told_why(report, cell):
    assert f"FAILED chapters/false.ipynb::{cell}" in report
    assert FALSE[cell] in report


@pytest.mark.parametrize("cell", NOT_FALSE)
def test_the_other_cells_of_a_false_notebook_pass(report, cell):
    assert f"PASSED chapters/false.ipynb::{cell}\n" in report


def test_both_images_of_a_false_figure_are_saved(report, book):
    folder = book / "_build" / "figures-that-differ"
    stored, remade = folder / "false-curve-1-stored.png", folder / "false-curve-1-remade.png"
    assert {path.name for path in folder.iterdir()} == {stored.name, remade.name}
    assert stored.read_bytes() != remade.read_bytes()


def test_a_notebook_outside_the_table_of_contents_is_not_run(report):
    assert "not-in-the-book" not in report


def test_with_other_versions_than_the_locked_ones_only_assertions_count_and_the_header_says_so(book, monkeypatch):
    (book / "requirements-lock.txt").write_text("numpy==0.1\n")
    monkeypatch.delenv("CI", raising=False)
    report = run_pytest(book, "chapters/false.ipynb").stdout
    assert "outputs NOT compared, because of numpy" in report
    assert "PASSED chapters/false.ipynb::number\n" in report
    assert "FAILED chapters/false.ipynb::connection" in report


def test_ci_does_not_accept_other_versions_than_the_locked_ones(tmp_path, monkeypatch):
    (tmp_path / "requirements-lock.txt").write_text("numpy==0.1\n")
    monkeypatch.setenv("CI", "true")
    run = run_pytest(tmp_path, ".")
    assert run.returncode == pytest.ExitCode.USAGE_ERROR
    assert "CI must compare outputs, but numpy" in run.stderr


def test_versions_are_held_against_the_lock():
    lock = "# comment\n\npytest==1.0\nnot-installed-anywhere==1.0\nnumpy==0.1 ; sys_platform == 'no such system'\n"
    assert versions_that_differ(lock) == [f"pytest {pytest.__version__} (locked: 1.0)"]
