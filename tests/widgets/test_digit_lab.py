"""DigitLab: all that it shows equals NumPy, its probabilities Keras's, its traits refuse bad values."""

import base64
import gzip
import json
import re
import string
from pathlib import Path

import numpy as np
import pytest
import traitlets
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

import largemodels.widgets.digit_lab as digit_lab_module
from largemodels.data import load_digits_28
from largemodels.digit_cnn import SHAPES, digit_cnn_forward
from largemodels.drawings import centre_of_mass, decode_drawing, encode_drawing
from largemodels.trained import load_digit_cnn
from largemodels.widgets.digit_lab import LAYERS, DigitLab, sample_digits
from largemodels.widgets.lab import joined_source

MODULE_PATH = Path(digit_lab_module.__file__).with_suffix(".js")
LAB = DigitLab()
DEFAULTS = LAB.settings()
DATA = {"network": LAB.network, "samples": LAB.samples}
WEIGHTS = {name: values.astype(np.float64) for name, values in load_digit_cnn().items()}
# By layer: its side and maps; a number of it sees so many pixels of the picture, so far from those of the next.
GEOMETRY = {"conv1": (26, 8, 3, 1), "pool1": (13, 8, 4, 2), "conv2": (11, 16, 8, 2), "pool2": (5, 16, 10, 4)}


@pytest.fixture(scope="module")
def lab_js(javascript):
    return javascript(MODULE_PATH)


@pytest.fixture(scope="module")
def texts(lab_js):
    return lab_js.call("STRINGS")


# ---------------------------------------------------------------------------------------------------------
# What is shown, against Keras and NumPy


def test_its_probabilities_are_kerass_on_the_whole_test_set_to_five_decimals(lab_js):
    from largemodels.trained.train_digit_cnn import keras_digit_cnn

    images = load_digits_28().X_test  # compared, not counted: nothing is chosen by it
    model = keras_digit_cnn()
    model.set_weights(list(load_digit_cnn().values()))
    logits = model.predict(images[..., None], verbose=0).astype(np.float64)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    expected = powers / powers.sum(axis=1, keepdims=True)
    batches = np.split(images.reshape(len(images), -1).astype(np.float64), 20)
    shown = np.concatenate([lab_js.call("probabilities", DATA["network"], batch.tolist()) for batch in batches])
    assert shown.shape == (1000, 10)
    assert np.abs(shown - expected).max() < 5e-6


def drawing_of(parts):
    """A drawing of a few straight lines and patches."""
    image = np.zeros((28, 28))
    for row, column, down, right, length, width, level in parts:
        for step in range(length):
            top, left = row + round(down * step), column + round(right * step)
            image[max(0, top) : max(0, top + width), max(0, left) : max(0, left + width)] = level / 15
    return encode_drawing(image)


drawings = st.one_of(
    st.just(""),
    st.lists(
        st.tuples(
            st.integers(0, 27),
            st.integers(0, 27),
            st.floats(-1, 1),
            st.floats(-1, 1),
            st.integers(1, 20),
            st.integers(1, 3),
            st.integers(1, 15),
        ),
        max_size=6,
    ).map(drawing_of),
    st.integers(0, 2**32 - 1).map(lambda seed: encode_drawing(np.random.default_rng(seed).random((28, 28)) ** 3)),
)
lab_settings = st.fixed_dictionaries(
    {
        "sample": st.one_of(st.just(-1), st.integers(-1, 19)),
        "drawing": drawings,
        "shift_x": st.one_of(st.sampled_from([0, -8, 8]), st.integers(-8, 8)),
        "shift_y": st.one_of(st.sampled_from([0, -8, 8]), st.integers(-8, 8)),
        "centre": st.sampled_from(["yes", "no"]),
        "layer": st.sampled_from(LAYERS),
        "channel": st.integers(0, 15),
        "occlusion": st.sampled_from(["no", "yes"]),
    }
)
FULL = encode_drawing(np.ones((28, 28)))


