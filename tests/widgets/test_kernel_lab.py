"""KernelLab: all that it shows equals NumPy, its traits refuse bad values, its words are whole."""

import gzip
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

import largemodels.widgets.kernel_lab as kernel_lab_module
from largemodels.kernels import KERNELS, PICTURES, POOLINGS, run_kernel
from largemodels.widgets.kernel_lab import KernelLab, plain_picture
from largemodels.widgets.lab import joined_source

MODULE_PATH = Path(kernel_lab_module.__file__).with_suffix(".js")
LAB = KernelLab()
DEFAULTS = LAB.settings()
PLAIN = LAB.pictures


@pytest.fixture(scope="module")
def lab_js(javascript):
    return javascript(MODULE_PATH)


@pytest.fixture(scope="module")
def texts(lab_js):
    return lab_js.call("STRINGS")


# ---------------------------------------------------------------------------------------------------------
# What is shown, against NumPy

entries = st.one_of(st.sampled_from([0.0, 0.0, 1.0, -1.0, 0.5, 10.0, -10.0, 1e-12, -5e-324, 1 / 9]), st.floats(-10, 10))
kernels = st.one_of(st.sampled_from(list(KERNELS.values())), st.tuples(*[entries] * 9))
lab_settings = st.fixed_dictionaries(
    {
        "picture": st.sampled_from(PICTURES),
        "kernel": kernels,
        "bias": st.one_of(st.sampled_from([0.0, 0.0, 5.0, -5.0, 1e-12]), st.floats(-5, 5)),
        "stride": st.integers(1, 3),
        "padding": st.integers(0, 2),
        "dilation": st.integers(1, 3),
        "relu": st.sampled_from(["none", "relu"]),
        "pooling": st.sampled_from(POOLINGS),
        "row": st.integers(0, 65),
        "column": st.integers(0, 65),
    }
)


