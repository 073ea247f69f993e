"""DescentLab: all that it shows equals NumPy, its traits refuse bad values, its words are whole."""

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

import largemodels.widgets.descent_lab as descent_lab_module
from largemodels.descent import OPTIMIZERS, REACHED, learning_rate_bound, run_descent
from largemodels.surfaces import SURFACES
from largemodels.widgets.descent_lab import DescentLab
from largemodels.widgets.lab import joined_source

MODULE_PATH = Path(descent_lab_module.__file__).with_suffix(".js")
DEFAULTS = DescentLab().settings()
COORDINATES = ("w₁", "w₂")


@pytest.fixture(scope="module")
def lab_js(javascript):
    return javascript(MODULE_PATH)


@pytest.fixture(scope="module")
def texts(lab_js):
    return lab_js.call("STRINGS")


# ---------------------------------------------------------------------------------------------------------
# What is shown, against NumPy


def _bounds_of_each_surface():
    for surface, beta in itertools.product(SURFACES.values(), (0.0, 0.5, 0.9, 0.99)):
        for curvature in surface.curvatures:
            if curvature > 0:
                yield learning_rate_bound((curvature,), beta)
                yield 1 / curvature


EXTREME_RATES = sorted(
    {0.001, 0.1, 10.0}
    | {rate for bound in _bounds_of_each_surface() for rate in (bound, math.nextafter(bound, 9), bound * (1 - 1e-9))}
)
EXTREME_STARTS = [(0.0, 0.0), (1.0, 0.0), (0.0, -1.0), (1.0, 1.0), (-1.0, 1.0), (1.0, 1.001), (-2.0, 2.0), (2.0, -2.0)]

coordinates = st.one_of(st.sampled_from([0.0, 1e-12, -2.0, 2.0]), st.floats(-2, 2))
lab_settings = st.fixed_dictionaries(
    {
        "surface": st.sampled_from(sorted(SURFACES)),
        "optimizer": st.sampled_from(OPTIMIZERS),
        "learning_rate": st.one_of(
            st.sampled_from([rate for rate in EXTREME_RATES if 0.001 <= rate <= 10]),
            st.floats(-3, 1).map(lambda exponent: min(10.0, max(0.001, 10**exponent))),
        ),
        "momentum": st.one_of(st.sampled_from([0.0, 0.5, 0.9, 0.99]), st.floats(0, 0.99)),
        "start": st.one_of(st.sampled_from(EXTREME_STARTS), st.tuples(coordinates, coordinates)),
        "num_steps": st.one_of(st.sampled_from([1, 2, 3, 60, 200]), st.integers(1, 200)),
    }
)


