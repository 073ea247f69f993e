"""What labs share: joined sources, checked settings, numbers as text, axes."""

import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import largemodels.widgets.lab as lab_module
from largemodels.widgets.lab import joined_source

WIDGETS = Path(lab_module.__file__).parent
LABS = sorted(path.stem for path in WIDGETS.glob("*.js") if path.stem != "lab")


@pytest.fixture(scope="module")
def js(javascript):
    return javascript(WIDGETS / "lab.js")


@pytest.fixture(scope="module")
def axes_js(javascript, tmp_path_factory):
    """Axes are objects with functions, which do not travel: call them on the other side."""
    path = tmp_path_factory.mktemp("axes") / "axes.mjs"
    path.write_text(
        f'import * as lab from "{(WIDGETS / "lab.js").as_uri()}";\n'
        "export const position = (kind, limits, value) => lab[kind](...limits).position(value);\n"
        "export const value = (kind, limits, position) => lab[kind](...limits).value(position);\n"
        "export const ticks = (kind, limits, most) => lab[kind](...limits).ticks(most);\n"
    )
    return javascript(path)


# ---------------------------------------------------------------------------------------------------------
# Sources


@pytest.mark.parametrize("stem", LABS)
def test_a_lab_imports_from_the_shared_module_on_one_line_and_nothing_else(stem):
    imports = re.findall(r"^.*\bimport\b.*$", (WIDGETS / f"{stem}.js").read_text(encoding="utf-8"), re.MULTILINE)
    assert [line for line in imports if not re.fullmatch(r'import \{ [\w, ]+ \} from "\./lab\.js";', line)] == []
    assert len(imports) == 1


@pytest.mark.parametrize("stem", LABS)
def test_the_joined_source_loads_and_renders(stem, javascript, tmp_path):
    joined = tmp_path / f"{stem}.mjs"
    # `default` is the export that anywidget asks for; Node answers it like any other constant.
    joined.write_text(
        joined_source(stem, ".js").replace("export default", "export const form =")
        + "export const members = Object.entries(form).map(([name, value]) => [name, typeof value]);\n",
        encoding="utf-8",
    )
    assert javascript(joined).call("members") == [["render", "function"]]


def test_a_lab_without_a_module_is_missed_by_name():
    with pytest.raises(FileNotFoundError, match=r"no_such_lab\.js"):
        joined_source("no_such_lab", ".js")


def test_a_lab_without_a_style_sheet_gets_the_shared_one():
    assert joined_source("no_such_lab", ".css") == (WIDGETS / "lab.css").read_text(encoding="utf-8")


def test_shared_words_stand_in_both_languages_with_the_same_placeholders(js):
    words = js.call("LAB_STRINGS")
    assert words["en"].keys() == words["zh"].keys()
    for key, english in words["en"].items():
        assert sorted(re.findall(r"\{\w+\}", english)) == sorted(re.findall(r"\{\w+\}", words["zh"][key])), key
        assert english != words["zh"][key], f"{key} is not translated"


# ---------------------------------------------------------------------------------------------------------
# Settings

SCHEMA = {
    "rate": {"minimum": 0.001, "maximum": 10},
    "steps": {"minimum": 1, "maximum": 200, "whole": True},
    "start": {"minimum": -2, "maximum": 2, "size": 2},
    "rule": {"choices": ["plain", "adam"]},
}
CURRENT = {"rate": 0.1, "steps": 60, "start": [1, 1], "rule": "plain"}


@pytest.mark.parametrize(
    ("name", "asked", "used", "problem"),
    [
        ("rate", "0.45", 0.45, None),
        ("rate", 0.45, 0.45, None),
        ("rate", "50", 10, "clamped"),
        ("rate", "-1", 0.001, "clamped"),
        ("rate", "Infinity", 10, "clamped"),
        ("rate", "1e999", 10, "clamped"),
        ("rate", "NaN", 0.1, "ignored"),
        ("rate", "", 0.1, "ignored"),
        ("rate", "0.1; alert(1)", 0.1, "ignored"),
        ("rate", [0.2], 0.1, "ignored"),
        ("steps", "7", 7, None),
        ("steps", "7.6", 8, "clamped"),
        ("steps", "0", 1, "clamped"),
        ("start", "0.5,-1", [0.5, -1], None),
        ("start", [0.5, -1], [0.5, -1], None),
        ("start", "-0,3", [0, 2], "clamped"),
        ("start", "1", [1, 1], "ignored"),
        ("start", "1,2,3", [1, 1], "ignored"),
        ("start", "1,x", [1, 1], "ignored"),
        ("start", 3, [1, 1], "ignored"),
        ("rule", "adam", "adam", None),
        ("rule", "toString", "plain", "ignored"),
    ],
)
def test_what_is_asked_for_is_taken_clamped_or_ignored_and_said(js, name, asked, used, problem):
    answer = js.call("cleanSettings", SCHEMA, {name: asked}, CURRENT)
    assert answer["settings"] == {**CURRENT, name: used}
    assert answer["problems"] == ([{"name": name, "kind": problem}] if problem else [])


