"""NeuronLab: all that it shows equals NumPy, its traits refuse bad values, its words are whole."""

import itertools
import math
import re
import string
from pathlib import Path

import numpy as np
import pytest
import traitlets
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

import largemodels.widgets.neuron_lab as neuron_lab_module
from largemodels.neuron import ACTIVATIONS, LEARNING_RATE, run_neuron, train_neuron
from largemodels.points import DATASETS, load_points
from largemodels.widgets.lab import joined_source
from largemodels.widgets.neuron_lab import NeuronLab

MODULE_PATH = Path(neuron_lab_module.__file__).with_suffix(".js")
DEFAULTS = NeuronLab().settings()
POINTS = NeuronLab().points


@pytest.fixture(scope="module")
def lab_js(javascript):
    return javascript(MODULE_PATH)


@pytest.fixture(scope="module")
def texts(lab_js):
    return lab_js.call("STRINGS")


# ---------------------------------------------------------------------------------------------------------
# What is shown, against NumPy

EXTREME_WEIGHTS = [0.0, 1.0, -1.0, 0.5, -0.5, 10.0, -10.0, 1e-12, -5e-324, 0.05]
EXTREMES = list(itertools.product([0.0, 10.0, -10.0, 5e-324], [0.0, -10.0, 0.5], [0.0, 10.0, -10.0, -0.5]))

weights = st.one_of(st.sampled_from(EXTREME_WEIGHTS), st.floats(-10, 10))
lab_settings = st.fixed_dictionaries(
    {
        "dataset": st.sampled_from(DATASETS),
        "w1": weights,
        "w2": weights,
        "b": weights,
        "activation": st.sampled_from(ACTIVATIONS),
    }
)
grips = st.tuples(st.floats(-3, 4), st.floats(-3, 4))


# A failing case is five settings, and needs no minutes of shrinking to be understood.
@settings(max_examples=600, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    chosen=lab_settings,
    language=st.sampled_from(["en", "zh"]),
    selected=st.integers(0, 159),
    taken=st.sampled_from([0, 1, 37]),
    grip=grips,
)
@example(chosen=DEFAULTS, language="en", selected=0, taken=0, grip=(0, 0))
@example(chosen={**DEFAULTS, "dataset": "xor"}, language="zh", selected=3, taken=5, grip=(2, 2))
def test_everything_shown_equals_what_numpy_computes(lab_js, texts, chosen, language, selected, taken, grip):
    selected %= len(load_points(chosen["dataset"]).y)
    assert_shown_equals_numpy(lab_js, texts, chosen, language, selected, taken, grip)


def test_everything_shown_equals_numpy_over_the_grid_of_extremes(lab_js, texts):
    count = 0
    for dataset, activation, (w1, w2, b) in itertools.product(DATASETS, ACTIVATIONS, EXTREMES):
        chosen = {"dataset": dataset, "w1": w1, "w2": w2, "b": b, "activation": activation}
        assert_shown_equals_numpy(lab_js, texts, chosen, "en", 0, 0, (0.5, 0.5))
        count += 1
    assert count == 1200


