"""The points of one neuron: where they come from, and the best that a line can do, found in other ways too."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from sklearn.datasets import load_breast_cancer

from largemodels.data import load_digits_28
from largemodels.points import DATASETS, load_points, most_right


@pytest.mark.parametrize(
    ("name", "num_points", "num_ones", "expected"),
    [("tumours", 160, 60, 154), ("digits", 160, 76, 160), ("and", 4, 1, 4), ("or", 4, 3, 4), ("xor", 4, 2, 3)],
)
def test_each_set_has_so_many_points_of_each_class_and_so_many_that_a_line_gets_right(
    name, num_points, num_ones, expected
):
    points = load_points(name)
    assert points.X.shape == (num_points, 2)
    assert points.y.sum() == num_ones
    assert points.most_right == expected
    assert points.name == name


@pytest.mark.parametrize("name", DATASETS)
def test_every_point_is_in_hundredths_and_lies_well_inside_the_window(name):
    points = load_points(name)
    low, high = points.window
    assert low + 0.1 < points.X.min()
    assert points.X.max() < high - 0.1
    np.testing.assert_array_equal(points.X, np.round(points.X, 2))
    assert set(points.y.tolist()) == {0, 1}


@pytest.mark.parametrize("name", DATASETS)
def test_the_points_cannot_be_changed_by_accident(name):
    points = load_points(name)
    with pytest.raises(ValueError, match="read-only"):
        points.X[0, 0] = 5
    with pytest.raises(ValueError, match="read-only"):
        points.y[0] = 1


def test_the_logic_functions_are_their_truth_tables():
    inputs = [[0, 0], [0, 1], [1, 0], [1, 1]]
    for name, function in {"and": min, "or": max, "xor": lambda pair: (pair[0] + pair[1]) % 2}.items():
        points = load_points(name)
        assert points.X.tolist() == inputs
        assert points.y.tolist() == [function(pair) for pair in inputs]


def test_the_tumours_are_rows_of_the_table_in_standard_deviations_from_its_mean():
    table = load_breast_cancer(as_frame=True).frame
    columns = table[["worst radius", "worst texture"]]
    standardised = ((columns - columns.mean()) / columns.std(ddof=0)).to_numpy()
    is_malignant = (table["target"] == 0).to_numpy()  # the table's own 1 is benign
    rows = {(*row, int(one)) for row, one in zip(np.round(standardised, 2).tolist(), is_malignant, strict=True)}
    points = load_points("tumours")
    drawn = [(*row, one) for row, one in zip(points.X.tolist(), points.y.tolist(), strict=True)]
    assert set(drawn) <= rows
    assert len(set(drawn)) > 150


def test_the_digits_are_training_images_with_their_ink_and_the_ink_in_their_middle():
    splits = load_digits_28()
    rows = set()
    images = [image for image, digit in zip(splits.X_train, splits.y_train, strict=True) if digit in (0, 1)]
    digits = splits.y_train[splits.y_train <= 1]
    ink = np.array([np.mean(image, dtype=float) for image in images])
    middle = np.array([np.mean(image[10:18, 10:18], dtype=float) for image in images])
    for x1, x2, digit in zip(
        (ink - ink.mean()) / ink.std(), (middle - middle.mean()) / middle.std(), digits, strict=True
    ):
        rows.add((round(x1, 2), round(x2, 2), int(digit)))
    points = load_points("digits")
    assert {(*row, one) for row, one in zip(points.X.tolist(), points.y.tolist(), strict=True)} <= rows


@pytest.mark.parametrize("name", DATASETS)
def test_turning_a_line_through_thousands_of_angles_finds_the_same_best_share(name):
    points = load_points(name)
    sign = 2 * points.y - 1
    best = 0
    for angle in np.arange(0.0005, 2 * np.pi, 0.0005):
        along = points.X @ [np.cos(angle), np.sin(angle)]
        order = np.argsort(-along)
        # Right with the k points furthest along called class 1: the zeros, plus ones minus zeros among these k.
        gains = np.concatenate([[0], np.cumsum(sign[order])])
        borders = np.concatenate([[True], np.diff(along[order]) < 0, [True]])
        best = max(best, (points.y == 0).sum() + gains[borders].max())
    assert best == points.most_right


grid_points = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 1)), min_size=1, max_size=5)


@settings(max_examples=40)
@given(rows=grid_points)
def test_the_best_line_through_a_few_points_is_that_of_linear_programming(rows):
    X, y = np.array(rows)[:, :2] / 4, np.array(rows)[:, 2]
    best = max(
        np.sum(np.array(called) == y)
        for called in itertools.product((0, 1), repeat=len(y))
        if np.sum(np.array(called) == y) >= len(y) / 2 and can_be_split(X, np.array(called))
    )
    assert most_right(X, y) == best


def can_be_split(X, called):
    sign = 2 * called[:, None] - 1
    margins = -sign * np.hstack([X, np.ones((len(X), 1))])
    return linprog(np.zeros(3), A_ub=margins, b_ub=-np.ones(len(X)), bounds=(None, None)).status == 0


def test_points_in_a_row_can_be_parted_by_a_turn_between_them_but_not_picked_out():
    X = np.array([[0.0, 0.0], [0.1, 0.1], [0.2, 0.2], [0.3, 0.3]])
    assert most_right(X, np.array([0, 0, 1, 1])) == 4
    assert most_right(X, np.array([1, 1, 0, 0])) == 4
    assert most_right(X, np.array([0, 1, 1, 0])) == 3
    assert most_right(X, np.array([0, 1, 0, 1])) == 3


def test_two_points_in_one_place_of_two_classes_cost_one():
    X = np.array([[0.5, 0.5], [0.5, 0.5], [0.0, 1.0]])
    assert most_right(X, np.array([0, 1, 1])) == 2
    assert most_right(X, np.array([1, 1, 1])) == 3


def test_an_unknown_set_is_refused_with_the_names_that_exist():
    with pytest.raises(ValueError, match="dataset must be one of tumours, digits, and, or, xor; got 'moons'"):
        load_points("moons")


def test_the_text_form_is_short():
    assert repr(load_points("xor")) == "PointSet('xor', X (4, 2), y (4,))"
