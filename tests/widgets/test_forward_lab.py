"""ForwardLab: all that it shows equals NumPy, its traits refuse bad values, its words are whole."""

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
from scipy.special import ndtr

import largemodels.widgets.forward_lab as forward_lab_module
from largemodels.forward import (
    ACTIVATIONS,
    HIDDEN_FROM_VIEW,
    LARGEST_SLOPES,
    OUTPUTS,
    PRESETS,
    UNITS,
    diagnose_guess,
    mistakes,
    run_forward,
    unit_value,
)
from largemodels.widgets.forward_lab import ForwardLab
from largemodels.widgets.lab import joined_source

MODULE_PATH = Path(forward_lab_module.__file__).with_suffix(".js")
DEFAULTS = ForwardLab().settings()
NAMES = {"h1": "h₁", "h2": "h₂", "h3": "h₃", "y1": "y₁", "y2": "y₂"}
INPUT_NAMES = ("x₁", "x₂")
VIEW = {"revealed": False, "guess": None}


@pytest.fixture(scope="module")
def lab_js(javascript):
    return javascript(MODULE_PATH)


@pytest.fixture(scope="module")
def texts(lab_js):
    return lab_js.call("STRINGS")


# ---------------------------------------------------------------------------------------------------------
# What is shown, against NumPy


def numbers(size, largest):
    entry = st.one_of(
        st.sampled_from([0.0, 1.0, -1.0, largest, -largest, 1e-12]),
        st.integers(-20 * largest, 20 * largest).map(lambda twentieths: twentieths / 20),
        st.floats(-largest, largest),
    )
    drawn = st.lists(entry, min_size=size, max_size=size)
    if size == 6:  # equal units
        return st.one_of(drawn, drawn.map(lambda row: row[:1] * 3 + row[3:4] * 3))
    return st.one_of(drawn, st.just([0.0] * size))


lab_settings = st.one_of(
    st.fixed_dictionaries(
        {
            "x": numbers(2, 3),
            "W1": numbers(6, 5),
            "b1": numbers(3, 5),
            "W2": numbers(6, 5),
            "b2": numbers(2, 5),
            "activation": st.sampled_from(ACTIVATIONS),
            "output": st.sampled_from(OUTPUTS),
            "selected": st.sampled_from(UNITS),
            "hide": st.sampled_from(HIDDEN_FROM_VIEW),
        }
    ),
    st.builds(
        lambda name, x, unit, hide: {**PRESETS[name], "x": x, "selected": unit, "hide": hide},
        st.sampled_from(sorted(PRESETS)),
        numbers(2, 3),
        st.sampled_from(UNITS),
        st.sampled_from(HIDDEN_FROM_VIEW),
    ),
)
views = st.fixed_dictionaries({"revealed": st.booleans(), "guess": st.one_of(st.none(), st.floats(-6, 6))})