def assert_shown_equals_numpy(lab_js, texts, chosen, language, selected, taken, grip):
    view = {"selected": selected, "taken": taken, "grip": grip}
    shown = lab_js.call("describe", chosen, POINTS[chosen["dataset"]], language, view)
    run = run_neuron(**chosen)
    points = load_points(chosen["dataset"])
    strings = texts[language]
    assert_all_finite(shown)

    # The same operations in the same order: the same bits, but for exp and tanh.
    np.testing.assert_array_equal(shown.pop("z"), run.z)
    np.testing.assert_allclose(shown.pop("outputs"), run.outputs, rtol=1e-12, atol=1e-300)
    assert shown.pop("targets") == run.targets.tolist()
    assert shown.pop("right") == run.right.tolist()
    for name, expected in {
        "numRight": run.num_right,
        "numPoints": run.num_points,
        "turnedRight": run.turned_right,
        "mostRight": run.most_right,
        "mostFrequent": run.most_frequent,
        "lossName": run.loss_name,
        "line": run.line,
        "verdict": run.verdict,
        "training": run.training,
    }.items():
        assert shown.pop(name) == expected, name
    exact = chosen["activation"] in ("step", "relu", "identity")
    assert_close(shown.pop("loss"), run.loss, exact)
    gradient = shown.pop("gradient")
    assert_close(gradient, run.gradient, exact)
    moved = shown.pop("next")
    assert_close(moved, run.next, True)
    segment = shown.pop("segment")
    assert (segment is None) == (run.segment is None)
    if segment:
        np.testing.assert_array_equal(segment, run.segment)
    assert_arrow(shown.pop("arrow"), chosen, points.window, run, grip)
    sentences = shown.pop("sentences")
    assert sentences == expected_sentences(run, chosen)
    solved = run.verdict == "separates" or (run.verdict == "as_good_as_a_line_gets" and chosen["dataset"] != "xor")
    bad = run.verdict in ("no_line", "no_better_than_constant")
    assert shown.pop("tone") == ("good" if solved else "bad" if bad else "open")

    assert_words(shown.pop("words"), strings, chosen, points, run, sentences, selected, taken)
    assert shown == {}, "parts of the state that no assertion here looked at"


def assert_close(shown, expected, exact):
    if expected is None:
        assert shown is None
    elif exact:
        np.testing.assert_array_equal(shown, expected)
    else:
        np.testing.assert_allclose(shown, expected, rtol=1e-12, atol=1e-14)


def assert_arrow(arrow, chosen, window, run, grip):
    """It points along w, is as long as it should be, ends in the window, and stands on the line where it can."""
    low, high = window
    span = high - low
    w = np.array([chosen["w1"], chosen["w2"]])
    foot, tail, head = (np.array(arrow.pop(name)) for name in ("foot", "tail", "head"))
    assert arrow == {}
    largest = np.abs(w).max()
    norm = float(largest * np.hypot(*(w / largest))) if largest else 0.0
    if run.segment is None:
        np.testing.assert_allclose(foot, [(low + high) / 2] * 2, atol=1e-12)
    else:
        # The nearest place to the grip on the visible line, its outermost twentieths left out.
        start, end = run.segment
        shares = np.linspace(0.05, 0.95, 401)[:, None]
        nearest = np.min(np.linalg.norm(start + shares * (end - start) - grip, axis=1))
        assert np.linalg.norm(foot - grip) <= nearest + 1e-9
        off_line = np.linalg.norm(foot - start) + np.linalg.norm(foot - end) - np.linalg.norm(end - start)
        assert off_line < 1e-9
    if norm == 0:
        np.testing.assert_array_equal(tail, head)
        return
    length = span * (0.07 + 0.07 * math.sqrt(norm))
    unit = w / largest / np.hypot(*(w / largest))
    np.testing.assert_allclose(head - tail, length * unit, atol=1e-9)
    assert np.all(head >= low)
    assert np.all(head <= high)
    reach = float((head - foot) @ unit)
    assert -1e-9 <= reach <= length + 1e-9
    if reach < length - 1e-9:
        # Moved back, so its head is as far out as it may be, or it had no room from the start.
        edges = np.where(w > 0, high - 0.05 * span - head, head - (low + 0.05 * span))[w != 0]
        assert abs(edges.min()) < 1e-9 or (reach < 1e-9 and edges.min() < 1e-9)


def expected_sentences(run, chosen):
    if run.line == "none":
        return ["no_line"]
    if run.line == "outside":
        return ["outside"]
    turned = ["turned"] if run.turned_right > run.num_right else []
    return ["xor_limit" if chosen["dataset"] == "xor" else run.verdict, *turned]