@settings(max_examples=400, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(chosen=lab_settings, language=st.sampled_from(["en", "zh"]), turned=st.booleans())
@example(chosen=DEFAULTS, language="en", turned=False)
@example(chosen={**DEFAULTS, "kernel": (0.0,) * 9, "relu": "relu"}, language="zh", turned=True)
def test_everything_shown_equals_what_numpy_computes(lab_js, texts, chosen, language, turned):
    assert_shown_equals_numpy(lab_js, texts, chosen, language, turned)


def test_everything_shown_equals_numpy_over_the_grid_of_geometries(lab_js, texts):
    """Every stride, padding, dilation and pooling over the smallest and the oblong picture, in all four corners."""
    count = 0
    for picture, stride, padding, dilation, pooling in itertools.product(
        ["dot", "flower"], (1, 2, 3), (0, 1, 2), (1, 2, 3), POOLINGS
    ):
        chosen = {**DEFAULTS, "picture": picture, "stride": stride, "padding": padding, "dilation": dilation}
        kernel = list(KERNELS.values())[count % len(KERNELS)]
        row, column = [(0, 0), (0, 65), (65, 0), (65, 65)][count % 4]
        chosen |= {"pooling": pooling, "kernel": kernel, "row": row, "column": column}
        assert_shown_equals_numpy(lab_js, texts, chosen, "en", False)
        count += 1
    assert count == 162


def assert_shown_equals_numpy(lab_js, texts, chosen, language, turned):
    shown = lab_js.call("describe", chosen, PLAIN[chosen["picture"]], language, {"turned": turned})
    run = run_kernel(**chosen)
    strings = texts[language]
    assert_all_finite(shown)

    # The same operations in the same order: the same bits.
    pooled_size = None if run.pooled is None else list(run.pooled.shape)
    for name, expected in {
        "padded": run.padded.ravel(),
        "z": run.z.ravel(),
        "output": run.output.ravel(),
        "window": run.window.ravel(),
        "products": run.products.ravel(),
        "scale": run.scale,
    }.items():
        np.testing.assert_array_equal(shown.pop(name), expected, name)
    for name, array in (("pooled", run.pooled), ("poolWindow", run.pool_window)):
        part = shown.pop(name)
        assert (part is None) == (array is None), name
        if part is not None:
            np.testing.assert_array_equal(part, array.ravel(), name)
    first, last = chosen["padding"], [chosen["padding"] + side for side in run.image.shape]
    outside = [not (first <= i < last[0] and first <= j < last[1]) for i in run.window_rows for j in run.window_columns]
    assert shown.pop("inPadding") == outside
    for name, expected in {
        "paddedSize": list(run.padded.shape),
        "size": list(run.output.shape),
        "pooledSize": pooled_size,
        "low": run.low,
        "high": run.high,
        "row": run.row,
        "column": run.column,
        "windowRows": list(run.window_rows),
        "windowColumns": list(run.window_columns),
        "numPadding": run.num_padding,
        "total": run.total,
        "value": run.value,
        "poolRow": run.pool_row,
        "poolColumn": run.pool_column,
        "poolValue": run.pool_value,
        "scaleKind": run.scale_kind,
        "numCut": run.num_cut,
        "numSmaller": run.num_smaller,
        "kernelSum": run.kernel_sum,
        "flat": run.flat,
        "preset": run.preset,
        "flip": run.flip,
        "answer": run.answer,
    }.items():
        assert shown.pop(name) == expected, name
    assert_words(shown.pop("words"), strings, chosen, run, turned)
    assert shown == {}, "parts of the state that no assertion here looked at"


def assert_words(words, strings, chosen, run, turned):
    bias, relu, padding = chosen["bias"], chosen["relu"], chosen["padding"]
    z = run.z[run.row, run.column]
    (H, W), (H_out, W_out) = run.image.shape, run.output.shape

    times = "" if abs(run.kernel_sum - 1) <= 1e-9 else "{kernel_sum} · "
    expression = f"{times}x" + (" − {size}" if bias < 0 else " + {size}" if bias > 0 else "")
    if relu == "relu":
        expression = f"max(0, {expression})"
    percent = math.floor(100 * run.num_smaller / run.output.size)
    numbers = {
        "row": run.row, "column": run.column, "value": run.value, "z": z, "centre": run.window[1, 1],
        "percent": percent, "sum": run.kernel_sum, "bias": bias, "kernel_sum": run.kernel_sum, "size": abs(bias),
    }  # fmt: skip
    flat = strings[f"flat_{run.flat}"].replace("{expression}", expression)
    answer = strings[f"answer_{run.answer}"]
    if run.num_padding and not run.answer.startswith("all_"):
        answer += strings["between_sentences"] + strings["touches_padding"].replace("{count}", str(run.num_padding))
    readout = strings["readout"].replace("{name}", strings[f"preset_{run.preset}"])
    assert_text(words.pop("readout"), readout.replace("{flat}", flat).replace("{answer}", answer), numbers)
    assert words.pop("flip") == strings[f"{'turned' if turned else 'flip'}_{run.flip}"]

    padded = {"height": H, "width": W, "padded_height": run.padded.shape[0], "padded_width": run.padded.shape[1]}
    input_caption = strings["input_padded" if padding else "input_caption"].format(**padded)
    input_scale = strings["scale_input_padded" if padding else "scale_input"]
    assert words.pop("inputCaption") == input_caption
    assert words.pop("inputScale") == input_scale
    size = {"height": H_out, "width": W_out}
    output_numbers = {**size, "low": run.low, "high": run.high}
    assert_text(words.pop("outputCaption"), strings["output_caption"], output_numbers)
    kind = "picture_cut" if run.scale_kind == "picture" and run.num_cut else run.scale_kind
    output_scale = strings[f"scale_{kind}"].format(cut=run.num_cut)
    assert words.pop("outputScale") == output_scale
    for said, end in zip(words.pop("scale"), run.scale, strict=True):
        assert_number(said, end)

    formula = words.pop("formula")
    for line, key, side, out in (
        (formula[0], "formula_height", H, H_out),
        (formula[1], "formula_width", W, W_out),
    ):
        total = re.fullmatch(strings[key].format(sum="(.+)", out=out), line)[1]
        whole, short = total.split(" = ")
        assert whole == (f"⌊({side} + 2 · {padding} − {chosen['dilation']} · (3 − 1) − 1) / {chosen['stride']}⌋ + 1")
        for text in (whole, short):
            python = text.replace("⌊", "math.floor(").replace("⌋", ")").replace("·", "*").replace("−", "-")
            assert eval(python, {"math": math}) == out  # our own text, of digits and signs
    if run.pooled is None:
        key = "pooled_none" if chosen["pooling"] == "none" else "pooled_small"
        assert words.pop("pooledCaption") == strings[key]
        assert formula[2] == ""
    else:
        height, width = run.pooled.shape
        assert words.pop("pooledCaption") == strings["pooled_caption"].format(height=height, width=width)
        assert formula[2] == strings["formula_pooled"].format(**size, pooled_height=height, pooled_width=width)

    places = {
        name: ", ".join(str(at - padding).replace("-", "−") for at in where)
        for name, where in (("rows", run.window_rows), ("columns", run.window_columns))
    }
    assert words.pop("windowTitle") == [strings[f"window_{name}"].format(**places) for name in ("rows", "columns")]
    for name, array in (("window", run.window), ("products", run.products)):
        for said, number in zip(words.pop(name), array.ravel(), strict=True):
            assert_number(said, number, digits=2)

    expected_sum = [
        (strings["sum_products"], run.total),
        (strings["sum_bias"], bias),
        (strings["sum_z"], z),
        (strings[f"sum_{relu}"].format(row=run.row, column=run.column), run.value),
    ]
    rows = words.pop("sum")
    assert len(rows) == 5
    for (label, said), (expected_label, number) in zip(rows, expected_sum, strict=False):
        assert label == expected_label
        assert_number(said, number)
    if run.pool_window is None:
        key = "pooled_none" if chosen["pooling"] == "none" else "pooled_small"
        assert rows[4] == [strings["sum_left_out" if run.pooled is not None else key], ""]
    else:
        label = strings[f"sum_pool_{chosen['pooling']}"]
        assert rows[4][0] == label.format(row=run.pool_row, column=run.pool_column)
        assert_number(rows[4][1], run.pool_value)

    caption = {"caption": input_caption, "scale": input_scale, **places}
    assert words.pop("inputLabel") == strings["input_label"].format(**caption)
    label = strings["output_label"].replace("{caption}", strings["output_caption"]).replace("{scale}", output_scale)
    assert_text(words.pop("outputLabel"), label, output_numbers)
    handle = {**size, "row": run.row, "column": run.column, "value": run.value}
    assert_text(words.pop("pixelHandle"), strings["pixel_handle"], handle)
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


def assert_text(text, template, values):
    """The text is the template with these values, each real number to the digits that are shown."""
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
        assert_number(said, values[seen[group]])


NUMBER = re.compile(r"(−?)(\d+(?:\.(\d+))?)(?:×10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?")
FROM_SUPERSCRIPT = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def assert_number(text, expected, digits=3):
    """The text is the number to three digits, or to two below 0.1; to one beside a power of ten."""
    match = NUMBER.fullmatch(text)
    assert match, f"{text!r} is not a number; expected {expected!r}"
    sign, size, decimals, exponent = match.groups()
    scale = 10.0 ** int((exponent or "0").translate(FROM_SUPERSCRIPT))
    value = float(size) * scale * (-1 if sign else 1)
    allowed = 10.0 ** -len(decimals or "") * scale / 2
    if abs(expected) >= 0.001:
        allowed = min(allowed, abs(expected) * 0.5 * 10.0 ** (1 - (digits if abs(expected) < 0.1 else 3)))
    assert abs(value - expected) <= allowed * (1 + 1e-9) + 1e-300, f"{text!r} is said for {expected!r}"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Vertical edges (Sobel): the entries sum to 0, so flat areas give 0, however bright they are. "
             "Output [22, 16] is −2.56, the most negative of all."),
        ({"kernel": KERNELS["mean"], "bias": -0.25, "relu": "relu"},
         "Mean blur: the entries sum to 1.00, so a flat area of grey x gives max(0, x − 0.25). "),
        ({"relu": "relu"}, "Output [22, 16] is 0: ReLU cuts off its sum, −2.56."),
        ({"relu": "relu", "bias": -5.0}, "No sum is above 0, so ReLU leaves nothing: every output is 0."),
        ({"padding": 1, "row": 0, "column": 0}, "5 of its 9 pixels are padding and count as 0."),
        ({"picture": "dot", "kernel": (0.0,) * 9}, "Your own kernel: the entries sum to 0, so flat areas give 0"),
    ],
)  # fmt: skip
def test_the_readout_says(lab_js, changes, said):
    chosen = {**DEFAULTS, **changes}
    assert said in lab_js.call("describe", chosen, PLAIN[chosen["picture"]])["words"]["readout"]