# A failing case is a few settings, and needs no minutes of shrinking to be understood.
@settings(max_examples=350, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(chosen=lab_settings, language=st.sampled_from(["en", "zh"]))
@example(chosen=DEFAULTS, language="en")
@example(chosen={**DEFAULTS, "sample": -1, "layer": "pool2", "channel": 15}, language="en")
@example(chosen={**DEFAULTS, "sample": -1, "drawing": FULL, "shift_x": 8, "shift_y": -8}, language="zh")
@example(chosen={**DEFAULTS, "sample": -1, "drawing": FULL, "centre": "no", "layer": "conv2"}, language="en")
@example(chosen={**DEFAULTS, "sample": -1, "drawing": "f"}, language="en")
@example(chosen={**DEFAULTS, "sample": -1, "drawing": "1", "shift_x": -1}, language="en")
def test_everything_shown_equals_what_numpy_computes(lab_js, texts, chosen, language):
    assert_shown_equals_numpy(lab_js, texts, chosen, language)


@pytest.mark.parametrize("centre", ["yes", "no"])
def test_everything_shown_equals_numpy_for_each_sample_and_each_map(lab_js, texts, centre):
    places = [(layer, channel) for layer in LAYERS for channel in range(GEOMETRY[layer][1])]
    for place, (layer, channel) in enumerate(places):
        chosen = {**DEFAULTS, "sample": place % 20, "centre": centre, "layer": layer, "channel": channel}
        assert_shown_equals_numpy(lab_js, texts, chosen, "en")


def assert_shown_equals_numpy(lab_js, texts, chosen, language):
    strings = texts[language]
    shown = lab_js.call("describe", chosen, DATA, language)
    assert_all_finite(shown)
    words = shown.pop("words")
    picture = DigitLab(**chosen).picture()
    as_it_lies = DigitLab(**{**chosen, "centre": "no"}).picture()
    layers = {name: values[0] for name, values in digit_cnn_forward(picture[None], WEIGHTS).items()}
    probabilities = layers["probabilities"]

    np.testing.assert_array_equal(shown.pop("sheet"), as_it_lies.ravel())
    np.testing.assert_allclose(shown.pop("picture"), picture.ravel(), rtol=0, atol=1e-12)
    for name, values in shown.pop("layers").items():
        flat = list(values.values()) if isinstance(values, dict) else values
        np.testing.assert_allclose(flat, layers.pop(name).ravel(), rtol=1e-9, atol=1e-12, err_msg=name)
    assert layers == {}, "layers that the page does not have"
    layers = {name: values[0] for name, values in digit_cnn_forward(picture[None], WEIGHTS).items()}

    order = np.argsort(-probabilities, kind="stable").tolist()
    assert shown.pop("order") == order
    true_class = int(sample_digits()[1][chosen["sample"]]) if chosen["sample"] >= 0 else None
    assert shown.pop("trueClass") == true_class
    verdict = "unknown" if true_class is None else "right" if order[0] == true_class else "wrong"
    verdict = verdict if picture.any() else "blank"
    assert shown.pop("verdict") == verdict
    assert shown.pop("tone") == {"right": "good", "wrong": "bad"}.get(verdict, "open")

    ink = shown.pop("ink")
    inks = {"sheet": ink_of(as_it_lies), "picture": ink_of(picture)}
    for where, expected in inks.items():
        assert (ink[where] is None) == (expected is None)
        if expected:
            assert ink[where] == pytest.approx(expected, rel=1e-9)
    largest = shown.pop("largest")
    assert largest == pytest.approx({name: layers[name].max() for name in LAYERS}, rel=1e-9, abs=1e-12)
    looked_at = shown.pop("map")
    assert_map(looked_at.copy(), picture, layers, chosen, verdict)
    assert shown == {}, "parts of the state that no assertion here looked at"

    values = {
        "digit": order[0],
        "second": order[1],
        "p": probabilities[order[0]],
        "p2": probabilities[order[1]],
        "true": true_class,
        "pixels": moved_text(strings, chosen),
    }
    sentences = ["read_blank"] if verdict == "blank" else ["read", f"true_{verdict}"]
    if verdict != "blank" and values["pixels"]:
        sentences.append("moved")
    assert_sentences(words.pop("readout"), strings, sentences, values)
    for text, probability in zip(words.pop("bars"), probabilities, strict=True):
        assert_probability(text, probability)
    assert_placement(words.pop("placement"), strings, chosen, inks, np.allclose(picture, as_it_lies, atol=1e-12))
    assert words.pop("inputLabel").startswith(strings["input_label"].partition("{")[0])
    scales = words.pop("scales")
    assert scales.keys() == set(LAYERS)
    for name, text in scales.items():
        assert_text(text, strings["scale"], {"largest": layers[name].max()})
    assert_map_words(words, strings, looked_at, verdict)
    assert words == {}, "words that no assertion here looked at"


def assert_map(shown, picture, layers, chosen, verdict):
    _, maps, sees, step = GEOMETRY[chosen["layer"]]
    channel = min(chosen["channel"], maps - 1)
    assert (shown.pop("layer"), shown.pop("channel")) == (chosen["layer"], channel)
    values = layers[chosen["layer"]][..., channel]
    row, column = shown.pop("row"), shown.pop("column")
    assert values[row, column] == pytest.approx(values.max(), rel=1e-9, abs=1e-12), "the largest stands elsewhere"
    assert shown.pop("largest") == pytest.approx(values.max(), rel=1e-9, abs=1e-12)

    first = maps == 8
    W, b, below = (
        (WEIGHTS["W1"], WEIGHTS["b1"], picture[..., None]) if first else (WEIGHTS["W2"], WEIGHTS["b2"], layers["pool1"])
    )
    assert shown.pop("kernel") == W[..., channel].ravel().tolist()
    assert shown.pop("bias") == b[channel]
    field, total = shown.pop("field"), shown.pop("sum")
    if verdict == "blank" or values.max() == 0:
        assert field is None
        assert total is None
    else:
        assert field == {"top": step * row, "left": step * column, "side": sees}
        conv = layers["conv1" if first else "conv2"][..., channel]
        i, j = row, column
        if chosen["layer"].startswith("pool"):
            window = conv[2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
            i, j = np.argwhere(window == window.max())[0] + (2 * row, 2 * column)
        products = below[i : i + 3, j : j + 3] * W[..., channel]
        assert total == pytest.approx(products.sum(), rel=1e-9, abs=1e-12)
        assert total + b[channel] == pytest.approx(values.max(), rel=1e-9, abs=1e-12)
    assert shown == {}


def assert_map_words(words, strings, looked_at, verdict):
    layer = strings[f"layer_{looked_at['layer']}"]
    field, kernel = looked_at["field"], np.array(looked_at["kernel"])
    title = {"layer": layer, "channel": looked_at["channel"], "largest": float(looked_at["largest"])}
    assert_text(words.pop("mapTitle"), strings["map_title"], title)
    assert_text(words.pop("mapLabel"), strings["map_label"], title)
    sentences = ["no_response"]
    values = {"largest": float(looked_at["largest"])}
    if verdict == "blank":
        sentences = ["response_blank"]
    elif field:
        sentences = ["response", "sum"] + (["pooled"] if looked_at["layer"].startswith("pool") else [])
        values |= {
            "row": looked_at["row"],
            "column": looked_at["column"],
            "top": field["top"],
            "left": field["left"],
            "bottom": field["top"] + field["side"] - 1,
            "right": field["left"] + field["side"] - 1,
            "count": len(kernel),
            "sum": float(looked_at["sum"]),
            "bias": float(looked_at["bias"]),
        }
    assert_sentences(words.pop("response"), strings, sentences, values)
    assert words.pop("kernelTitle") == strings["kernel_one" if len(kernel) == 9 else "kernel_many"]
    ends = {"smallest": kernel.min(), "greatest": kernel.max()}
    assert_text(words.pop("kernelLabel"), strings["kernel_label"], ends)
    weights = words.pop("weights")
    assert len(weights) == (9 if len(kernel) == 9 else 0)
    for text, weight in zip(weights, kernel, strict=False):
        assert_number(text, weight)


def assert_placement(text, strings, chosen, inks, is_kept):
    if inks["picture"] is None:
        assert text == strings["placement_blank"]
        return
    sheet, picture = inks["sheet"], inks["picture"]
    is_scaled = max(sheet["height"], sheet["width"]) != 20
    kind = "as_it_lies" if chosen["centre"] == "no" else "kept" if is_kept else "centred" if is_scaled else "moved"
    values = {
        **{name: picture[name] for name in ("height", "width", "row", "column")},
        "old_height": sheet["height"],
        "old_width": sheet["width"],
        "distance": float(np.hypot(picture["row"] - 14, picture["column"] - 14)),
    }
    assert_text(text, strings[f"placement_{kind}"], values)


def ink_of(image):
    if not image.any():
        return None
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    row, column = centre_of_mass(image)
    return {
        "top": int(rows[0]),
        "left": int(columns[0]),
        "height": int(rows[-1] - rows[0] + 1),
        "width": int(columns[-1] - columns[0] + 1),
        "row": row,
        "column": column,
    }


def moved_text(strings, chosen):
    parts = []
    for shift, names in ((chosen["shift_x"], ("left", "right")), (chosen["shift_y"], ("up", "down"))):
        if shift:
            parts.append(strings[f"moved_{names[shift > 0]}"].format(pixels=abs(shift)))
    return strings["and"].join(parts)


def assert_all_finite(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            assert_all_finite(part)
    elif isinstance(value, float):
        assert np.isfinite(value)
    elif isinstance(value, str):
        assert not re.search(r"NaN|Infinity|undefined|null|\{", value), value


def assert_sentences(text, strings, keys, values):
    template = strings["between_sentences"].join(strings[key] for key in keys)
    assert_text(text, template, values)


def assert_text(text, template, values):
    """The text is the template with these values: whole numbers and words as they are, others rounded."""
    parts, names = [], []
    for literal, name, _, _ in string.Formatter().parse(template):
        parts.append(re.escape(literal))
        if name:
            names.append(name)
            parts.append("(.+?)")
    match = re.fullmatch("".join(parts), text)
    assert match, f"{text!r} is not {template!r}"
    for name, said in zip(names, match.groups(), strict=True):
        expected = values[name]
        if isinstance(expected, str | int):
            assert said == str(expected), name
        elif name in ("p", "p2", "before", "after"):
            assert_probability(said, expected)
        else:
            assert_number(said, expected)


def assert_number(text, expected):
    """The text is the number to one half of its last decimal."""
    assert re.fullmatch(r"−?\d+\.\d{1,3}", text), text
    assert not re.fullmatch(r"−0\.0+", text), "minus nothing"
    decimals = len(text.partition(".")[2])
    assert float(text.replace("−", "-")) == pytest.approx(expected, abs=0.5 * 10**-decimals + 1e-9)


def assert_probability(text, expected):
    if text == "> 0.999":
        assert expected >= 0.9995 - 1e-9
    elif text == "< 0.001":
        assert expected < 0.0005 + 1e-9
    else:
        assert 0.0005 - 1e-9 <= expected < 0.9995 + 1e-9
        assert re.fullmatch(r"0\.\d{3}", text), text
        assert float(text) == pytest.approx(expected, abs=0.0005 + 1e-9)


# ---------------------------------------------------------------------------------------------------------
# Covering, drawing, samples


@pytest.mark.parametrize("chosen", [{"sample": 7}, {"sample": 11}, {"sample": -1, "drawing": "zzzzzz" + "Gzl" * 9}])
def test_covering_patches_gives_numpys_probabilities(lab_js, texts, chosen):
    chosen = {**DEFAULTS, **chosen}
    state = lab_js.call("describe", chosen, DATA, "en")
    digit = state["order"][0]
    before = state["layers"]["probabilities"][digit]
    rows = [
        lab_js.call("coverRow", DATA["network"], state["picture"], digit, row, before)
        for row in range(lab_js.call("NUM_PLACES"))
    ]
    covered = np.repeat(DigitLab(**chosen).picture()[None], 24 * 24, axis=0)
    for copy, (i, j) in zip(covered, np.ndindex(24, 24), strict=True):
        copy[i : i + 5, j : j + 5] = 0
    expected = digit_cnn_forward(covered, WEIGHTS)["probabilities"][:, digit].reshape(24, 24)
    np.testing.assert_allclose(rows, expected, rtol=1e-9, atol=1e-12)

    said = lab_js.call("describeCovering", rows, state, "en")
    assert said["lowest"] == pytest.approx(expected.min(), rel=1e-9)
    assert expected[said["row"] - 2, said["column"] - 2] == pytest.approx(expected.min(), rel=1e-9)
    values = {**said, "digit": digit, "before": before, "after": expected.min()}
    assert_text(said["words"], texts["en"]["covered"], values)


def test_where_covering_changes_nothing_that_is_said(lab_js, texts):
    for language in ("en", "zh"):
        state = lab_js.call("describe", {**DEFAULTS, "sample": -1}, DATA, language)
        digit = state["order"][0]
        before = state["layers"]["probabilities"][digit]
        rows = [lab_js.call("coverRow", DATA["network"], state["picture"], digit, row, before) for row in range(24)]
        assert rows == [[before] * 24] * 24
        said = lab_js.call("describeCovering", rows, state, language)["words"]
        assert said == texts[language]["covered_nothing"].format(digit=digit)


texts_of_drawings = st.one_of(
    drawings,
    st.text("0123456789abcdefgzGZ", max_size=60),
    st.text(max_size=10),
    st.sampled_from(["z" * 37, "z" * 37 + "l", "z" * 37 + "m", "F", "é"]),
)


@settings(max_examples=300, deadline=None)
@given(text=texts_of_drawings)
def test_the_page_and_python_read_and_refuse_the_same_drawings_and_write_them_alike(lab_js, text):
    levels = lab_js.call("decodeDrawing", text)
    try:
        image = decode_drawing(text)
    except ValueError:
        assert levels is None
        return
    np.testing.assert_array_equal(np.array(levels) / 15, image.ravel())
    assert lab_js.call("encodeDrawing", levels) == encode_drawing(image)


@settings(max_examples=150, deadline=None)
@given(points=st.lists(st.floats(-40, 70), min_size=4, max_size=4), erases=st.booleans(), drawing=drawings)
def test_a_stroke_is_as_dark_as_it_is_near(lab_js, points, erases, drawing):
    before = (decode_drawing(drawing) * 15).round().astype(int)
    start, end = np.array(points[:2]), np.array(points[2:])
    after = np.array(lab_js.call("stroke", before.ravel().tolist(), start.tolist(), end.tolist(), erases))
    # The distance to many points of the way, instead of a projection.
    way = start + np.linspace(0, 1, 2001)[:, None] * (end - start)
    rows, columns = np.mgrid[0:28, 0:28] + 0.5
    distance = np.hypot(columns[..., None] - way[:, 0], rows[..., None] - way[:, 1]).min(axis=-1)
    ink = 15 * np.clip(1.7 - distance, 0, 1)
    expected = np.minimum(before, 15 - ink) if erases else np.maximum(before, ink)
    assert np.abs(after.reshape(28, 28) - expected).max() <= 0.5 + 0.05 + 1e-9
    assert after.dtype.kind == "i" or (after == after.round()).all()


def test_a_dab_inks_its_pixel_fully_and_an_erasing_one_empties_it(lab_js):
    middle = [10.5, 20.5]
    drawn = lab_js.call("stroke", [0] * 784, middle, middle)
    assert np.array(drawn).reshape(28, 28)[18:23, 8:13].tolist() == [
        [0, 0, 0, 0, 0],
        [0, 4, 11, 4, 0],
        [0, 11, 15, 11, 0],
        [0, 4, 11, 4, 0],
        [0, 0, 0, 0, 0],
    ]
    assert sum(drawn) == 15 + 4 * 11 + 4 * 4
    erased = lab_js.call("stroke", [15] * 784, middle, middle, True)
    assert erased == [15 - ink for ink in drawn]


def test_the_samples_are_ten_clear_ones_up_to_seven_misread_ones_and_the_least_certain(lab_js):
    images, classes = sample_digits()
    probabilities = digit_cnn_forward(images, WEIGHTS)["probabilities"]
    read = probabilities.argmax(axis=1)
    assert images.shape == (20, 28, 28)
    assert classes[:10].tolist() == list(range(10))
    assert (read[:10] == classes[:10]).all()
    num_wrong = int((read != classes).sum())
    assert 1 <= num_wrong <= 7
    assert (read[10 : 10 + num_wrong] != classes[10 : 10 + num_wrong]).all()
    assert lab_js.call("readSamples", DATA) == read.tolist()
    validation = load_digits_28().X_validation
    assert all((validation == image).all(axis=(1, 2)).any() for image in images), "a sample from another split"


def test_some_misread_sample_is_read_rightly_when_moved_by_a_pixel_or_two():
    """The chapter asks for this."""
    _, classes = sample_digits()
    found = False
    for index in range(10, 20):
        readings = {
            int(
                digit_cnn_forward(DigitLab(sample=index, shift_x=x, centre="no").picture()[None], WEIGHTS)[
                    "logits"
                ].argmax()
            )
            for x in (-2, -1, 0, 1, 2)
        }
        found |= len(readings) > 1 and int(classes[index]) in readings
    assert found


# ---------------------------------------------------------------------------------------------------------
# The module and its words


def test_the_joined_source_computes_what_the_module_computes(javascript, lab_js, tmp_path):
    joined = tmp_path / "digit_lab.mjs"
    joined.write_text(joined_source("digit_lab", ".js"), encoding="utf-8")
    joined_js = javascript(joined)
    assert joined_js.call("STRINGS") == lab_js.call("STRINGS")
    for layer in LAYERS:
        chosen = {**DEFAULTS, "layer": layer, "channel": 5}
        assert joined_js.call("describe", chosen, DATA, "zh") == lab_js.call("describe", chosen, DATA, "zh")


def test_the_joined_source_imports_nothing_and_ends_in_anywidgets_form():
    source = DigitLab._esm.read_text() if isinstance(DigitLab._esm, Path) else str(DigitLab._esm)
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
    traits = DigitLab.class_traits(setting=True)
    assert list(schema) == list(DEFAULTS)
    for name, rule in schema.items():
        if name == "drawing":
            continue  # any text that both can read
        if "choices" in rule:
            assert tuple(rule["choices"]) == traits[name].choices
        else:
            assert (rule["minimum"], rule["maximum"]) == (traits[name].minimum, traits[name].maximum)


def test_the_page_has_the_networks_shapes(lab_js):
    layers = digit_cnn_forward(np.zeros((1, 28, 28)), WEIGHTS)
    for name, layer in lab_js.call("LAYERS").items():
        assert layers[name].shape == (1, layer["side"], layer["side"], layer["maps"])
        assert (layer["side"], layer["maps"], layer["sees"], layer["step"]) == GEOMETRY[name]


# ---------------------------------------------------------------------------------------------------------
# The Python object


@pytest.mark.parametrize(
    ("trait", "value", "said"),
    [
        ("sample", 20, "DigitLab.sample must be a whole number from -1 to 19; got 20"),
        ("shift_x", 9, "DigitLab.shift_x must be a whole number from -8 to 8; got 9"),
        ("shift_y", 0.5, "DigitLab.shift_y must be a whole number from -8 to 8; got 0.5"),
        ("centre", True, "DigitLab.centre must be one of yes, no; got True"),
        ("layer", "conv3", "DigitLab.layer must be one of conv1, pool1, conv2, pool2; got 'conv3'"),
        ("channel", 16, "DigitLab.channel must be a whole number from 0 to 15; got 16"),
        ("occlusion", "on", "DigitLab.occlusion must be one of no, yes; got 'on'"),
        (
            "drawing",
            "a*",
            "DigitLab.drawing: a drawing is written with the characters 0–9, a–z and G–Z; got '*' at place 2",
        ),
        ("drawing", "Z" * 38, "DigitLab.drawing: a drawing has 784 pixels; the text has more from place 38 on"),
        ("drawing", None, "DigitLab.drawing: a drawing must be a text; got None"),
        ("drawing", np.zeros((8, 8)), "DigitLab.drawing: image must have the shape (28, 28); got (8, 8)"),
        ("language", "fr", "DigitLab.language must be one of en, zh; got 'fr'"),
    ],
)
def test_a_bad_setting_is_refused_and_the_last_good_one_stays(trait, value, said):
    lab = DigitLab()
    before = getattr(lab, trait)
    with pytest.raises(traitlets.TraitError) as error:
        setattr(lab, trait, value)
    assert str(error.value) == said
    assert getattr(lab, trait) == before


def test_a_drawing_may_be_given_as_an_array_and_picture_gives_it_back():
    image = decode_drawing("zzzzz" + "Gzl" * 9)
    lab = DigitLab(sample=-1, drawing=image, centre="no")
    assert lab.drawing == encode_drawing(image)
    np.testing.assert_array_equal(lab.picture(), image)
    lab.shift_x, lab.shift_y = 2, -1
    np.testing.assert_array_equal(lab.picture()[2:20, 5:25], image[3:21, 3:23])


def test_the_picture_of_a_sample_is_the_validation_digit_in_every_bit():
    for index in range(20):
        np.testing.assert_array_equal(DigitLab(sample=index, centre="no").picture(), sample_digits()[0][index])


def test_the_text_form_is_stable_and_makes_the_same_lab():
    lab = DigitLab(sample=-1, drawing="zf", shift_x=1, layer="pool2", channel=3)
    text = (
        "DigitLab(sample=-1, drawing='zf', shift_x=1, shift_y=0, centre='yes', "
        "layer='pool2', channel=3, occlusion='no')"
    )
    assert repr(lab) == text
    assert eval(text).settings() == lab.settings()


def test_the_weights_reach_the_page_bit_for_bit():
    numbers = np.frombuffer(base64.b64decode(LAB.network), "<f4")
    stored = load_digit_cnn()
    assert len(numbers) == sum(np.prod(shape) for shape in SHAPES.values()) == 5258
    np.testing.assert_array_equal(numbers, np.concatenate([stored[name].ravel() for name in SHAPES]))


def test_weights_and_samples_are_small_enough_for_a_page():
    carried = json.dumps({name: LAB.get_state()[name] for name in ("network", "samples")}).encode()
    assert len(gzip.compress(carried)) < 40_000


def test_the_reset_leads_to_what_the_lab_was_made_with():
    lab = DigitLab(sample=3)
    lab.sample = 4
    assert lab.get_state("initial")["initial"]["sample"] == 3


def test_every_setting_says_what_it_is():
    for name, trait in DigitLab.class_traits(setting=True).items():
        assert trait.help, name