def assert_words(words, strings, chosen, points, run, sentences, selected, taken):
    dataset, w1, w2, b = chosen["dataset"], chosen["w1"], chosen["w2"], chosen["b"]
    names = [strings[f"{dataset}_zero"], strings[f"{dataset}_one"]]
    num_ones = int(points.y.sum())
    common = names[int(2 * num_ones > len(points.y))]
    values = {
        "right": run.num_right,
        "count": run.num_points,
        "most": run.most_right,
        "frequent": run.most_frequent,
        "turned": run.turned_right,
        "z": b,
        "answer": names[int(run.z[0] > 0)],
        "common": common,
    }
    between = strings["between_sentences"]
    assert_text(words.pop("readout"), between.join(strings[key] for key in sentences), values)
    assert words.pop("about") == strings[f"{dataset}_about"].format(count=run.num_points)
    assert words.pop("formula") == strings[f"formula_{chosen['activation']}"]

    (x1, x2), z, output = points.X[selected], run.z[selected], run.outputs[selected]
    of_class = strings["point"].format_map(
        {"number": selected + 1, "count": run.num_points, "class": names[points.y[selected]]}
    )
    assert words.pop("point") == of_class
    sums = words.pop("sum")
    assert len(sums) == 4
    s2, s3 = ("−" if value < 0 else "+" for value in (w2, b))
    assert_text(sums[0], "z = {w1} · {x1} {s2} {w2} · {x2} {s3} {b}", {
        "w1": w1, "x1": x1, "s2": s2, "w2": abs(w2), "x2": x2, "s3": s3, "b": abs(b)
    })  # fmt: skip
    products = {"p1": w1 * x1, "s2": "−" if w2 * x2 < 0 else "+", "p2": abs(w2 * x2), "s3": s3, "bias": abs(b), "z": z}
    assert_text(sums[1], strings["sum_products"], products)
    target = str(run.targets[selected]).replace("-", "−")
    assert_text(sums[2], strings["sum_output"], {"output": output, "target": target})
    verdict = strings["says_right" if run.right[selected] else "says_wrong"]
    assert_text(sums[3], verdict, {"sign": ">" if z > 0 else "≤", "answer": names[int(z > 0)]})

    numbers = {"x1": x1, "x2": x2, "w1": w1, "w2": w2, "b": b, "z": z, "output": output}
    drawn = words.pop("neuron")
    assert drawn.keys() == numbers.keys()
    for name, said in drawn.items():
        # There is little room in a circle: one digit beside a power of ten.
        assert_number(said, numbers[name], abs(numbers[name]) / 2 if abs(numbers[name]) < 0.001 else 0.0)
    assert_text(words.pop("neuronLabel"), strings["neuron_label"], numbers)
    assert_text(words.pop("pointHandle"), strings["point_handle"], {"point": of_class, "x1": x1, "x2": x2, "z": z})
    assert_text(words.pop("lineHandle"), strings["line_handle"], {"b": b})
    assert_text(words.pop("arrowHandle"), strings["arrow_handle"], {"w1": w1, "w2": w2})

    g1, g2, g3 = run.gradient or (0, 0, 0)
    loss = "loss_relu" if chosen["activation"] == "relu" else f"loss_{run.loss_name}"
    training = strings[loss] + between + strings[f"training_{run.training}"]
    slopes = {"loss": run.loss, "rate": str(LEARNING_RATE), "g1": g1, "g2": g2, "g3": g3}
    assert_text(words.pop("training"), training, slopes, tolerance=1e-9)
    assert words.pop("taken") == (strings["taken"].format(taken=taken) if taken else "")
    ends = {
        "step": ["0", "1"],
        "sigmoid": ["0", "1"],
        "tanh": ["−1", "1"],
        "relu": ["0", "≥ 3"],
        "identity": ["≤ −3", "≥ 3"],
    }[chosen["activation"]]
    assert words.pop("scale") == ends
    (a1, a2), (b1, b2) = run.segment if run.segment is not None else ((0, 0), (0, 0))
    assert_text(
        words.pop("planeLabel"),
        strings["plane_label"].replace("{line}", strings[f"line_{run.line}"]),
        {
            "x1": strings[f"{dataset}_x1"], "x2": strings[f"{dataset}_x2"], "one": names[1], "zero": names[0],
            "ones": num_ones, "zeros": run.num_points - num_ones, "low": ends[0], "high": ends[1],
            "a1": a1, "a2": a2, "b1": b1, "b2": b2,
        },
    )  # fmt: skip
    assert words == {}, "words that no assertion here looked at"