# A failing case is nine settings, and needs no minutes of shrinking to be understood.
@settings(max_examples=800, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(chosen=lab_settings, language=st.sampled_from(["en", "zh"]), view=views)
@example(chosen=DEFAULTS, language="en", view=VIEW)
@example(chosen={**DEFAULTS, "output": "sigmoid", "selected": "y2"}, language="zh", view={**VIEW, "guess": 0.45})
def test_everything_shown_equals_what_numpy_computes(lab_js, texts, chosen, language, view):
    assert_shown_equals_numpy(lab_js, texts[language], chosen, language, view)


def test_everything_shown_equals_numpy_over_the_grid_of_extremes(lab_js, texts):
    count = 0
    for activation, output, unit, hide, largest, signs in itertools.product(
        ACTIVATIONS, OUTPUTS, ("h2", "y1"), HIDDEN_FROM_VIEW, (0.0, 5.0), (1, -1)
    ):
        chosen = {
            "x": [3, -3 * signs],
            "W1": [largest, -largest, largest] * 2,
            "b1": [largest * signs] * 3,
            "W2": [largest * signs, -largest] * 3,
            "b2": [-largest, largest],
            "activation": activation,
            "output": output,
            "selected": unit,
            "hide": hide,
        }
        assert_shown_equals_numpy(lab_js, texts["en"], chosen, "en", {"revealed": False, "guess": 0.5})
        count += 1
    assert count == 360


def assert_shown_equals_numpy(lab_js, strings, chosen, language, view):
    shown = lab_js.call("describe", chosen, language, view)
    run = run_forward(**chosen)
    assert_all_finite(shown)

    # The same operations in the same order: the same bits. What follows an exponential is near.
    np.testing.assert_array_equal(shown.pop("products1"), run.products1)
    np.testing.assert_array_equal(shown.pop("Z1"), run.Z1)
    assert_near(shown.pop("A1"), run.A1, 1e-14)
    scale = 1e-13 * (1 + np.abs(run.products2).max() + np.abs(run.b2).max())
    for name, expected in {
        "products2": run.products2,
        "Z2": run.Z2,
        "Y": run.Y,
        "exponentials": run.exponentials,
        "exponentialSum": run.exponential_sum,
        "slopes1": run.slopes1,
        "slopes2": run.slopes2,
        "contributions": run.contributions,
        "collapsedW": run.collapsed_W,
        "collapsedB": run.collapsed_b,
    }.items():
        assert_near(shown.pop(name), expected, scale, name)
    assert shown.pop("states") == run.states
    assert shown.pop("winner") == run.winner
    assert shown.pop("focus") == run.focus
    assert shown.pop("strongest") == run.strongest
    assert shown.pop("identical") == list(run.identical)
    assert shown.pop("preset") == run.preset
    masked = shown.pop("masked")
    assert masked == ([False, False] if view["revealed"] else list(run.masked))
    guess = view["guess"]
    verdict = shown.pop("guessVerdict")
    assert verdict == (None if guess is None else diagnose_guess(run, guess))

    words = shown.pop("words")
    assert_words(words, strings, run, masked, verdict)
    assert words == {}, "words that no assertion here looked at"
    assert shown == {}, "parts of the state that no assertion here looked at"


def assert_near(shown, expected, absolute, name=""):
    if expected is None:
        assert shown is None, name
    else:
        np.testing.assert_allclose(shown, expected, rtol=1e-12, atol=absolute, err_msg=name)


def assert_all_finite(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            assert_all_finite(part)
    elif isinstance(value, float):
        assert math.isfinite(value)
    elif isinstance(value, str):
        assert not re.search(r"NaN|Infinity|undefined|null|\{|\[object", value), value


def assert_words(words, strings, run, masked, verdict):
    """Take out of ``words`` every text that is what it must be."""
    layer = 0 if run.selected[0] == "h" else 1
    at = int(run.selected[1]) - 1
    symbol = "a" if layer == 0 else "y"
    hidden = masked[layer]
    of = {
        "inputs": (run.x, run.A1)[layer],
        "products": (run.products1, run.products2)[layer],
        "bias": (run.b1, run.b2)[layer][at],
        "z": (run.Z1, run.Z2)[layer][at],
        "value": unit_value(run, run.selected),
        "slope": (run.slopes1, run.slopes2)[layer][at],
        "activation": (run.activation, run.output)[layer],
    }

    assert_readout(words.pop("readout"), strings, run, masked)
    assert words.pop("note") == strings[f"note_{run.preset or 'own'}"]
    values = {unit: unit_value(run, unit) for unit in UNITS}
    seen = {unit: Masked if masked[0 if unit[0] == "h" else 1] else values[unit] for unit in UNITS}
    x1, x2 = run.x
    assert_text(words.pop("diagramLabel"), strings["diagram_label"], {"x1": x1, "x2": x2, **seen})

    units = words.pop("units")
    for unit in UNITS:
        k, place = (0, int(unit[1]) - 1) if unit[0] == "h" else (1, int(unit[1]) - 1)
        z = Masked if masked[k] else (run.Z1, run.Z2)[k][place]
        texts = units.pop(unit)
        assert_number(texts.pop("z"), z)
        assert_number(texts.pop("value"), seen[unit])
        state = "" if masked[k] else strings.get(f"state_{run.states[unit]}", "")
        assert texts.pop("state") == state
        label = texts.pop("label")
        if state:
            assert label.endswith(strings["comma"] + state)
            label = label.removesuffix(strings["comma"] + state)
        expected = {"name": NAMES[unit], "z": z, "value": seen[unit], "symbol": "a" if k == 0 else "y"}
        assert_text(label, strings["unit_label"], expected)
        assert texts == {}
    assert units == {}

    assert_text(words.pop("unitTitle"), strings["unit_title"], {"name": NAMES[run.selected]})
    assert_arithmetic(words.pop("arithmetic"), strings, run, masked, of, layer, at, symbol)

    slope = words.pop("slope")
    if hidden:
        assert slope == strings["slope_masked"]
    else:
        largest = LARGEST_SLOPES[of["activation"]]
        share = 100 * abs(of["slope"]) / largest
        expected = {"slope": of["slope"], "share": share, "largest": largest}
        template = strings[f"slope_{run.states[run.selected]}"]
        if of["activation"] == "softmax":
            template += strings["between_sentences"] + strings["curve_softmax"]
        assert_text(slope, template, expected)
    name = strings[f"function_{of['activation']}"]
    label = words.pop("plotLabel")
    if hidden:
        assert_text(label, strings["plot_label_masked"], {"f": name})
    else:
        reach = 6 * 2 ** max(0, math.ceil(math.log2(max(1e-9, 1.1 * abs(of["z"]) / 6))))
        part = {"f": name, "low": -reach, "high": reach, "symbol": symbol}
        assert_text(label, strings["plot_label"], {**part, "z": of["z"], "value": of["value"], "slope": of["slope"]})

    matrices = words.pop("matrices")
    expected = {
        "x": run.x[None],
        "W1": run.W1,
        "b1": run.b1[None],
        "Z1": None if masked[0] else run.Z1[None],
        "A1": None if masked[0] else run.A1[None],
        "W2": run.W2,
        "b2": run.b2[None],
        "Z2": None if masked[1] else run.Z2[None],
        "Y": None if masked[1] else run.Y[None],
    }
    shapes = {"Z1": (1, 3), "A1": (1, 3), "Z2": (1, 2), "Y": (1, 2), "W": (2, 2), "b": (1, 2)}
    if run.collapsed_W is not None:
        expected["W"] = None if masked[1] else run.collapsed_W
        expected["b"] = None if masked[1] else run.collapsed_b[None]
    assert list(matrices) == list(expected)
    for key, matrix in expected.items():
        shape = shapes[key] if matrix is None else matrix.shape
        assert np.shape(matrices[key]) == shape, key
        for index in np.ndindex(shape):
            assert_number(matrices[key][index[0]][index[1]], Masked if matrix is None else matrix[index])
    assert words.pop("collapsed") == strings["not_collapsed" if run.collapsed_W is None else "collapsed"]

    assert_text(words.pop("guessLabel"), strings["guess"], {"name": NAMES[run.selected], "symbol": symbol})
    said = words.pop("guess")
    if verdict is not None and verdict.startswith("other_weights_"):
        other = {"name": NAMES[run.selected], "other": NAMES[verdict[-2:]]}
        assert_text(said, strings["guess_other_weights"], other)
    else:
        assert said == strings[f"guess_{verdict or 'none'}"]


def assert_arithmetic(shown, strings, run, masked, of, layer, at, symbol):
    def seen(value):
        return Masked if masked[layer] else value

    names = INPUT_NAMES if layer == 0 else tuple(NAMES[unit] for unit in UNITS[:3])
    rows = shown.pop("rows")
    assert [row["name"] for row in rows] == list(names)
    for i, row in enumerate(rows):
        assert_number(row["input"], Masked if layer == 1 and masked[0] else of["inputs"][i])
        assert_number(row["product"], seen(of["products"][i, at]))
        assert row.keys() == {"name", "input", "product"}
    assert_number(shown.pop("sum"), seen(of["products"][:, at].sum()))
    assert_number(shown.pop("bias"), of["bias"])
    assert_number(shown.pop("z"), seen(of["z"]))
    assert_number(shown.pop("value"), seen(of["value"]))
    formula, values = {
        "identity": (f"{symbol} = z", {}),
        "sigmoid": (f"{symbol} = 1 / (1 + exp(−z)) = 1 / (1 + {{part}})", {"part": math.exp(-of["z"])}),
        "tanh": (f"{symbol} = tanh({{z}})", {"z": of["z"]}),
        "relu": (f"{symbol} = max(0, {{z}})", {"z": of["z"]}),
        "gelu": (f"{symbol} = z Φ(z) = {{z}} · {{part}}", {"z": of["z"], "part": float(ndtr(of["z"]))}),
        "softmax": (f"{symbol} = {{one}} / {{sum}}", {}),
    }[of["activation"]]
    line = shown.pop("softmax")
    if of["activation"] == "softmax":
        first, second = run.exponentials
        assert_text(
            line,
            strings["softmax_line"],
            {"first": seen(first), "second": seen(second), "sum": seen(run.exponential_sum)},
        )
        values = {"one": run.exponentials[at], "sum": run.exponential_sum}
    else:
        assert line == ""
    assert_text(shown.pop("formula"), formula, {key: seen(value) for key, value in values.items()})
    assert shown == {}


def assert_readout(text, strings, run, masked):
    """The sentences are those that apply, in order, with this run's numbers."""
    first, second = run.Y
    focus = f"y{'₁₂'[run.focus]}"
    values = {"y1": first, "y2": second, "focus": focus, "name": NAMES[run.selected]}
    if run.strongest is not None:
        values["unit"] = NAMES[UNITS[run.strongest]]
        values["part"] = run.contributions[run.strongest]
    if run.output == "softmax":
        lead = "class"
        values["class"] = str(run.focus + 1)
        values["p"] = run.Y[run.focus]
        values["gap_name"] = ("z(y₁) − z(y₂)", "z(y₂) − z(y₁)")[run.focus]
        values["gap"] = abs(run.Z2[0] - run.Z2[1])
    else:
        lead = {"sigmoid": "probabilities", "identity": "values"}[run.output]
    if run.strongest is None:
        lead += "_bias"
    if run.output == "softmax" and run.winner is None:
        lead = "undecided"
    sentences = [(strings["masked" if masked[1] else lead], values)]

    def in_state(state):
        return [unit for unit in UNITS[:3] if run.states[unit] == state]

    def listed(units):
        return strings["comma"].join(NAMES[unit] for unit in units)

    if not masked[0]:
        if saturated := in_state("saturated"):
            templates, slopes = [], {}
            for unit in saturated:
                templates.append(strings["with_slope"].format(name=NAMES[unit], slope="{" + unit + "}"))
                slopes[unit] = run.slopes1[int(unit[1]) - 1]
            template = strings["saturated"].replace("{units}", strings["comma"].join(templates))
            sentences.append((template, slopes))
        for state in ("dead", "off"):
            if units := in_state(state):
                sentences.append((strings[state], {"units": listed(units)}))
    if run.identical:
        sentences.append((strings["identical"], {"units": listed(UNITS[j] for j in run.identical)}))
    if run.collapsed_W is not None:
        sentences.append((strings["collapse"], {}))
    pattern = re.escape(strings["between_sentences"]).join(
        placeholder_pattern(template, prefix=f"s{i}_") for i, (template, _) in enumerate(sentences)
    )
    match = re.fullmatch(pattern, text)
    assert match, f"{text!r} is not made of {[template for template, _ in sentences]}"
    for name, said in match.groupdict().items():
        index, key = name[1:].split("_", 1)
        assert_said(said, sentences[int(index)][1][key])


class Masked:
    """Stands for a number that is hidden: its text is a question mark."""


def assert_text(text, template, values):
    match = re.fullmatch(placeholder_pattern(template), text)
    assert match, f"{text!r} is not {template!r}"
    for name, said in match.groupdict().items():
        assert_said(said, values[name])


def placeholder_pattern(template, prefix=""):
    parts = []
    for literal, name, _, _ in string.Formatter().parse(template):
        parts.append(re.escape(literal))
        if name:
            group = f"{prefix}{name}"
            parts.append(rf"(?P={group})" if any(f"<{group}>" in part for part in parts) else rf"(?P<{group}>.+?)")
    return "".join(parts)


def assert_said(text, expected):
    if isinstance(expected, str):
        assert text == expected
    else:
        assert_number(text, expected)


NUMBER = re.compile(r"(−?)(\d+(?:\.(\d+))?)(?:×10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?")
FROM_SUPERSCRIPT = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def assert_number(text, expected):
    """The text is the number to within one half of its last decimal; a question mark if it is hidden."""
    if expected is Masked:
        assert text == "?"
        return
    match = NUMBER.fullmatch(text)
    assert match, f"{text!r} is not a number; expected {expected!r}"
    sign, size, decimals, exponent = match.groups()
    scale = 10.0 ** int((exponent or "0").translate(FROM_SUPERSCRIPT))
    value = float(size) * scale * (-1 if sign else 1)
    assert value != 0 or not sign, "a zero has no sign"
    allowed = 10.0 ** -len(decimals or "") * scale / 2
    assert abs(value - expected) <= allowed * (1 + 1e-9) + 1e-12, f"{text!r} is said for {expected!r}"


def test_a_unit_saturates_on_the_page_exactly_where_it_does_in_numpy(lab_js):
    # The sigmoid's slope a (1 - a) is 0.0125, a twentieth of its largest, where a is this.
    a = (1 + math.sqrt(0.95)) / 2
    edge = math.log(a / (1 - a))
    weightless = {"W1": [0.0] * 6, "activation": "sigmoid"}
    chosen = {**DEFAULTS, **weightless, "b1": [edge - 1e-6, edge + 1e-6, -edge - 1e-6]}
    states = lab_js.call("describe", chosen, "en")["states"]
    assert [states[unit] for unit in UNITS[:3]] == ["responds", "saturated", "saturated"]
    assert states == run_forward(**chosen).states


# ---------------------------------------------------------------------------------------------------------
# Guesses


@settings(max_examples=300, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(chosen=lab_settings, data=st.data())
def test_a_guess_made_by_a_known_mistake_gets_numpys_verdict(lab_js, chosen, data):
    run = run_forward(**chosen)
    _, value = data.draw(st.sampled_from(mistakes(run, run.selected)))
    guess = value if abs(value) > 1e6 else round(value, 3)  # half a hundredth is never on the edge of the tolerance
    shown = lab_js.call("describe", chosen, "en", {"revealed": False, "guess": guess})
    assert shown["guessVerdict"] == diagnose_guess(run, guess)


def test_the_page_and_numpy_know_the_same_mistakes(lab_js):
    for unit, output in itertools.product(UNITS, OUTPUTS):
        chosen = {**DEFAULTS, "selected": unit, "output": output}
        state = lab_js.call("describe", chosen, "en")
        shown = lab_js.call("mistakes", chosen, state, unit)
        expected = mistakes(run_forward(**chosen), unit)
        assert [name for name, _ in shown] == [name for name, _ in expected]
        assert_near([value for _, value in shown], [value for _, value in expected], 1e-14)


def test_what_is_hidden_is_nowhere_in_the_words_until_it_is_shown(lab_js):
    """With every computed number far from every given one, none of its digits may appear."""
    run = run_forward(**DEFAULTS)
    computed = [f"{abs(value):.2f}" for value in (*run.Z1, *run.A1, *run.Z2, *run.Y)]
    # 1.00 and 0.70 are inputs or weights as well.
    computed = [text for text in computed if text not in ("1.00", "0.70", "0.20", "0.60", "0.90", "0.10")]
    assert len(computed) >= 4

    def found(hide, revealed):
        words = lab_js.call("describe", {**DEFAULTS, "hide": hide}, "en", {"revealed": revealed, "guess": None})[
            "words"
        ]
        return [text for text in computed if text in str(words)]

    assert found("all", False) == []
    assert found("all", True) == computed == found("nothing", False)
    assert found("outputs", False) == [text for text in computed if text in ("1.30", "0.86", "0.76")]


# ---------------------------------------------------------------------------------------------------------
# The module and its words


def test_the_normal_distribution_function_is_scipys(lab_js):
    for z in [*np.linspace(-38, 38, 305), 2.5, -2.5, 2.4999999, 1e-300, 0.0]:
        assert lab_js.call("normalDistribution", float(z)) == pytest.approx(float(ndtr(z)), rel=3e-13, abs=1e-300)


def test_the_joined_source_computes_what_the_module_computes(javascript, lab_js, tmp_path):
    joined = tmp_path / "forward_lab.mjs"
    joined.write_text(joined_source("forward_lab", ".js"), encoding="utf-8")
    joined_js = javascript(joined)
    assert joined_js.call("STRINGS") == lab_js.call("STRINGS")
    for name, values in PRESETS.items():
        chosen = {**DEFAULTS, **values}
        assert joined_js.call("describe", chosen, "zh") == lab_js.call("describe", chosen, "zh"), name


def test_the_joined_source_imports_nothing_and_ends_in_anywidgets_form():
    source = ForwardLab._esm.read_text() if isinstance(ForwardLab._esm, Path) else str(ForwardLab._esm)
    assert not re.search(r"^\s*import\b", source, re.MULTILINE)
    assert source.endswith("export default { render };\n")


def test_every_text_stands_in_both_languages_with_the_same_placeholders(texts):
    assert texts.keys() == {"en", "zh"}
    assert list(texts["en"]) == list(texts["zh"])
    same = {"function_sigmoid", "function_tanh", "function_relu", "function_gelu", "function_softmax"}
    for key, english in texts["en"].items():
        names = [sorted(re.findall(r"\{(\w+)\}", texts[language][key])) for language in ("en", "zh")]
        assert names[0] == names[1], key
        if key not in same:
            assert texts["zh"][key] != english, f"{key} is not translated"


def test_every_verdict_on_a_guess_and_every_state_has_its_words(texts):
    verdicts = {"right", "nearly", "wrong", "none", "empty", "other_weights"}
    for unit, output in itertools.product(UNITS, OUTPUTS):
        listed = mistakes(run_forward(**{**DEFAULTS, "output": output}), unit)
        verdicts |= {name for name, _ in listed if not name.startswith("other_weights")}
    assert {key.removeprefix("guess_") for key in texts["en"] if key.startswith("guess_")} == verdicts
    states = {"linear", "responds", "saturated", "dip", "on", "off", "dead", "masked"}
    assert {key.removeprefix("slope_") for key in texts["en"] if key.startswith("slope_")} == states


def test_the_page_and_python_agree_on_settings_ranges_choices_and_presets(lab_js):
    schema = lab_js.call("SCHEMA")
    traits = ForwardLab.class_traits(setting=True)
    assert list(schema) == list(DEFAULTS)
    for name, rule in schema.items():
        if "choices" in rule:
            assert tuple(rule["choices"]) == traits[name].choices
        else:
            trait = traits[name]
            assert (rule["minimum"], rule["maximum"], rule["size"]) == (trait.minimum, trait.maximum, trait.size)
    presets = lab_js.call("PRESETS")
    assert list(presets) == list(PRESETS)
    for name, values in PRESETS.items():
        assert presets[name] == {key: list(v) if isinstance(v, tuple) else v for key, v in values.items()}


# ---------------------------------------------------------------------------------------------------------
# The Python object


@pytest.mark.parametrize("value", [(0, 0, 6), (1, 2), (0, 0, math.nan), "1,2,3", None, 1.0, ("a", 0, 0)])
def test_bad_biases_are_refused_with_the_traits_name_the_value_and_what_is_allowed(value):
    lab = ForwardLab(b1=(1, 2, 3))
    with pytest.raises(traitlets.TraitError) as error:
        lab.b1 = value
    assert str(error.value) == f"ForwardLab.b1 must be 3 finite numbers from -5 to 5; got {value!r}"
    assert lab.b1 == (1, 2, 3)


@pytest.mark.parametrize(
    ("name", "choices"),
    [("activation", ACTIVATIONS), ("output", OUTPUTS), ("selected", UNITS), ("hide", HIDDEN_FROM_VIEW)],
)
def test_a_choice_that_is_none_is_refused_with_those_that_are(name, choices):
    with pytest.raises(traitlets.TraitError) as error:
        ForwardLab(**{name: "swish"})
    assert str(error.value) == f"ForwardLab.{name} must be one of {', '.join(choices)}; got 'swish'"


def test_what_the_lab_shows_is_run_forward_of_its_settings():
    lab = ForwardLab(**PRESETS["xor"], selected="y2", hide="all")
    run = run_forward(**lab.settings())
    assert run.preset == "xor"
    assert (run.selected, run.hide) == ("y2", "all")


def test_the_lab_opens_with_small_weights_and_says_its_settings():
    assert run_forward(**DEFAULTS).preset == "small"
    assert repr(ForwardLab(x=(1, 2))).startswith("ForwardLab(x=(1.0, 2.0), W1=(0.8, -0.5, 0.3, 0.4, 1.2, -0.6), b1=")
