"""The book's notebooks are clean; and each check finds what it is for, in a notebook made up to have it."""

from pathlib import Path

import nbformat
import pytest
from made_up import ALT, code_cell, figure_output, markdown_cell, notebook, stream

from largemodels.book import hygiene
from largemodels.book.contents import notebooks
from largemodels.book.normalise import WIDGET_STATE, normalise, serialise
from largemodels.widgets.lab import joined_source

ROOT = Path(__file__).parents[2]
BOOK = notebooks(ROOT)


def read(path):
    # Not nbformat.read: that would give missing cell ids before a check can see that they are missing.
    return nbformat.v4.reads(path.read_text(encoding="utf-8"))


# --- The real notebooks --------------------------------------------------------------------------------


def test_the_book_has_notebooks():
    assert BOOK


@pytest.mark.parametrize("check", hygiene.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("path", BOOK, ids=lambda path: path.stem)
def test_notebook_is_clean(path, check):
    assert list(check(read(path))) == []


@pytest.mark.parametrize("path", BOOK, ids=lambda path: path.stem)
def test_notebook_is_stored_as_freeze_stores_it(path):
    assert list(hygiene.form(read(path), path.read_text(encoding="utf-8"), path.stem)) == []


def test_the_table_of_contents_and_the_folder_agree():
    assert list(hygiene.contents(ROOT)) == []


# --- Made-up notebooks: what each check must find ------------------------------------------------------


def printing(text):
    return notebook(code_cell("cell-one", "…", [stream(text)]))


def with_figure(alt, *, images=1):
    return notebook(code_cell("cell-one", "…", [figure_output()] * images, mystnb={"image": {"alt": alt}}))


def with_error(*tags):
    error = nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=[])
    return notebook(code_cell("cell-one", "…", [error], tags=list(tags)))


def with_text(text):
    return notebook(markdown_cell("some-text", text))


def with_ids(*identifiers):
    return notebook(*(markdown_cell(identifier, "text") for identifier in identifiers))


def without_ids():
    made_up = notebook()
    del made_up.cells[0]["id"]
    return made_up


def with_exercise(
    *, leave_out=None, order=(0, 1, 2), solution="<details><summary>Solution</summary>\n\n…\n\n</details>"
):
    cells = [
        code_cell("exercise-step", "…"),
        code_cell("check-step", "…", count=2),
        markdown_cell("solution-step", solution),
    ]
    return notebook(*(cells[position] for position in order if cells[position].id != leave_out))


def with_lab(identifier, esm="…", css="…"):
    made_up = notebook()
    state = {"_anywidget_id": identifier, "_esm": esm, "_css": css}
    made_up.metadata.widgets = nbformat.from_dict({WIDGET_STATE: {"state": {"lab": {"state": state}}}})
    return made_up


SPOILT = [
    (hygiene.outputs_of_one_run, notebook(code_cell("cell-one", "…", [stream("Warning", "stderr")])), "stderr"),
    (hygiene.outputs_of_one_run, printing("<object at 0x7f3a2b1c0d50>"), "a memory address"),
    (hygiene.outputs_of_one_run, printing("saved to /home/reader/weights.npz"), "an absolute path"),
    (hygiene.outputs_of_one_run, printing(r"saved to C:\weights.npz"), "an absolute path"),
    (hygiene.outputs_of_one_run, printing("saved to ~/weights.npz"), "an absolute path"),
    (hygiene.outputs_of_one_run, printing("Wall time: 3 s"), "an elapsed time"),
    (hygiene.outputs_of_one_run, printing("1.2 ms ± 30 µs per loop"), "an elapsed time"),
    (hygiene.outputs_of_one_run, printing("16/16 ━━ 0s 2ms/step - loss: 0.3"), "an elapsed time"),
    (hygiene.outputs_of_one_run, printing("trained in 3.2 seconds"), "an elapsed time"),
    (hygiene.errors, with_error(), "without the tag raises-exception: ValueError: no"),
    (hygiene.errors, notebook(code_cell("cell-one", "…", tags=["raises-exception"])), "stores no error"),
    (hygiene.cells_not_run, notebook(code_cell("cell-one", "1", count=None)), "was not run"),
    (hygiene.cells_not_run, notebook(code_cell("cell-one", "1", count=2)), "it would be 1"),
    (hygiene.cells_not_run, notebook(code_cell("cell-one", " ", count=None)), "empty"),
    (hygiene.names_of_cells, with_ids("4f2a91bc"), "does not say"),
    (hygiene.names_of_cells, with_ids("a3b2c1d0-1111-4222-8333-444455556666"), "does not say"),
    (hygiene.names_of_cells, with_ids("Momentum_step"), "does not say"),
    (hygiene.cell_ids, with_ids("momentum-step", "momentum-step"), "two cells"),
    (hygiene.cell_ids, without_ids(), "has no id"),
    (hygiene.cells_out_of_reach, notebook(code_cell("cell-one", "1", tags=["nbval-skip"])), "tag nbval-skip"),
    (hygiene.cells_out_of_reach, notebook(code_cell("cell-one", "# NBVAL_SKIP\n1")), "comment NBVAL_SKIP"),
    (hygiene.cells_out_of_reach, notebook(code_cell("cell-one", "!curl example.org")), "shell command"),
    (hygiene.cells_out_of_reach, notebook(code_cell("cell-one", "%%bash\nls")), "shell command"),
    (hygiene.exercises, with_exercise(leave_out="exercise-step"), "no cell exercise-step"),
    (hygiene.exercises, with_exercise(leave_out="check-step"), "no cell check-step"),
    (hygiene.exercises, with_exercise(leave_out="solution-step"), "no cell solution-step"),
    (hygiene.exercises, with_exercise(order=(2, 0, 1)), "order"),
    (hygiene.exercises, with_exercise(solution="The answer."), "<details>"),
    (hygiene.myst_syntax, with_text("```{note}\nText\n```"), "a directive"),
    (hygiene.myst_syntax, with_text("::: warning\nText\n:::"), "a directive"),
    (hygiene.myst_syntax, with_text("See {ref}`momentum`."), "a role"),
    (hygiene.myst_syntax, with_text("(momentum)=\n# Momentum"), "a target"),
    (hygiene.figures, notebook(code_cell("cell-one", "…", [figure_output()])), "without a text alternative"),
    (hygiene.figures, with_figure("A line."), "does not say what the figure shows"),
    (hygiene.figures, with_figure("Plot of the loss over the two hundred steps of the run."), "opens with 'Plot of'"),
    (hygiene.figures, with_figure("A contour plot showing the path of plain descent."), "opens with"),
    (hygiene.figures, with_figure(ALT, images=2), "2 figures"),
    (
        hygiene.figures,
        notebook(
            code_cell("cell-one", "…", [figure_output()], mystnb={"image": {"alt": ALT}}),
            code_cell("cell-two", "…", [figure_output()], mystnb={"image": {"alt": ALT}}),
        ),
        'has the text alternative of cell "cell-one"',
    ),
    (hygiene.figures, with_text("![](picture.png)"), "shows a picture without"),
    (hygiene.figures, with_text('<img src="picture.png">'), "shows a picture without"),
    (hygiene.lab_sources, with_lab("elsewhere.widgets.OtherLab"), "no lab of the package"),
    (hygiene.lab_sources, with_lab("largemodels.widgets.lab.NoSuchLab"), "no lab of the package"),
]