def assert_all_finite(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            assert_all_finite(part)
    elif isinstance(value, float):
        assert math.isfinite(value)
    elif isinstance(value, str):
        assert not re.search(r"NaN|Infinity|undefined|null|\{", value), value


def assert_text(text, template, values, tolerance=0.0):
    """The text is the template with these values, each number to the digits that are shown."""
    pattern, seen = "", {}
    for literal, name, _, _ in string.Formatter().parse(template):
        pattern += re.escape(literal)
        if name and isinstance(values[name], (str, int)):
            pattern += re.escape(str(values[name]))
        elif name:
            group = f"{name}__{len(seen)}"
            seen[group] = name
            pattern += f"(?P<{group}>.+?)"
    match = re.fullmatch(pattern, text)
    assert match, f"{text!r} is not {template!r} with {values!r}"
    for group, said in match.groupdict().items():
        assert_number(said, values[seen[group]], tolerance)


NUMBER = re.compile(r"(−?)(\d+(?:\.(\d+))?)(?:×10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?")
FROM_SUPERSCRIPT = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def assert_number(text, expected, tolerance=0.0):
    """The text is the number to within one half of its last decimal, and to half a percent of the number."""
    match = NUMBER.fullmatch(text.removeprefix("(").removesuffix(")"))
    assert match, f"{text!r} is not a number; expected {expected!r}"
    sign, size, decimals, exponent = match.groups()
    scale = 10.0 ** int((exponent or "0").translate(FROM_SUPERSCRIPT))
    value = float(size) * scale * (-1 if sign else 1)
    last_place = 10.0 ** -len(decimals or "") * scale
    allowed = min(last_place / 2, abs(expected) * 5e-3)
    assert abs(value - expected) <= allowed * (1 + 1e-9) + tolerance + 1e-300, f"{text!r} is said for {expected!r}"


# ---------------------------------------------------------------------------------------------------------
# Training


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("activation", [name for name in ACTIVATIONS if name != "step"])
def test_a_hundred_gradient_steps_are_numpys_step_by_step(lab_js, dataset, activation):
    path = train_neuron(dataset, 0.3, 1.2, -0.3, activation, 100)
    w1, w2, b = path[0]
    for expected in path[1:]:
        chosen = {"dataset": dataset, "w1": w1, "w2": w2, "b": b, "activation": activation}
        w1, w2, b = lab_js.call("gradientStep", chosen, POINTS[dataset])
        assert (w1, w2, b) == tuple(expected)


def test_the_step_function_gives_no_gradient(lab_js):
    chosen = {**DEFAULTS, "activation": "step"}
    assert lab_js.call("lossGradient", chosen, POINTS["tumours"]) is None
    assert lab_js.call("gradientStep", chosen, POINTS["tumours"]) is None


def test_the_page_and_python_step_equally_far(lab_js):
    assert lab_js.call("LEARNING_RATE") == LEARNING_RATE


# ---------------------------------------------------------------------------------------------------------
# Moving the line and the arrow


@settings(max_examples=200)
@given(chosen=lab_settings, grip=grips)
def test_dragging_the_arrow_to_where_its_head_is_changes_nothing_that_can_be_seen(lab_js, chosen, grip):
    data = POINTS[chosen["dataset"]]
    shown = lab_js.call("describe", chosen, data, "en", {"selected": 0, "grip": grip})
    norm = math.hypot(chosen["w1"], chosen["w2"])
    if norm < 0.06 or shown["line"] != "inside":
        return
    arrow = shown["arrow"]
    w = lab_js.call("weightsToArrow", chosen, data["window"], {**arrow, "pivot": arrow["foot"]})
    # Rounded to thousandths, so b is off by as much as the pivot's coordinates amplify it.
    assert [w["w1"], w["w2"]] == pytest.approx([chosen["w1"], chosen["w2"]], abs=1e-3)
    assert w["b"] == pytest.approx(chosen["b"], abs=1e-2)


def test_dragging_the_arrow_turns_the_line_about_its_foot_and_its_length_is_the_size_of_w(lab_js):
    pivot = [0.5, -1.0]
    for angle, norm in itertools.product((0.3, 2.0, 4.0), (0.1, 1.0, 6.0)):
        length = 6 * (0.07 + 0.07 * math.sqrt(norm))
        head = [pivot[0] + length * math.cos(angle), pivot[1] + length * math.sin(angle)]
        asked = {"tail": pivot, "head": head, "pivot": pivot}
        w = lab_js.call("weightsToArrow", DEFAULTS, [-2.6, 3.4], asked)
        assert [w["w1"], w["w2"]] == pytest.approx([norm * math.cos(angle), norm * math.sin(angle)], abs=6e-4)
        assert w["w1"] * pivot[0] + w["w2"] * pivot[1] + w["b"] == pytest.approx(0, abs=2e-3)


def test_an_arrow_that_asks_for_more_than_the_range_keeps_its_direction_and_its_line(lab_js):
    asked = {"tail": [3.0, 3.0], "head": [6.0, 6.0], "pivot": [3.0, 3.0]}
    w = lab_js.call("weightsToArrow", DEFAULTS, [-2.6, 3.4], asked)
    assert w["b"] == -10
    assert w["w1"] == w["w2"] == pytest.approx(10 / 6, abs=1e-3)


def test_an_arrow_is_never_dragged_to_nothing(lab_js):
    w = lab_js.call("weightsToArrow", DEFAULTS, [-2.6, 3.4], {"tail": [0, 0], "head": [0.01, 0], "pivot": [0, 0]})
    assert w == {"w1": 0.05, "w2": 0, "b": 0}
    same = lab_js.call("weightsToArrow", DEFAULTS, [-2.6, 3.4], {"tail": [0, 0], "head": [0, 0], "pivot": None})
    assert same == {}


def test_keys_turn_and_stretch_the_arrow_about_its_foot_and_start_one_where_there_is_none(lab_js):
    chosen = {**DEFAULTS, "w1": 2, "w2": 0, "b": -2}
    turned = lab_js.call("weightsTurned", chosen, {"angle": math.pi / 2, "pivot": [1, 1]})
    assert turned == {"w1": 0, "w2": 2, "b": -2}
    stretched = lab_js.call("weightsTurned", chosen, {"factor": 1.5, "pivot": [1, 1]})
    assert stretched == {"w1": 3, "w2": 0, "b": -3}
    assert lab_js.call("weightsTurned", chosen, {"factor": 1.5, "pivot": None})["b"] == -2
    nothing = {**DEFAULTS, "w1": 0, "w2": 0, "b": 1}
    assert lab_js.call("weightsTurned", nothing, {"factor": 1.1, "pivot": None}) == {"w1": 0.05, "w2": 0, "b": 1}


def test_arrow_keys_lead_from_point_to_point_and_reach_every_one(lab_js):
    assert lab_js.call("neighbour", POINTS["xor"], 0, [1, 0]) == 2
    assert lab_js.call("neighbour", POINTS["xor"], 0, [0, 1]) == 1
    assert lab_js.call("neighbour", POINTS["xor"], 0, [-1, 0]) == 0
    for dataset in DATASETS:
        data = POINTS[dataset]
        places = {*zip(data["x1"], data["x2"], strict=True)}
        reached, ahead = {0}, [0]
        while ahead:
            at = ahead.pop()
            for direction in ([1, 0], [-1, 0], [0, 1], [0, -1]):
                to = lab_js.call("neighbour", data, at, direction)
                if to not in reached:
                    reached.add(to)
                    ahead.append(to)
        assert {(data["x1"][i], data["x2"][i]) for i in reached} == places


# ---------------------------------------------------------------------------------------------------------
# The module and its words


def test_the_joined_source_computes_what_the_module_computes(javascript, lab_js, tmp_path):
    joined = tmp_path / "neuron_lab.mjs"
    joined.write_text(joined_source("neuron_lab", ".js"), encoding="utf-8")
    joined_js = javascript(joined)
    assert joined_js.call("STRINGS") == lab_js.call("STRINGS")
    for dataset, activation in itertools.product(DATASETS, ACTIVATIONS):
        chosen = {**DEFAULTS, "dataset": dataset, "activation": activation}
        data = POINTS[dataset]
        assert joined_js.call("describe", chosen, data, "zh") == lab_js.call("describe", chosen, data, "zh")


def test_the_joined_source_imports_nothing_and_ends_in_anywidgets_form():
    source = NeuronLab._esm.read_text() if isinstance(NeuronLab._esm, Path) else str(NeuronLab._esm)
    assert not re.search(r"^\s*import\b", source, re.MULTILINE)
    assert source.endswith("export default { render };\n")


def test_every_text_stands_in_both_languages_with_the_same_placeholders(texts):
    assert texts.keys() == {"en", "zh"}
    assert texts["en"].keys() == texts["zh"].keys()
    for key, english in texts["en"].items():
        names = [sorted(re.findall(r"\{(\w+)\}", texts[language][key])) for language in ("en", "zh")]
        assert names[0] == names[1], key
        if key != "between_sentences":
            assert texts["zh"][key] != english, f"{key} is not translated"


def test_the_page_and_python_agree_on_settings_ranges_and_choices(lab_js):
    schema = lab_js.call("SCHEMA")
    traits = NeuronLab.class_traits(setting=True)
    assert list(schema) == list(NeuronLab().settings())
    for name, rule in schema.items():
        if "choices" in rule:
            assert tuple(rule["choices"]) == traits[name].choices
        else:
            assert (rule["minimum"], rule["maximum"]) == (traits[name].minimum, traits[name].maximum)


# ---------------------------------------------------------------------------------------------------------
# The Python object


@pytest.mark.parametrize(
    ("trait", "value", "allowed"),
    [
        ("w1", 10.5, "a finite number from -10 to 10"),
        ("w2", math.nan, "a finite number from -10 to 10"),
        ("b", -math.inf, "a finite number from -10 to 10"),
        ("b", "0.1", "a finite number from -10 to 10"),
        ("dataset", "moons", "one of tumours, digits, and, or, xor"),
        ("activation", "gelu", "one of step, sigmoid, tanh, relu, identity"),
        ("language", "fr", "one of en, zh"),
    ],
)
def test_a_bad_setting_is_refused_and_the_last_good_one_stays(trait, value, allowed):
    lab = NeuronLab()
    before = getattr(lab, trait)
    with pytest.raises(traitlets.TraitError) as error:
        setattr(lab, trait, value)
    assert str(error.value) == f"NeuronLab.{trait} must be {allowed}; got {value!r}"
    assert getattr(lab, trait) == before


def test_the_text_form_is_stable_and_makes_the_same_lab():
    lab = NeuronLab(dataset="xor", w1=1, w2=1, b=-0.5, activation="step")
    text = "NeuronLab(dataset='xor', w1=1.0, w2=1.0, b=-0.5, activation='step')"
    assert repr(lab) == text
    assert eval(text).settings() == lab.settings()


def test_settings_go_into_run_neuron_as_they_are():
    lab = NeuronLab(dataset="or", w1=1, w2=1, b=-0.5)
    assert run_neuron(**lab.settings()).verdict == "separates"


def test_the_lab_opens_with_a_line_that_can_be_improved():
    run = run_neuron(**NeuronLab().settings())
    assert run.verdict == "in_between"
    assert run.num_right < run.most_right - 10


def test_the_lab_carries_the_points_that_numpy_computes_with():
    for name in DATASETS:
        points, carried = load_points(name), NeuronLab().get_state("points")["points"][name]
        np.testing.assert_array_equal(np.stack([carried["x1"], carried["x2"]], axis=1), points.X)
        assert carried["y"] == points.y.tolist()
        assert tuple(carried["window"]) == points.window
        assert carried["mostRight"] == points.most_right


def test_the_reset_leads_to_what_the_lab_was_made_with():
    lab = NeuronLab(w1=2)
    lab.w1 = 0.1
    assert lab.get_state("initial")["initial"]["w1"] == 2


def test_every_setting_says_what_it_is():
    for name, trait in NeuronLab.class_traits(setting=True).items():
        assert trait.help, name
