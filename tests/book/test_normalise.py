"""The stored form of notebooks: what is made equal, what is left alone."""

import copy
import random

import nbformat
import pytest
from made_up import code_cell, figure_output, markdown_cell, notebook, stream

from largemodels.book.normalise import WIDGET_STATE, WIDGET_VIEW, normalise, serialise


def view(identifier):
    return nbformat.v4.new_output("display_data", data={WIDGET_VIEW: {"model_id": identifier}, "text/plain": "Lab()"})


def model(name, **state):
    return {"model_name": f"{name}Model", "state": state}


def with_widgets(box="1f", slider="2e", layout="3d", link="4c", hidden="5b"):
    """A box that shows a slider with a layout; a link from the slider to itself; a widget that is not shown."""
    made_up = notebook(code_cell("slider-box", "box", [view(box)]))
    made_up.metadata.widgets = nbformat.from_dict(
        {
            WIDGET_STATE: {
                "state": {
                    hidden: model("IntSlider", value=3),
                    link: model("Link", source=[f"IPY_MODEL_{slider}", "value"], target=[f"IPY_MODEL_{slider}", "max"]),
                    slider: model("FloatSlider", value=0.5, layout=f"IPY_MODEL_{layout}"),
                    layout: model("Layout", width="50%"),
                    box: model("VBox", children=[f"IPY_MODEL_{slider}"]),
                }
            }
        }
    )
    return made_up


def states(made_up):
    return made_up.metadata.widgets[WIDGET_STATE].state


def test_normalising_twice_changes_nothing_more():
    for made_up in (notebook(), with_widgets(), notebook(code_cell("curve", "…", [figure_output(), stream("1\n")]))):
        once = normalise(made_up, "some")
        assert serialise(normalise(once, "some")) == serialise(once)
        assert serialise(normalise(nbformat.v4.reads(serialise(once)), "some")) == serialise(once)


def test_normalising_leaves_the_notebook_given_as_it_was():
    made_up = with_widgets()
    before = copy.deepcopy(made_up)
    normalise(made_up, "some")
    assert made_up == before


def test_random_widget_ids_become_the_same_names_whatever_they_were():
    texts = set()
    for seed in range(5):
        identifiers = random.Random(seed).sample(["1f", "2e", "3d", "4c", "5b", "6a"], k=5)
        texts.add(serialise(normalise(with_widgets(*identifiers), "some")))
    assert len(texts) == 1


def test_widgets_are_named_after_the_notebook_in_the_order_in_which_they_show():
    made_up = normalise(with_widgets(), "some")
    assert made_up.cells[0].outputs[0].data[WIDGET_VIEW].model_id == "some-001"
    assert {name: state.model_name for name, state in states(made_up).items()} == {
        "some-001": "VBoxModel",
        "some-002": "FloatSliderModel",
        "some-003": "LayoutModel",
        "some-004": "LinkModel",
    }
    assert states(made_up)["some-001"].state.children == ["IPY_MODEL_some-002"]
    assert states(made_up)["some-002"].state.layout == "IPY_MODEL_some-003"
    assert states(made_up)["some-004"].state.target == ["IPY_MODEL_some-002", "max"]


def test_without_a_widget_on_the_page_no_state_is_stored():
    made_up = with_widgets()
    made_up.cells[0].outputs = []
    assert "widgets" not in normalise(made_up, "some").metadata


def test_what_editors_and_runs_leave_behind_is_removed():
    made_up = notebook(
        code_cell("cell-one", "1", [figure_output()], tags=["photo"], collapsed=True, execution={"a": "b"})
    )
    made_up.cells[0].outputs[0]["transient"] = {"display_id": "1"}
    made_up.metadata.update(toc={}, language_info={"name": "python", "version": "3.12.1"}, kernelspec={"name": "venv"})
    clean = normalise(made_up, "some")
    assert clean.cells[0].metadata == {"tags": ["photo"]}
    assert "transient" not in clean.cells[0].outputs[0]
    assert set(clean.metadata) == {"kernelspec", "language_info"}
    assert clean.metadata.kernelspec.name == "python3"
    assert "version" not in clean.metadata.language_info


@pytest.mark.parametrize("key", ["tags", "mystnb"])
def test_what_the_book_reads_is_kept(key):
    value = {"tags": ["photo"], "mystnb": {"image": {"alt": "Two lines cross."}}}[key]
    made_up = notebook(code_cell("cell-one", "1", **{key: value}))
    assert normalise(made_up, "some").cells[0].metadata == {key: value}


def test_a_traceback_keeps_the_reader_s_own_lines_and_no_path():
    frames = [
        "\x1b[31mValueError\x1b[39m  Traceback (most recent call last)",
        "\x1b[36mCell\x1b[39m\x1b[32m \x1b[39m\x1b[32mIn[1]\x1b[39m, line 1\n----> 1 forward(X)",
        "\x1b[36mFile \x1b[39m\x1b[32m/home/reader/code/largemodels/layers.py:30\x1b[39m, in forward(X)",
        "\x1b[31mValueError\x1b[39m: no",
    ]
    error = nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=frames)
    assert normalise(notebook(code_cell("cell-one", "…", [error])), "some").cells[0].outputs[0].traceback == [
        "ValueError  Traceback (most recent call last)",
        "Cell In[1], line 1\n----> 1 forward(X)",
        "ValueError: no",
    ]


def test_the_text_is_readable_in_a_diff():
    text = serialise(normalise(notebook(markdown_cell("title", "# 大模型 η")), "some"))
    assert '\n   "source": [\n    "# 大模型 η"\n   ]' in text
    assert text.endswith("}\n")
