"""Features made by hand: numbers worked on paper, and what must not change when the image moves, turns or pales."""

import numpy as np
import pytest

from largemodels.augmentation import shift_images
from largemodels.data import load_digits_28
from largemodels.features import hand_made_features, ink, orientation_histograms, profiles, symmetry

CORNER = np.array([[[1.0, 0.5], [0.0, 0.0]]])  # one image, 2 × 2


@pytest.fixture(scope="module")
def digits():
    return load_digits_28().X_train[:40].astype(float)


def test_features_of_a_small_image_are_those_worked_by_hand():
    np.testing.assert_allclose(ink(CORNER), [[0.375]])
    np.testing.assert_allclose(profiles(CORNER), [[0.75, 0.0, 0.5, 0.25]])
    # Across: |1 - 0.5| + |0.5 - 1| = 1 of 2 · 1.5; down: all ink falls on paper.
    np.testing.assert_allclose(symmetry(CORNER), [[1 - 1 / 3, 0.0]])


def test_symmetry_is_one_for_a_symmetric_image_and_for_an_empty_one():
    np.testing.assert_allclose(symmetry(np.stack([np.ones((4, 4)), np.zeros((4, 4))])), np.ones((2, 2)))


def test_mirroring_swaps_profiles_and_leaves_ink_and_symmetry(digits):
    mirrored = digits[:, :, ::-1]
    np.testing.assert_allclose(ink(mirrored), ink(digits))
    np.testing.assert_allclose(symmetry(mirrored), symmetry(digits))
    np.testing.assert_allclose(profiles(mirrored)[:, :28], profiles(digits)[:, :28])
    np.testing.assert_allclose(profiles(mirrored)[:, 28:], profiles(digits)[:, :27:-1])


def test_upright_and_lying_edges_vote_for_different_directions():
    upright = np.zeros((1, 8, 8))
    upright[:, :, 4:] = 1
    histograms = orientation_histograms(np.concatenate([upright, upright.transpose(0, 2, 1)]), cells=1, bins=8)
    np.testing.assert_allclose(histograms, np.eye(8)[[0, 4]], atol=1e-12)


def test_a_direction_between_two_bins_is_shared():
    row, column = np.indices((8, 8))
    angle = np.deg2rad(22.5 * 1.25)  # a quarter of the way from bin 1 to bin 2
    ramp = (np.cos(angle) * column + np.sin(angle) * row)[None]
    histogram = orientation_histograms(ramp, cells=1, bins=8)[0]
    np.testing.assert_allclose(histogram[1:3] / histogram.sum(), [0.75, 0.25])


def test_directions_do_not_depend_on_how_dark_the_ink_is_or_on_its_sign(digits):
    expected = orientation_histograms(digits)
    np.testing.assert_allclose(orientation_histograms(0.3 * digits), expected, atol=1e-12)
    np.testing.assert_allclose(orientation_histograms(1 - digits), expected, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(expected, axis=1), 1)


def test_moving_by_a_whole_cell_moves_the_histogram_by_a_cell():
    image = np.zeros((1, 28, 28))
    image[:, 9:12, 9:12] = 1
    grid = orientation_histograms(image).reshape(4, 4, 8)
    moved = orientation_histograms(shift_images(image, 7, 0)).reshape(4, 4, 8)
    np.testing.assert_allclose(moved[1:], grid[:-1], atol=1e-12)


def test_all_features_stand_side_by_side(digits):
    features = hand_made_features(digits)
    assert features.shape == (40, 187)
    np.testing.assert_array_equal(features[:, :1], ink(digits))
    np.testing.assert_array_equal(features[:, 59:], orientation_histograms(digits))
    assert np.isfinite(hand_made_features(np.zeros((1, 28, 28)))).all()


@pytest.mark.parametrize("function", [ink, profiles, symmetry, orientation_histograms])
def test_a_single_image_or_a_row_of_pixels_is_refused(function):
    with pytest.raises(ValueError, match=r"got \(28, 28\); images\[None\] makes a stack of one image"):
        function(np.zeros((28, 28)))
    with pytest.raises(ValueError, match=r"must have the shape \(N, height, width\); got \(784,\)"):
        function(np.zeros(784))


def test_cells_that_do_not_divide_the_image_are_refused():
    with pytest.raises(ValueError, match=r"5 cells a side must divide height and width; got images \(1, 28, 28\)"):
        orientation_histograms(np.zeros((1, 28, 28)), cells=5)