# A failing case is six settings, and needs no minutes of shrinking to be understood.
@settings(max_examples=1000, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(chosen=lab_settings, language=st.sampled_from(["en", "zh"]))
@example(
    chosen={**DEFAULTS, "learning_rate": 0.4, "start": (1.0, 1.0)},
    language="en",
)
def test_everything_shown_equals_what_numpy_computes(lab_js, texts, chosen, language):
    assert_shown_equals_numpy(lab_js, texts[language], chosen, language)


def test_everything_shown_equals_numpy_over_the_grid_of_extremes(lab_js, texts):
    count = 0
    for surface, optimizer, rate, beta, start, steps in itertools.product(
        SURFACES, OPTIMIZERS, (0.001, 10.0), (0.0, 0.99), EXTREME_STARTS, (1, 200)
    ):
        chosen = {
            "surface": surface,
            "optimizer": optimizer,
            "learning_rate": rate,
            "momentum": beta,
            "start": start,
            "num_steps": steps,
        }
        assert_shown_equals_numpy(lab_js, texts["en"], chosen, "en")
        count += 1
    assert count == 768


def assert_shown_equals_numpy(lab_js, strings, chosen, language):
    shown = lab_js.call("describe", chosen, language)
    run = run_descent(**chosen)
    assert_all_finite(shown)

    # The same operations in the same order: the same bits.
    np.testing.assert_array_equal(shown.pop("points"), run.points)
    np.testing.assert_array_equal(shown.pop("losses"), run.losses)
    np.testing.assert_array_equal(shown.pop("gradientNorms"), run.gradient_norms)

    assert shown.pop("verdict") == run.verdict
    assert shown.pop("motions") == as_list(run.motions)
    assert shown.pop("active") == as_list(run.active)
    assert shown.pop("dormant") == list(run.dormant)
    assert shown.pop("reachedAt") == run.reached_at
    assert shown.pop("stoppedAt") == run.stopped_at
    for name, expected in {
        "curvatures": run.curvatures,
        "factors": run.factors,
        "bound": run.bound,
        "rate": run.rate,
        "stepsPerDecade": run.steps_per_decade,
    }.items():
        assert shown.pop(name) == approximately(expected, 1e-12), name

    last_step = shown.pop("lastStep")
    assert last_step == approximately(expected_last_step(run, chosen), 1e-9)
    worked = shown.pop("worked")
    assert worked == (int(abs(last_step["gradient"][1]) > abs(last_step["gradient"][0])) if last_step else 0)
    notes = shown.pop("notes")
    assert notes == expected_notes(run, chosen)

    words = shown.pop("words")
    assert_readout(words.pop("readout"), strings, run, chosen, notes)
    assert_rows(words.pop("rows"), strings, run, chosen)
    assert_bound(words.pop("bound"), strings, run, chosen)
    assert_arithmetic(words.pop("arithmetic"), last_step, worked, chosen)
    num_taken = len(run.points) - 1
    assert words.pop("arithmeticTitle") == strings["last_step"].format(step=last_step["step"] if last_step else 0)
    (w1, w2), (y1, y2) = run.points[0], run.points[-1]
    assert_text(
        words.pop("plotLabel"), strings["plot_label"], {"w1": w1, "w2": w2, "y1": y1, "y2": y2, "step": num_taken}
    )
    assert_text(
        words.pop("lossLabel"),
        strings["loss_label"],
        {"first": run.losses[0], "last": run.losses[-1], "lowest": run.losses.min(), "step": num_taken},
    )
    assert words == {}, "words that no assertion here looked at"
    assert shown == {}, "parts of the state that no assertion here looked at"


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


def as_list(values):
    return None if values is None else list(values)


def approximately(expected, tolerance):
    """Return something equal to ``expected`` up to a relative tolerance, in nested lists and dictionaries."""
    if isinstance(expected, dict):
        return {name: approximately(value, tolerance) for name, value in expected.items()}
    if isinstance(expected, (list, tuple, np.ndarray)):
        return [approximately(value, tolerance) for value in expected]
    return expected if expected is None else pytest.approx(float(expected), rel=tolerance, abs=1e-290)


def expected_last_step(run, chosen):
    """Recompute the last step from the run's points, with the averages written as sums over all gradients."""
    taken = len(run.points) - 1
    if taken == 0:
        return None
    gradients = SURFACES[chosen["surface"]].gradient(run.points[:-1])
    beta, rate = chosen["momentum"], chosen["learning_rate"]
    last = {"step": taken, "before": run.points[-2], "gradient": gradients[-1], "after": run.points[-1]}
    if chosen["optimizer"] == "momentum":
        velocity = np.zeros(2)
        for gradient in gradients:
            last["velocityBefore"] = velocity
            velocity = beta * velocity - rate * gradient
        last["velocity"] = velocity
    if chosen["optimizer"] == "adam":
        mean, mean_square = np.zeros(2), np.zeros(2)
        for gradient in gradients:
            mean = mean + (gradient - mean) * (1 - beta)
            mean_square = mean_square + (gradient**2 - mean_square) * (1 - 0.999)
        last["alpha"] = rate * math.sqrt(1 - 0.999**taken) / (1 - beta**taken)
        last["mean"], last["rootMeanSquare"] = mean, np.sqrt(mean_square)
    return last


def expected_notes(run, chosen):
    surface = SURFACES[chosen["surface"]]
    notes = []
    if run.verdict == "diverges" and chosen["surface"] == "saddle" and chosen["start"][1] != 0:
        notes.append("also_leaves")
    if run.dormant and run.verdict not in ("stuck_on_ridge", "at_rest_saddle"):
        notes.append("dormant")
    beyond = run.factors is not None and max(run.factors) > 1 + 1e-12
    if not surface.is_quadratic and beyond and run.gradient_norms[-1] > 0:
        notes.append("unstable_minimum")
    if run.stopped_at is not None:
        notes.append("clipped")
    return notes


def used_momentum(chosen):
    return 0.0 if chosen["optimizer"] == "gradient_descent" else chosen["momentum"]


def bound_name(curvature, curvatures, optimizer):
    symbol = "λmax" if curvature == max(curvatures) else "λ₁"  # the second is the smaller on the saddle alone
    return f"2(1+β)/{symbol}" if optimizer == "momentum" else f"2/{symbol}"


def assert_readout(text, strings, run, chosen, notes):
    decisive = {
        "converges_at_once": "at_once",
        "converges_zigzagging": "shrinks_flipping",
        "converges_swinging": "swings",
        "neither": "holds",
        "diverges": "grows_flipping",
    }.get(run.verdict)
    values = {
        "step": len(run.points) - 1,
        "reached": run.reached_at,
        "stopped": run.stopped_at,
        "tolerance": REACHED,
        "loss": run.losses[-1],
        "distance": abs(run.points[-1][1]),
        "rate": run.rate,
        "steps": run.steps_per_decade,
        "learning_rate": chosen["learning_rate"],
    }
    if decisive:
        directions = [i for i in range(2) if run.active[i] and run.motions[i] == decisive]
        steepest = max(directions, key=lambda i: run.curvatures[i])
        curvature = run.curvatures[steepest]
        values["directions"] = strings["and"].join(COORDINATES[i] for i in directions)
        values["bound_name"] = bound_name(curvature, run.curvatures, chosen["optimizer"])
        values["bound"] = learning_rate_bound((curvature,), used_momentum(chosen))
        values["factor"] = run.factors[steepest]
    by_run = chosen["optimizer"] == "adam" and run.verdict in ("leaves_saddle", "stuck_on_ridge")
    sentences = [(strings[run.verdict + "_observed" if by_run else run.verdict], values)]
    note_values = {
        **values,
        "directions": strings["and"].join(COORDINATES[i] for i in run.dormant),
        "bound_name": bound_name(max(run.curvatures), run.curvatures, chosen["optimizer"]),
        "bound": run.bound,
    }
    sentences += [(strings[note], note_values) for note in notes]
    pattern = re.escape(strings["between_sentences"]).join(
        placeholder_pattern(template, prefix=f"s{i}_") for i, (template, _) in enumerate(sentences)
    )
    match = re.fullmatch(pattern, text)
    assert match, f"{text!r} is not made of {[template for template, _ in sentences]}"
    for i, (_, expected) in enumerate(sentences):
        numbers = {name[len(f"s{i}_") :]: said for name, said in match.groupdict().items() if name.startswith(f"s{i}_")}
        assert_said(numbers, expected)
        if {"learning_rate", "bound"} <= numbers.keys():
            assert (numbers["learning_rate"] == numbers["bound"]) == (run.verdict == "neither"), text


def assert_rows(rows, strings, run, chosen):
    surface = SURFACES[chosen["surface"]]
    names = COORDINATES if surface.is_quadratic else (strings["along_valley"], strings["across_valley"])
    assert [row["direction"] for row in rows] == list(names)
    for i, row in enumerate(rows):
        assert_number(row["curvature"], run.curvatures[i])
        if run.factors is None:
            assert row["factor"] == "–"
        else:
            assert_number(row["factor"], run.factors[i])
            assert (row["factor"] == "1.00") == (run.motions[i] == "holds")
        meaning = strings["rescaled"] if run.motions is None else strings[run.motions[i]]
        if run.active is not None and not run.active[i]:
            meaning = strings["no_component"]
        assert row["meaning"] == meaning
        assert row.keys() == {"direction", "curvature", "factor", "meaning"}


def assert_bound(text, strings, run, chosen):
    if run.bound is None:
        assert text == strings["bound_none"]
        return
    key = {"curved": "bound_local", "saddle": "bound_saddle"}.get(chosen["surface"], "bound_bowl")
    name = bound_name(max(run.curvatures), run.curvatures, chosen["optimizer"])
    assert_text(text, strings[key], {"bound_name": name, "bound": run.bound})


def assert_arithmetic(lines, last_step, worked, chosen):
    """The line's numbers are those of the step, and the line says how they make each other."""
    if last_step is None:
        assert lines == []
        return
    part = {name: value[worked] for name, value in last_step.items() if isinstance(value, list)}
    x = COORDINATES[worked]
    v = ("v₁", "v₂")[worked]
    templates = {
        "gradient_descent": [f"{x}: {{after}} ← {{before}} − {{rate}} · {{gradient}}"],
        "momentum": [
            f"{v}: {{velocity}} ← {{momentum}} · {{velocityBefore}} − {{rate}} · {{gradient}}",
            f"{x}: {{after}} ← {{before}} + {{velocity}}",
        ],
        "adam": [
            f"{x}: {{after}} ← {{before}} − α m / (√s + ε)",
            "= {before} − {alpha} · {mean} / ({rootMeanSquare} + 10⁻⁷)",
        ],
    }[chosen["optimizer"]]
    values = {**part, "rate": chosen["learning_rate"], "momentum": chosen["momentum"], "alpha": last_step.get("alpha")}
    assert len(lines) == len(templates)
    for line, template in zip(lines, templates, strict=True):
        assert_text(line, template, values)


def assert_text(text, template, values):
    match = re.fullmatch(placeholder_pattern(template), text)
    assert match, f"{text!r} is not {template!r}"
    assert_said(match.groupdict(), values)


def placeholder_pattern(template, prefix=""):
    parts = []
    for literal, name, _, _ in string.Formatter().parse(template):
        parts.append(re.escape(literal))
        if name:
            parts.append(rf"(?P<{prefix}{name}>.+?)")
    return "".join(parts)


def assert_said(said, expected):
    for name, text in said.items():
        if isinstance(expected[name], str):
            assert text == expected[name], name
        elif name in ("step", "reached", "stopped"):
            assert text == str(expected[name]), name
        else:
            assert_number(text, expected[name])


NUMBER = re.compile(r"(−?)(\d+(?:\.(\d+))?)(?:×10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?")
FROM_SUPERSCRIPT = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def assert_number(text, expected):
    """The text is the number to within one half of its last decimal, and to half a percent of the number."""
    match = NUMBER.fullmatch(text.removeprefix("(").removesuffix(")"))
    assert match, f"{text!r} is not a number; expected {expected!r}"
    sign, size, decimals, exponent = match.groups()
    scale = 10.0 ** int((exponent or "0").translate(FROM_SUPERSCRIPT))
    value = float(size) * scale * (-1 if sign else 1)
    last_place = 10.0 ** -len(decimals or "") * scale
    allowed = min(last_place / 2, abs(expected) * 5e-3)
    assert abs(value - expected) <= allowed * (1 + 1e-9) + 1e-300, f"{text!r} is said for {expected!r}"


# ---------------------------------------------------------------------------------------------------------
# The module and its words


def test_the_joined_source_computes_what_the_module_computes(javascript, lab_js, tmp_path):
    joined = tmp_path / "descent_lab.mjs"
    joined.write_text(joined_source("descent_lab", ".js"), encoding="utf-8")
    joined_js = javascript(joined)
    assert joined_js.call("STRINGS") == lab_js.call("STRINGS")
    for surface, optimizer in itertools.product(SURFACES, OPTIMIZERS):
        chosen = {**DEFAULTS, "surface": surface, "optimizer": optimizer}
        assert joined_js.call("describe", chosen, "zh") == lab_js.call("describe", chosen, "zh")


def test_the_joined_source_imports_nothing_and_ends_in_anywidgets_form():
    source = DescentLab._esm.read_text() if isinstance(DescentLab._esm, Path) else str(DescentLab._esm)
    assert not re.search(r"^\s*import\b", source, re.MULTILINE)
    assert source.endswith("export default { render };\n")


def test_every_text_stands_in_both_languages_with_the_same_placeholders(texts):
    assert texts.keys() == {"en", "zh"}
    assert texts["en"].keys() == texts["zh"].keys()
    for key, english in texts["en"].items():
        names = [sorted(re.findall(r"\{(\w+)\}", texts[language][key])) for language in ("en", "zh")]
        assert names[0] == names[1], key
        if "Adam" not in english and key not in ("between_sentences",):
            assert texts["zh"][key] != english, f"{key} is not translated"


def test_the_page_and_python_agree_on_settings_ranges_and_choices(lab_js):
    schema = lab_js.call("SCHEMA")
    traits = DescentLab.class_traits(setting=True)
    assert list(schema) == list(DescentLab().settings())
    for name, rule in schema.items():
        if "choices" in rule:
            assert tuple(rule["choices"]) == traits[name].choices
        else:
            assert (rule["minimum"], rule["maximum"]) == (traits[name].minimum, traits[name].maximum)


# ---------------------------------------------------------------------------------------------------------
# The Python object


@pytest.mark.parametrize("value", [0, -0.1, math.nan, math.inf, -math.inf, "0.1", None, True, 0.0009, 10.001])
def test_a_bad_learning_rate_is_refused_with_the_traits_name_the_value_and_what_is_allowed(value):
    lab = DescentLab(learning_rate=0.3)
    with pytest.raises(traitlets.TraitError) as error:
        lab.learning_rate = value
    message = str(error.value)
    assert message == f"DescentLab.learning_rate must be a finite number from 0.001 to 10; got {value!r}"
    assert lab.learning_rate == 0.3


@pytest.mark.parametrize(
    ("trait", "value", "allowed"),
    [
        ("momentum", 1.0, "a finite number from 0 to 0.99"),
        ("num_steps", 0, "a whole number from 1 to 200"),
        ("num_steps", 2.5, "a whole number from 1 to 200"),
        ("start", (3, 0), "2 finite numbers from -2 to 2"),
        ("start", (1, 1, 1), "2 finite numbers from -2 to 2"),
        ("start", "11", "2 finite numbers from -2 to 2"),
        ("start", (math.nan, 0), "2 finite numbers from -2 to 2"),
        ("surface", "bowl", "one of round, narrow, saddle, curved"),
        ("optimizer", "sgd", "one of gradient_descent, momentum, adam"),
        ("language", "fr", "one of en, zh"),
    ],
)
def test_a_bad_setting_is_refused_and_the_last_good_one_stays(trait, value, allowed):
    lab = DescentLab()
    before = getattr(lab, trait)
    with pytest.raises(traitlets.TraitError) as error:
        setattr(lab, trait, value)
    assert str(error.value) == f"DescentLab.{trait} must be {allowed}; got {value!r}"
    assert getattr(lab, trait) == before


def test_a_lab_is_not_made_with_a_bad_setting():
    with pytest.raises(traitlets.TraitError, match=r"DescentLab\.learning_rate must be"):
        DescentLab(learning_rate=0)


def test_the_text_form_is_stable_and_makes_the_same_lab():
    lab = DescentLab(learning_rate=0.45, optimizer="momentum")
    text = (
        "DescentLab(surface='narrow', optimizer='momentum', learning_rate=0.45, momentum=0.9, "
        "start=(-1.5, 1.5), num_steps=60)"
    )
    assert repr(lab) == text
    assert eval(text).settings() == lab.settings()


def test_settings_go_into_run_descent_as_they_are():
    lab = DescentLab(surface="saddle", start=(1, 0.01))
    assert run_descent(**lab.settings()).verdict == "leaves_saddle"


def test_numpys_numbers_are_taken_and_become_pythons():
    lab = DescentLab(learning_rate=np.float64(0.2), num_steps=np.int64(5), start=np.array([1.0, 2.0]))
    assert repr(lab.settings()) == repr({**DescentLab(learning_rate=0.2, num_steps=5, start=(1.0, 2.0)).settings()})


def test_the_reset_leads_to_what_the_lab_was_made_with():
    lab = DescentLab(learning_rate=0.45)
    lab.learning_rate = 0.1
    assert lab.get_state("initial")["initial"]["learning_rate"] == 0.45


def test_every_setting_says_what_it_is():
    for name, trait in DescentLab.class_traits(setting=True).items():
        assert trait.help, name