def test_names_that_a_lab_does_not_know_are_left_alone(js):
    assert js.call("cleanSettings", SCHEMA, {"colour": "red"}, CURRENT) == {"settings": CURRENT, "problems": []}


def test_a_problem_names_the_setting_its_range_and_what_is_used(js):
    strings = {"rate": "Rate", "rule": "Rule", "rule_plain": "plain descent"}
    problems = [{"name": "rate", "kind": "clamped"}, {"name": "rule", "kind": "ignored"}]
    said = js.call("describeProblems", problems, SCHEMA, {**CURRENT, "rate": 10}, strings, "en")
    assert said == "Rate goes from 0.001 to 10: 10 is used. Rule was not understood: plain descent is kept."


# ---------------------------------------------------------------------------------------------------------
# Numbers


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0.00"),
        (0.1, "0.10"),
        (7.5, "7.50"),
        (-1.25, "−1.25"),
        (0.096117, "0.09612"),
        (0.001, "0.001"),
        (98765, "98765"),
        (99999.6, "1×10⁵"),
        (12345.6, "12346"),
        (123456, "1.235×10⁵"),
        (-0.0001236, "−1.236×10⁻⁴"),
        (1e-300, "1×10⁻³⁰⁰"),
        (0.99999, "1.00"),
    ],
)
def test_numbers_are_written_for_reading(js, number, text):
    assert js.call("formatNumber", number) == text


@pytest.mark.parametrize(
    ("first", "second", "texts"),
    [
        (0.45, 0.4, ["0.45", "0.40"]),
        (0.4, 0.4, ["0.40", "0.40"]),
        (0.40000001, 0.4, ["0.40000001", "0.40"]),
        (1.00001, 1, ["1.00001", "1.00"]),
    ],
)
def test_two_numbers_get_as_many_digits_as_tell_them_apart(js, first, second, texts):
    assert js.call("formatApart", first, second) == texts


@given(first=st.floats(1e-6, 1e6), second=st.floats(1e-6, 1e6))
def test_only_equal_numbers_look_equal(js, first, second):
    texts = js.call("formatApart", first, second)
    assert (texts[0] == texts[1]) == (first == second)


# ---------------------------------------------------------------------------------------------------------
# Axes

AXES = [("linearAxis", [-2.2, 2.2]), ("logAxis", [0.001, 10]), ("symlogAxis", [-50, 3, 0.1])]


@pytest.mark.parametrize(("kind", "limits"), AXES)
@given(position=st.floats(0, 1))
def test_an_axis_leads_there_and_back(axes_js, kind, limits, position):
    value = axes_js.call("value", kind, limits, position)
    assert axes_js.call("position", kind, limits, value) == pytest.approx(position, abs=1e-9)


@pytest.mark.parametrize(("kind", "limits"), AXES)
def test_an_axis_begins_and_ends_at_its_limits(axes_js, kind, limits):
    assert axes_js.call("position", kind, limits, limits[0]) == pytest.approx(0, abs=1e-12)
    assert axes_js.call("position", kind, limits, limits[1]) == pytest.approx(1, abs=1e-12)


def test_zero_stands_at_the_lower_end_of_a_logarithmic_axis(axes_js):
    assert axes_js.call("position", "logAxis", [1e-16, 10], 0) == 0


@pytest.mark.parametrize(
    ("kind", "limits", "most", "labels"),
    [
        ("linearAxis", [-2.2, 2.2], 5, ["−2", "−1", "0", "1", "2"]),
        ("linearAxis", [0, 60], 5, ["0", "20", "40", "60"]),
        ("linearAxis", [0, 1], 5, ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        ("logAxis", [0.001, 10], 5, ["10⁻³", "10⁻²", "10⁻¹", "10⁰", "10¹"]),
        ("logAxis", [1e-12, 1], 4, ["10⁻¹²", "10⁻⁹", "10⁻⁶", "10⁻³", "10⁰"]),
        ("symlogAxis", [-50, 3, 0.1], 6, ["−10", "−1", "0", "1"]),
    ],
)
def test_ticks_are_round_numbers(axes_js, kind, limits, most, labels):
    assert [tick["label"] for tick in axes_js.call("ticks", kind, limits, most)] == labels


@given(low=st.floats(-1e12, -0.1), high=st.floats(0.1, 100), most=st.integers(2, 8))
def test_ticks_of_a_symmetric_logarithmic_axis_rise_within_its_limits_and_are_not_crowded(axes_js, low, high, most):
    values = [tick["value"] for tick in axes_js.call("ticks", "symlogAxis", [low, high, 0.1], most)]
    assert values == sorted(set(values))
    assert all(low <= value <= high for value in values)
    assert len(values) <= most + 3
    assert all(math.isfinite(value) for value in values)
