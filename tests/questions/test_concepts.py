"""Exercises of chapter 1: the references are right, solutions pass, stubs and mistakes are told apart."""

import itertools

import keras
import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score
from sklearn.preprocessing import StandardScaler

from largemodels.questions import concepts
from tests.questions.exercises_of import exercises_of, flat

EXERCISES = exercises_of(concepts)


def reference(name):
    return EXERCISES[f"check_{name}"].reference


# ---------------------------------------------------------------------------------------------------------
# Other right and wrong answers


def test_the_chapter_has_nine_exercises():
    assert [exercise.difficulty for exercise in EXERCISES.values()] == [1, 1, 2, 1, 2, 2, 2, 3, 2]


def not_stratified(y, share, rng):
    order = rng.permutation(len(y))
    count = round(share * len(y))
    return order[count:], order[:count]


def per_class(y, share, rng, *, shuffle=True, mix=True, swap=False, replace=False):
    parts = []
    for label in np.unique(y):
        rows = np.flatnonzero(y == label)
        count = round(share * len(rows))
        if replace:
            rows = np.concatenate([rng.choice(rows, count), rows[count:]])
        elif shuffle:
            rows = rng.permutation(rows)
        parts.append((rows[count:], rows[:count]))
    train, validation = (np.concatenate(part) for part in zip(*parts, strict=True))
    if mix:
        train, validation = rng.permutation(train), rng.permutation(validation)
    return (validation, train) if swap else (train, validation)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (not_stratified, "Hint: the total is right, the classes are not."),
        (lambda y, share, rng: per_class(y, share, rng, swap=True), "Hint: `share` is the part for validation"),
        (lambda y, share, rng: per_class(y, share, rng, shuffle=False), "the first ones of the file are no random"),
        (lambda y, share, rng: per_class(y, share, rng, mix=False), "the training rows come sorted by class."),
        (lambda y, share, rng: per_class(y, share, rng, replace=True), "Hint: draw without replacement"),
        (lambda y, share, rng: per_class(y, share, np.random.default_rng(0)), "seeds give the same split"),
        (lambda y, share, rng: per_class(y, share, np.random.default_rng()), "the same seed give different splits"),
        (lambda y, share, rng: (np.ones(len(y), bool), np.zeros(len(y), bool)), "Hint: that is a mask."),
        (lambda y, share, rng: (np.arange(len(y)) + 1, np.arange(0)), "has the row 500; 500 examples have the rows 0"),
        (lambda y, share, rng: np.arange(len(y)), "expected 2 values: train, validation"),
        (lambda y, share, rng: (np.arange(len(y)), []), "expected a one-dimensional array of row numbers"),
    ],
)
def test_each_wrong_way_to_split_is_told_apart(answer, words):
    assert words in flat(concepts.check_stratified_split(answer))


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("gate", lambda signs: np.array(signs), "expected 2 values: w, b"),
        ("gate", lambda signs: (np.ones(5), 0.0), "expected finite numbers of shape (2)"),
        ("gate", lambda signs: (signs, "low"), "b is 'low' expected numbers"),
        ("gate", lambda signs: (np.zeros(len(signs)), 0.0), "fires at no corner should fire at the corner 11"),
        ("xor_network", lambda low, high: (np.ones((2, 2)), 0.0, np.ones(2), 0.0), "finite numbers of shape (2)"),
        ("xor_network", lambda low, high: (np.ones((2, 2)), [0, 0], [0, 0], 0.0), "fires at no corner should fire at"),
        ("entities", lambda tags: 3, "expected a list of (kind, start, end)"),
        ("entities", lambda tags: [("PER", 0)], "expected (kind, start, end)"),
        ("entities", lambda tags: [("PER", "a", "b")], "expected two whole numbers after the kind"),
        ("entities", lambda tags: [], "returned [] expected [('PER', 0, 2)"),
        ("entities", lambda tags: 1 / 0, "raised ZeroDivisionError"),
    ],
)
def test_an_answer_of_another_form_is_told_what_was_expected(name, answer, words):
    assert words in flat(EXERCISES[f"check_{name}"](answer))