# ---------------------------------------------------------------------------------------------------------
# Pictures, named kernels, flips


def test_the_pictures_arrive_in_the_page_bit_by_bit(lab_js):
    for name in PICTURES:
        values = np.array(lab_js.call("pictureBytes", PLAIN[name])) / 255
        np.testing.assert_array_equal(values, run_kernel(KERNELS["identity"], name).image.ravel())


def test_a_picture_of_ones_own_is_written_compactly():
    image = np.linspace(0, 1, 48).reshape(6, 8)
    plain = plain_picture(image)
    assert (plain["height"], plain["width"], len(plain["values"])) == (6, 8, 64)
    assert sum(len(picture["values"]) for picture in PLAIN.values()) < 12_000


def test_the_page_and_python_name_the_same_kernels(lab_js):
    named = lab_js.call("KERNELS")
    assert list(named) == list(KERNELS)
    for name, kernel in KERNELS.items():
        assert tuple(named[name]) == tuple(kernel)
        assert lab_js.call("kernelName", kernel) == name


def test_flipping_twice_gives_the_kernel_back_and_once_gives_what_numpy_gives(lab_js):
    kernel = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]
    once = lab_js.call("flipped", kernel)
    assert once == np.reshape(kernel, (3, 3))[::-1, ::-1].ravel().tolist()
    assert lab_js.call("flipped", once) == kernel


