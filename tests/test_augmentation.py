"""Moved images: a number by hand, what is lost and kept, and that randomness comes from the generator."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from largemodels.augmentation import random_shifts, shift_images

IMAGE = np.arange(1, 10).reshape(1, 3, 3)
shifts = st.integers(-3, 3)


def test_one_pixel_down_and_one_left_by_hand():
    np.testing.assert_array_equal(shift_images(IMAGE, 1, -1), [[[0, 0, 0], [2, 3, 0], [5, 6, 0]]])


def test_no_shift_changes_nothing_and_a_shift_by_the_width_leaves_paper():
    np.testing.assert_array_equal(shift_images(IMAGE, 0, 0), IMAGE)
    assert not shift_images(IMAGE, 0, 3).any()


@given(down=shifts, right=shifts)
def test_what_stays_on_the_page_comes_back(down, right):
    images = np.zeros((2, 9, 9))
    images[:, 3:6, 3:6] = np.random.default_rng(0).random((2, 3, 3))
    np.testing.assert_array_equal(shift_images(shift_images(images, down, right), -down, -right), images)


def test_the_given_images_are_left_as_they_are():
    before = IMAGE.copy()
    shift_images(IMAGE, 1, 1)
    np.testing.assert_array_equal(IMAGE, before)


def test_a_single_image_is_refused():
    with pytest.raises(ValueError, match=r"must have the shape \(N, height, width\); got \(3, 3\)"):
        shift_images(IMAGE[0], 1, 0)


def test_random_shifts_are_all_possible_ones_and_only_those():
    image = np.zeros((7, 7))
    image[3, 3] = 1
    moved = random_shifts(np.repeat(image[None], 400, axis=0), 1, np.random.default_rng(0))
    places = {tuple(place) for place in np.argwhere(moved)[:, 1:].tolist()}
    assert places == {(row, column) for row in (2, 3, 4) for column in (2, 3, 4)}
    assert moved.sum() == 400


def test_random_shifts_repeat_with_the_same_seed_and_refuse_a_bare_seed():
    images = np.random.default_rng(1).random((20, 5, 5))
    first, second = (random_shifts(images, 2, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    with pytest.raises(TypeError, match=r"rng must be a numpy\.random\.Generator"):
        random_shifts(images, 2, 3)
    with pytest.raises(ValueError, match="max_shift must be a whole number of at least 0; got -1"):
        random_shifts(images, -1, np.random.default_rng(3))
