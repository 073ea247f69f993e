"""Freezing: the same bytes every time, and nothing written unless all went well."""

from pathlib import Path

import pytest
from made_up import ALT, code_cell, markdown_cell, notebook

from largemodels.book import freeze
from largemodels.book.normalise import WIDGET_STATE, serialise

FIGURE = "import matplotlib.pyplot as plt\nplt.plot([0, 1], [0, 1])\nplt.show()"
CELLS = [
    markdown_cell("title", "# Title"),
    code_cell("imports", "import ipywidgets as widgets\nfrom largemodels.widgets.descent_lab import DescentLab"),
    code_cell("curve", FIGURE, mystnb={"image": {"alt": ALT}}),
    code_cell("lab", "lab = DescentLab()\nlab.learning_rate = 0.25\nlab"),
    code_cell("lab-again", "lab"),
    code_cell("slider", "print('before')\n@widgets.interact(step=(0, 4))\ndef show(step):\n    print('step', step)"),
    code_cell("not-shown", "print(widgets.IntSlider().value)"),
    code_cell("error", "raise ValueError('no')", tags=["raises-exception"]),
    code_cell("where", "from pathlib import Path\nprint(Path('beside.txt').read_text())"),
]


@pytest.fixture
def book(tmp_path, monkeypatch):
    """The folder of a book of one notebook, ``chapters/some.ipynb``, and the current folder."""
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: chapters/some\n")
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / "beside.txt").write_text("read from the chapters' folder")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def store(book, *cells, name="some"):
    path = book / "chapters" / f"{name}.ipynb"
    path.write_text(serialise(notebook(*cells)), encoding="utf-8")
    return path


def test_a_second_freeze_changes_no_byte(book, capsys):
    path = store(book, *CELLS)
    assert freeze.main([]) == 0
    assert "chapters/some.ipynb: changed" in capsys.readouterr().out.replace("\\", "/")
    first = path.read_bytes()
    assert freeze.main([]) == 0
    assert "chapters/some.ipynb: unchanged" in capsys.readouterr().out.replace("\\", "/")
    assert path.read_bytes() == first


def test_outputs_are_stored_as_the_site_needs_them(book):
    path = store(book, *CELLS)
    assert freeze.main([str(path)]) == 0
    frozen = freeze.nbformat.v4.reads(path.read_text(encoding="utf-8"))
    outputs = {cell.id: cell.outputs for cell in frozen.cells if cell.cell_type == "code"}
    assert [cell.execution_count for cell in frozen.cells if cell.cell_type == "code"] == list(range(1, len(CELLS)))
    assert "image/png" in outputs["curve"][0].data
    assert "learning_rate=0.25" in outputs["lab"][0].data["text/plain"]
    assert outputs["lab"][0].data == outputs["lab-again"][0].data
    # What Output captures is kept beside the view that needs a kernel, and clears nothing else.
    assert outputs["slider"][0].text == "before\nstep 2\n"
    assert outputs["slider"][1].data["text/plain"].startswith("interactive(children=(IntSlider(value=2")
    assert outputs["error"][0].evalue == "no"
    assert outputs["where"][0].text == "read from the chapters' folder\n"
    states = frozen.metadata.widgets[WIDGET_STATE].state
    labs = [model.state for model in states.values() if "_esm" in model.state]
    assert [lab.learning_rate for lab in labs] == [0.25]
    sliders = [model.state for model in states.values() if model.model_name == "IntSliderModel"]
    assert [slider.value for slider in sliders] == [2]  # the other one is not shown


@pytest.mark.parametrize(
    ("source", "tags", "reason"),
    [
        ("raise ValueError('no')", [], 'cell "last" (code cell 2 of 2) failed: ValueError: no'),
        ("import os; os._exit(1)", [], 'cell "last" (code cell 2 of 2) ended the kernel'),
        ("import warnings; warnings.warn('deprecated')", [], 'cell "last" writes to stderr'),
        ("print(object())", [], 'cell "last" prints a memory address'),
        ("print(__import__('sys').executable)", [], 'cell "last" prints an absolute path'),
        ("print(1)", ["raises-exception"], 'cell "last" has the tag raises-exception, but stores no error'),
        ("input()", [], 'cell "last" (code cell 2 of 2) failed: StdinNotImplementedError'),
        (
            "import urllib.request; urllib.request.urlopen('http://example.org')",
            [],
            'cell "last" (code cell 2 of 2) failed: NetworkAccessRefused: The course works without a network',
        ),
    ],
)
def test_a_notebook_that_fails_is_left_untouched_and_its_cell_named(book, capsys, source, tags, reason):
    path = store(book, code_cell("first", "print('new output')"), code_cell("last", source, tags=tags))
    before = path.read_bytes()
    assert freeze.main([]) == 1
    told = capsys.readouterr().err
    assert "some.ipynb: not frozen, the stored notebook is untouched" in told
    assert reason in told
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir() if file != path] == ["beside.txt"]


def test_the_others_are_frozen_when_one_fails(book, capsys):
    bad = store(book, code_cell("bad", "1 / 0"), name="bad")
    good = store(book, code_cell("good", "print('new output')"), name="good")
    assert freeze.main([str(bad), str(good)]) == 1
    assert "new output" in good.read_text(encoding="utf-8").partition('"outputs"')[2]


def test_a_cell_that_takes_too_long_is_named(book, capsys, monkeypatch):
    monkeypatch.setattr(freeze, "_SECONDS_PER_CELL", 1)
    store(book, code_cell("slow", "import time; time.sleep(60)"))
    assert freeze.main([]) == 1
    assert 'cell "slow" (code cell 1 of 1) took longer than 1 s' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no notebook", "Notebook does not appear to be JSON"),
        ('{"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": []}', "this one has format 3"),
        (serialise(notebook(code_cell("same", "1"), code_cell("same", "2"))), 'two cells have the id "same"'),
    ],
)
def test_a_file_that_cannot_be_frozen_is_left_untouched(book, capsys, text, reason):
    path = book / "chapters" / "some.ipynb"
    path.write_text(text, encoding="utf-8")
    assert freeze.main([]) == 1
    assert reason in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == text


def test_a_notebook_that_does_not_exist_is_named(book, capsys):
    assert freeze.main(["chapters/none.ipynb"]) == 1
    assert "none.ipynb" in capsys.readouterr().err


def test_the_user_s_own_settings_do_not_reach_the_notebook(book, monkeypatch, tmp_path):
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "mine.py").write_text("print_of_mine = 1")
    (tmp_path / "matplotlibrc").write_text("lines.linewidth: 7")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("MATPLOTLIBRC", str(tmp_path))
    monkeypatch.setenv("MPLBACKEND", "agg")
    path = store(
        book,
        code_cell(
            "settings",
            "import matplotlib\nprint('print_of_mine' in globals(), matplotlib.rcParams['lines.linewidth'])\n"
            "matplotlib.get_backend()",
        ),
    )
    assert freeze.main([]) == 0
    text = path.read_text(encoding="utf-8")
    assert "False 1.5" in text
    assert "inline" in text


def test_a_write_that_is_interrupted_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "some.ipynb"
    path.write_text("old")

    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(KeyboardInterrupt):
        freeze.write(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