# ---------------------------------------------------------------------------------------------------------
# The module and its words


def test_the_joined_source_computes_what_the_module_computes(javascript, lab_js, tmp_path):
    joined = tmp_path / "kernel_lab.mjs"
    joined.write_text(joined_source("kernel_lab", ".js"), encoding="utf-8")
    joined_js = javascript(joined)
    assert joined_js.call("STRINGS") == lab_js.call("STRINGS")
    for picture in PICTURES:
        chosen = {**DEFAULTS, "picture": picture, "padding": 1}
        said = [module.call("describe", chosen, PLAIN[picture], "zh") for module in (joined_js, lab_js)]
        assert said[0] == said[1]


def test_the_joined_source_imports_nothing_and_ends_in_anywidgets_form():
    source = str(KernelLab._esm)
    assert not re.search(r"^\s*import\b", source, re.MULTILINE)
    assert source.endswith("export default { render };\n")


def test_the_module_stays_small():
    assert len(gzip.compress(MODULE_PATH.read_bytes(), 9)) <= 14 * 1024


def test_every_text_stands_in_both_languages_with_the_same_placeholders(texts):
    assert texts.keys() == {"en", "zh"}
    assert list(texts["en"]) == list(texts["zh"])
    for key, english in texts["en"].items():
        assert placeholders(english) == placeholders(texts["zh"][key]), key
        assert texts["zh"][key] != english or key == "between_sentences", key