def test_other_right_solutions_are_correct():
    def gate_scaled(signs):
        return [10.0 * sign for sign in signs], 3 - 10 * signs.count(1)

    def xor_of_differences(low, high):
        # |x1 - x2| from two ReLU units, in place of the sum
        return [[1.0, -1.0], [-1.0, 1.0]], [0.0, 0.0], [1.0, 1.0], -(high - low) / 2

    def xor_with_three_units(low, high):
        W1, b1, w2, b2 = reference("xor_network")(low, high)
        return np.c_[W1, [0, 0]], np.append(b1, 1.0), np.append(w2, 0.0), b2

    def split_by_sorting(y, share, rng):
        order = rng.permutation(len(y))
        rank = np.empty(len(y), int)
        for label in set(y.tolist()):
            rows = order[y[order] == label]
            rank[rows] = np.arange(len(rows))
        validation = np.array([rank[row] < round(share * np.sum(y == y[row])) for row in order])
        return order[~validation], order[validation]

    def entities_as_lists(tags):
        return [[kind, np.int64(start), np.int64(end)] for kind, start, end in reference("entities")(tags)]

    assert concepts.check_gate(gate_scaled).passed
    assert concepts.check_xor_network(xor_of_differences).passed
    assert concepts.check_xor_network(xor_with_three_units).passed
    assert concepts.check_stratified_split(split_by_sorting).passed
    assert concepts.check_entities(entities_as_lists).passed


# ---------------------------------------------------------------------------------------------------------
# The references are right


@pytest.mark.parametrize("signs", [list(signs) for signs in itertools.product((-1, 0, 1), repeat=3)])
def test_a_gate_fires_exactly_where_its_conditions_hold(signs):
    w, b = reference("gate")(signs)
    for corner in itertools.product((0, 1), repeat=3):
        holds = all(sign == 0 or bit == (sign == 1) for sign, bit in zip(signs, corner, strict=True))
        assert (w @ corner + b > 0) == holds


def test_the_distance_is_that_to_the_nearest_point_of_the_line():
    w, b, point = np.array([0.6, -2.0]), 1.3, np.array([2.0, 3.0])
    along = np.array([-w[1], w[0]])
    line = -b * w / (w @ w) + np.linspace(-5, 5, 200_001)[:, None] * along
    nearest = np.linalg.norm(line - point, axis=1).min()
    assert abs(reference("signed_distance")(point[None], w, b)[0]) == pytest.approx(nearest, abs=1e-6)


@pytest.mark.parametrize(
    ("layer", "shape", "arguments"),
    [
        (keras.layers.Dense(7), (None, 5), ("dense", 5, 7)),
        (keras.layers.Conv2D(6, 5), (None, 9, 9, 4), ("convolution", 4, 6, 5)),
        (keras.layers.SimpleRNN(8), (None, 11, 3), ("recurrent", 3, 8)),
    ],
)
def test_the_counts_equal_keras(layer, shape, arguments):
    layer.build(shape)
    assert reference("count_parameters")(*arguments) == layer.count_params()


def test_standardising_equals_scikit_learn():
    rng = np.random.default_rng(0)
    X_train, X_new = rng.normal(2, 3, size=(20, 4)), rng.normal(size=(3, 4))
    X_train[:, 2] = 5
    scaler = StandardScaler().fit(X_train)
    for got, wanted in zip(reference("standardise")(X_train, X_new), (X_train, X_new), strict=True):
        np.testing.assert_allclose(got, scaler.transform(wanted), atol=1e-12)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 1000])
def test_the_balanced_tree_is_as_deep_as_the_logarithm_and_keeps_the_order(count):
    items = [str(number) for number in range(count)]
    value, depth = reference("balanced_fold")(items, lambda left, right: f"{left} {right}")
    assert value == " ".join(items)
    assert depth == (count - 1).bit_length()


def test_balanced_accuracy_equals_scikit_learn():
    rng = np.random.default_rng(3)
    y, y_hat = rng.integers(0, 4, 50), rng.integers(0, 4, 50)
    assert reference("balanced_accuracy")(y, y_hat) == pytest.approx(balanced_accuracy_score(y, y_hat))
