"""Drawings: their text form, and MNIST's way of scaling and centring."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from largemodels.augmentation import shift_images
from largemodels.data import load_digits_28
from largemodels.drawings import BOX, FULL_INK, SIZE, centre_digit, centre_of_mass, decode_drawing, encode_drawing

# Mostly paper and full ink, as drawings are.
levels = hnp.arrays(
    np.int64, (SIZE, SIZE), elements=st.sampled_from([0, FULL_INK, 7, 1]), fill=st.sampled_from([0, FULL_INK])
)


def test_a_drawing_is_written_by_hand():
    image = np.zeros((28, 28))
    image[0, 2] = 7 / 15  # after two pixels of paper
    image[0, 4:7] = 1  # after one
    image[1, 27] = 1  # after 21 + 27 = 21 + 21 + 6
    assert encode_drawing(image) == "g70Hzzkf"
    np.testing.assert_array_equal(decode_drawing("g70Hzzkf"), image)


def test_an_empty_sheet_is_an_empty_text():
    assert encode_drawing(np.zeros((28, 28))) == ""
    assert not decode_drawing("").any()


@settings(deadline=None, max_examples=200)
@given(levels=levels)
def test_a_drawing_comes_back_from_its_text(levels):
    text = encode_drawing(levels / FULL_INK)
    np.testing.assert_array_equal(decode_drawing(text) * FULL_INK, levels)
    assert encode_drawing(decode_drawing(text)) == text


def test_ink_is_rounded_to_the_nearest_of_sixteen_levels():
    digits = load_digits_28().X_validation[:50]
    for image in digits:
        read = decode_drawing(encode_drawing(image))
        assert np.abs(read - image).max() <= 0.5 / FULL_INK + 1e-9


def test_a_written_digit_takes_at_most_250_characters():
    assert max(len(encode_drawing(image)) for image in load_digits_28().X_validation) <= 250


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("00!", ValueError, "characters 0–9, a–z and G–Z; got '!' at place 3"),
        ("F", ValueError, "got 'F' at place 1"),
        ("z" * 38, ValueError, "784 pixels; the text has more from place 38 on"),
        (None, TypeError, "a drawing must be a text; got None"),
    ],
)
def test_what_is_no_drawing_is_refused_with_the_place_of_the_mistake(text, kind, message):
    with pytest.raises(kind) as error:
        decode_drawing(text)
    assert message in str(error.value)


def test_what_is_no_image_is_not_written():
    with pytest.raises(ValueError, match=r"image must have the shape \(28, 28\); got \(8, 8\)"):
        encode_drawing(np.zeros((8, 8)))
    with pytest.raises(ValueError, match=r"ink from 0 to 1; got values from 0 to 255"):
        encode_drawing(np.eye(28) * 255)
    with pytest.raises(ValueError, match="ink from 0 to 1"):
        encode_drawing(np.full((28, 28), np.nan))


# ---------------------------------------------------------------------------------------------------------
# Scaling and centring


def test_a_centre_of_mass_is_worked_out_by_hand():
    assert centre_of_mass(np.array([[0.0, 1.0], [0.0, 3.0]])) == (0.75, 1.0)


def test_images_of_mnist_stay_as_they_are_so_this_is_how_they_were_made():
    digits = load_digits_28()
    images = np.concatenate([digits.X_train, digits.X_validation])
    same = [np.array_equal(centre_digit(image), image) for image in images]
    assert sum(same) >= len(images) - 1, "one of the 4,000 is only 19 pixels long"


def test_a_bar_of_ten_by_two_pixels_becomes_one_of_twenty_by_four_in_the_middle():
    image = np.zeros((28, 28))
    image[3:13, 20:22] = 1
    expected = np.zeros((28, 28))
    # Its middle stood at (9.5, 1.5) in itself; 14 − 9.5 and 14 − 1.5 are ties, which go up.
    expected[5:25, 13:17] = 1
    np.testing.assert_array_equal(centre_digit(image), expected)


def test_a_tall_bar_is_made_smaller_with_its_proportions():
    image = np.zeros((28, 28))
    image[:, 10:17] = 1  # 28 × 7
    centred = centre_digit(image)
    rows, columns = np.flatnonzero(centred.any(axis=1)), np.flatnonzero(centred.any(axis=0))
    assert (len(rows), len(columns)) == (20, 5)
    np.testing.assert_allclose(centred[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], 1, atol=1e-12)


rectangles = st.lists(
    st.tuples(st.integers(4, 18), st.integers(4, 18), st.integers(1, 6), st.integers(1, 6), st.integers(1, FULL_INK)),
    min_size=1,
    max_size=5,
)


def image_of(rectangles):
    image = np.zeros((28, 28))
    for top, left, height, width, level in rectangles:
        image[top : top + height, left : left + width] = level / FULL_INK
    return image


@settings(deadline=None, max_examples=200)
@given(rectangles=rectangles, down=st.integers(-4, 4), right=st.integers(-4, 4))
def test_where_the_ink_lay_makes_no_difference(rectangles, down, right):
    image = image_of(rectangles)
    moved = shift_images(image[None], down, right)[0]
    np.testing.assert_array_equal(centre_digit(moved), centre_digit(image))


@settings(deadline=None, max_examples=200)
@given(rectangles=rectangles)
def test_ink_ends_in_a_box_of_twenty_with_its_centre_of_mass_in_the_middle(rectangles):
    centred = centre_digit(image_of(rectangles))
    rows, columns = np.flatnonzero(centred.any(axis=1)), np.flatnonzero(centred.any(axis=0))
    height, width = (int(lines[-1] - lines[0] + 1) for lines in (rows, columns))
    assert max(height, width) == BOX
    assert centred.min() >= 0
    assert centred.max() <= 1 + 1e-12
    for first, last, mean in zip((rows[0], columns[0]), (rows[-1], columns[-1]), centre_of_mass(centred), strict=True):
        assert abs(mean - 14) <= 0.5 + 1e-9 or first == 0 or last == 27


def test_paper_stays_paper():
    assert not centre_digit(np.zeros((28, 28))).any()


def test_an_image_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"image must have the shape \(28, 28\); got \(1, 28, 28\)"):
        centre_digit(np.zeros((1, 28, 28)))
