"""The exercises of the refresher: solutions pass, stubs do not, and typical mistakes are told apart."""

import inspect

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import entropy, norm

from largemodels.gradcheck import numerical_gradient
from largemodels.questions import refresher
from largemodels.questions.loader import load_questions
from tests.questions.exercises_of import exercises_of, flat

EXERCISES = exercises_of(refresher)


def reference(name):
    return EXERCISES[f"check_{name}"].reference


def test_the_page_has_seven_exercises_from_easy_to_hard():
    assert [exercise.difficulty for exercise in EXERCISES.values()] == [1, 1, 2, 2, 2, 3, 3]


def test_other_right_solutions_are_correct():
    def standardise_by_columns(X):
        columns = []
        for column in X.T:
            centred = column - np.mean(column)
            spread = np.sqrt(np.mean(centred**2))
            columns.append(centred / spread if spread else centred)
        return np.stack(columns, axis=1)

    def one_hot_by_comparison(y, num_classes):
        if min(y) < 0 or max(y) > num_classes - 1:
            raise ValueError("out of range")
        return (np.asarray(y)[:, None] == np.arange(num_classes)).astype(int)

    def distances_by_products(A, B):
        return np.sum(A**2, axis=1)[:, None] - 2 * A @ B.T + np.sum(B**2, axis=1)

    def gradient_by_unit_arrays(function, x, h=1e-5):
        slopes = []
        for unit in np.eye(x.size).reshape(x.size, *x.shape):
            slopes.append((function(x + h * unit) - function(x - h * unit)) / (2 * h))
        return np.array(slopes).reshape(x.shape)

    def kl_by_loop(p, q):
        total = 0.0
        for a, b in zip(p, q, strict=True):
            if a > 0:
                total += a * (np.log(a) - np.log(b))
        return total

    assert refresher.check_standardise(standardise_by_columns).passed
    assert refresher.check_one_hot(one_hot_by_comparison).passed
    assert refresher.check_squared_distances(distances_by_products).passed
    assert refresher.check_measured_gradient(gradient_by_unit_arrays).passed
    assert refresher.check_gaussian_log_likelihood(
        lambda y, mean, deviation: sum(norm.logpdf(y, mean, deviation))
    ).passed
    assert refresher.check_kl_divergence(kl_by_loop).passed
    assert refresher.check_kl_divergence(entropy).passed


@pytest.mark.parametrize("name", ["standardise", "measured_gradient"])
def test_changing_the_given_array_is_named(name):
    exercise = EXERCISES[f"check_{name}"]

    def in_place(*arguments, **keywords):
        result = exercise.reference(*arguments, **keywords)
        for argument in arguments:
            if isinstance(argument, np.ndarray):
                argument *= 0.5
        return result

    in_place.__signature__ = inspect.signature(exercise.reference)
    assert "in place" in flat(exercise(in_place))


# ---------------------------------------------------------------------------------------------------------
# The references are right


def test_standardised_columns_have_mean_zero_and_deviation_one():
    Z = reference("standardise")(np.random.default_rng(0).normal(5, 3, size=(50, 4)))
    np.testing.assert_allclose(Z.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(Z.std(axis=0), 1, rtol=1e-12)


def test_distances_and_densities_equal_those_of_scipy():
    rng = np.random.default_rng(1)
    A, B = rng.normal(size=(6, 3)), rng.normal(size=(4, 3))
    np.testing.assert_allclose(reference("squared_distances")(A, B), cdist(A, B, "sqeuclidean"), rtol=1e-12)
    y, mean = rng.normal(size=5), rng.normal(size=5)
    expected = norm.logpdf(y, mean, 0.7).sum()
    assert reference("gaussian_log_likelihood")(y, mean, 0.7) == pytest.approx(expected, rel=1e-12)


def test_the_measured_gradient_equals_the_packages():
    x = np.random.default_rng(2).normal(size=(3, 2))
    ours = reference("measured_gradient")(refresher._wavy, x)
    np.testing.assert_allclose(ours, numerical_gradient(refresher._wavy, x), rtol=1e-6)


def test_kl_equals_that_of_scipy():
    p, q = np.array([0.5, 0.3, 0.2, 0.0]), np.array([0.1, 0.4, 0.25, 0.25])
    assert reference("kl_divergence")(p, q) == pytest.approx(entropy(p, q))
    assert reference("kl_divergence")(q, p) == np.inf


@pytest.mark.parametrize(("input_mean", "input_variance"), [(0.0, 1.0), (0.5, 2.0), (-1.5, 0.25)])
def test_the_variance_of_a_sum_is_the_measured_one(input_mean, input_variance):
    rng = np.random.default_rng(3)
    w = rng.normal(0, np.sqrt(0.3), size=(200_000, 10))
    x = rng.normal(input_mean, np.sqrt(input_variance), size=(200_000, 10))
    measured = np.var(np.sum(w * x, axis=1))
    assert reference("variance_of_sum")(10, 0.3, input_mean, input_variance) == pytest.approx(measured, rel=0.03)


# ---------------------------------------------------------------------------------------------------------
# The page's own cells and questions


def test_the_quiz_has_ten_to_twelve_questions_from_all_four_parts():
    questions = load_questions("refresher")
    assert 10 <= len(questions) <= 12
    assert {question.kind for question in questions} == {"choice", "choices", "number"}