@pytest.mark.parametrize(("check", "made_up", "finding"), SPOILT, ids=lambda value: getattr(value, "__name__", None))
def test_check_finds_the_fault(check, made_up, finding):
    found = list(check(made_up))
    assert len(found) == 1
    assert finding in found[0]


CLEAN = [
    (
        hygiene.outputs_of_one_run,
        printing("loss 0.123, and/or 3/4 of dL/dW; see https://example.org/a/b\nin 200 steps"),
    ),
    (hygiene.errors, with_error("raises-exception")),
    (hygiene.cells_not_run, notebook()),
    (hygiene.cell_ids, with_ids("momentum-step", "adam")),
    (hygiene.names_of_cells, with_ids("momentum-step", "adam", "feedback")),
    (hygiene.cells_out_of_reach, notebook(code_cell("cell-one", "a = not b\nb != a"))),
    (hygiene.exercises, with_exercise()),
    (hygiene.myst_syntax, with_text("```python\n{note}\n```\n$\\mathbf{x}$ and `{x}` and `(a)=`\n\n$$\n\\hat{y}\n$$")),
    (hygiene.myst_syntax, with_text("`````\n```{note}\n`````")),
    (hygiene.figures, with_figure(ALT)),
    (hygiene.figures, with_text('![Two lines cross](a.png) <img src="b.png" alt="Two lines cross">')),
    (hygiene.lab_sources, notebook()),
]


@pytest.mark.parametrize(("check", "made_up"), CLEAN, ids=lambda value: getattr(value, "__name__", None))
def test_check_finds_nothing_where_there_is_nothing(check, made_up):
    assert list(check(made_up)) == []


DESCENT_LAB = "largemodels.widgets.descent_lab.DescentLab"


def test_a_lab_stored_with_todays_source_is_clean():
    stored = with_lab(DESCENT_LAB, joined_source("descent_lab", ".js"), joined_source("descent_lab", ".css"))
    assert list(hygiene.lab_sources(stored)) == []


@pytest.mark.parametrize("part", ["esm", "css"])
def test_a_lab_stored_with_another_source_is_found(part):
    sources = {"esm": joined_source("descent_lab", ".js"), "css": joined_source("descent_lab", ".css"), part: "old"}
    (found,) = hygiene.lab_sources(with_lab(DESCENT_LAB, **sources))
    assert f"the stored _{part} of {DESCENT_LAB} is not the package's" in found


def test_a_frozen_notebook_is_in_form_and_one_from_an_editor_is_not():
    frozen = normalise(notebook(), "some")
    assert list(hygiene.form(frozen, serialise(frozen), "some")) == []
    edited = normalise(notebook(), "some")
    edited.cells[1].metadata["collapsed"] = False
    (found,) = hygiene.form(edited, serialise(edited), "some")
    assert "make freeze" in found


def test_notebooks_and_table_of_contents_are_held_against_each_other(tmp_path):
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: chapters/index\nchapters:\n- file: chapters/gone\n")
    for name in ("index.md", "extra.ipynb", "assignments/student.ipynb"):
        path = tmp_path / "chapters" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("{}")
    assert list(hygiene.contents(tmp_path)) == [
        "chapters/extra.ipynb is missing from _toc.yml",
        "_toc.yml names chapters/gone, which does not exist",
    ]