def placeholders(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_text_is_used(texts):
    source = MODULE_PATH.read_text(encoding="utf-8")
    code = source[source.index("export const SCHEMA") :]
    composed = {  # by the first word of the key: how the code puts such keys together
        "preset": "strings[`preset_${", "flat": "says(`flat_${", "answer": "says(`answer_${",
        "scale": "`scale_${scaleKey}`",
        "flip": '${turned ? "turned" : "flip"}_${', "turned": '${turned ? "turned" : "flip"}_${',
        "sum": "strings[`sum_${", "picture": "`${name}_${value}`", "relu": "`${name}_${value}`",
        "pooling": "`${name}_${value}`", "bias": "strings.bias",
    }  # fmt: skip
    by_setting = ("stride", "padding", "dilation", "row", "column")  # labels and notices: strings[name]
    for key in texts["en"]:
        literal = f"strings.{key}" in code or f'"{key}"' in code or key in by_setting
        assert literal or composed[key.split("_")[0]] in code, key


def test_the_page_and_python_have_the_same_settings_ranges_and_choices(lab_js):
    schema = lab_js.call("SCHEMA")
    traits = KernelLab.class_traits(setting=True)
    assert list(schema) == list(DEFAULTS)
    assert schema.keys() == traits.keys()
    for name, rule in schema.items():
        for part in ("choices", "minimum", "maximum", "size"):
            expected = getattr(traits[name], part, None)
            assert rule.get(part) == (list(expected) if part == "choices" and expected else expected), (name, part)
        assert rule.get("whole", False) == (getattr(traits[name], "kind", "") == "a whole number"), name


def test_every_named_kernel_goes_through_a_link_and_comes_back(javascript):
    lab_js = javascript(MODULE_PATH.with_name("lab.js"))
    schema = {"kernel": {"minimum": -10, "maximum": 10, "size": 9}}
    for kernel in KERNELS.values():
        written = ",".join(repr(float(entry)) for entry in kernel)
        cleaned = lab_js.call("cleanSettings", schema, {"kernel": written}, {"kernel": [0] * 9})
        assert cleaned == {"settings": {"kernel": list(kernel)}, "problems": []}


# ---------------------------------------------------------------------------------------------------------
# Traits


def test_the_defaults_are_a_sobel_kernel_over_the_pagoda():
    assert DEFAULTS["picture"] == "pagoda"
    assert DEFAULTS["kernel"] == KERNELS["sobel_x"]
    assert np.array(LAB.kernel).reshape(3, 3).tolist() == [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]


def test_the_kernel_may_be_given_as_a_matrix():
    matrix = np.arange(9.0).reshape(3, 3)
    lab = KernelLab(kernel=matrix)
    assert lab.kernel == tuple(range(9))
    lab.kernel = (matrix / 9).tolist()
    assert lab.kernel == tuple((matrix / 9).ravel().tolist())
    assert all(type(entry) is float for entry in lab.kernel)


@pytest.mark.parametrize(
    ("setting", "bad", "expected"),
    [
        ("kernel", (1, 2, 3), "KernelLab.kernel must be 9 finite numbers from -10 to 10"),
        ("kernel", np.full((3, 3), np.nan), "KernelLab.kernel must be 9 finite numbers from -10 to 10"),
        ("kernel", np.zeros((1, 9)), "KernelLab.kernel must be 9 finite numbers from -10 to 10"),
        ("kernel", (11,) + (0,) * 8, "KernelLab.kernel must be 9 finite numbers from -10 to 10"),
        ("picture", "cat", "KernelLab.picture must be one of pagoda, flower, digit, square, dot; got 'cat'"),
        ("stride", 0, "KernelLab.stride must be a whole number from 1 to 3; got 0"),
        ("padding", 3, "KernelLab.padding must be a whole number from 0 to 2; got 3"),
        ("dilation", 1.5, "KernelLab.dilation must be a whole number from 1 to 3; got 1.5"),
        ("relu", True, "KernelLab.relu must be one of none, relu; got True"),
        ("pooling", "sum", "KernelLab.pooling must be one of none, max, mean; got 'sum'"),
        ("bias", math.inf, "KernelLab.bias must be a finite number from -5 to 5; got inf"),
        ("row", 66, "KernelLab.row must be a whole number from 0 to 65; got 66"),
    ],
)
def test_a_bad_value_is_refused_and_the_message_says_what_is_allowed(setting, bad, expected):
    with pytest.raises(traitlets.TraitError, match=re.escape(expected)):
        KernelLab(**{setting: bad})


def test_the_text_form_shows_every_setting():
    assert repr(KernelLab(bias=0.5)).startswith("KernelLab(picture='pagoda', kernel=(-1.0, 0.0, 1.0, ")
    assert "bias=0.5, stride=1, padding=0, dilation=1, relu='none', pooling='none', row=22" in repr(KernelLab(bias=0.5))
    assert "pictures" not in repr(LAB)
