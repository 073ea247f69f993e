"""The practice exercises of chapter 2: solutions pass, stubs are told what to do, and every mistake gets its hint."""

import inspect
import itertools
import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import logsumexp

from largemodels.activations import relu, softmax
from largemodels.costs import dense_costs
from largemodels.questions import forward_propagation
from tests.questions.exercises_of import exercises_of, flat

EXERCISES = exercises_of(forward_propagation)


def reference(name):
    return EXERCISES[f"check_{name}"].reference


# ---------------------------------------------------------------------------------------------------------
# Other right and wrong answers


def test_the_chapter_has_nine_exercises_from_easy_to_hard():
    assert [exercise.difficulty for exercise in EXERCISES.values()] == [1, 1, 2, 2, 2, 2, 2, 3, 3]


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        (
            "trace_shapes",
            lambda input_shape, weight_shapes: [(input_shape[0], columns) for _, columns in weight_shapes],
            "expected a ValueError: layer 2 expects 16 features but gets 32",
        ),
        (
            "bce_from_logits",
            lambda logits, y: np.mean(np.maximum(logits, 0) - y * logits + np.log1p(np.exp(-np.abs(logits)))),
            "expected a ValueError: logits and y must have the same shape; got (2, 1) and (2,)",
        ),
        ("loss_at_chance", lambda task, y: reference("loss_at_chance")("number", y), "expected 0.562335"),
        (
            "temperature_for_entropy",
            lambda logits, entropy: reference("temperature_for_entropy")(logits, min(max(entropy, 0.1), 0.69)),
            "returned",
        ),
    ],
)
def test_a_missing_check_or_case_is_told(name, answer, words):
    text = flat(EXERCISES[f"check_{name}"](answer))
    assert text.startswith("Not right: ")
    assert words in text


@pytest.mark.parametrize("name", ["residual_forward", "fold_standardisation", "log_sum_exp"])
def test_writing_into_an_argument_is_named(name):
    exercise = EXERCISES[f"check_{name}"]

    def in_place(*arguments, **keywords):
        result = exercise.reference(*arguments, **keywords)
        arguments[0][:] = 7.0
        return result

    in_place.__signature__ = inspect.signature(exercise.reference)
    assert "in place" in flat(exercise(in_place))


def test_other_right_solutions_are_correct():
    def shapes_as_a_generator_of_lists(input_shape, weight_shapes):
        sizes = [input_shape[1], *itertools.chain.from_iterable(weight_shapes)]
        if any(first != second for first, second in zip(sizes[::2], sizes[1::2], strict=False)):
            raise ValueError("a layer does not fit")
        return [[input_shape[0], columns] for _, columns in weight_shapes]

    def pairwise_log_sum_exp(values, axis):
        return np.logaddexp.reduce(values, axis=axis)

    def bce_of_two_softpluses(logits, y):
        if np.shape(logits) != np.shape(y):
            raise ValueError("shapes differ")
        return np.mean(y * np.logaddexp(0, -logits) + (1 - y) * np.logaddexp(0, logits))

    def sampled_weight_std(activation, num_inputs):
        z = np.random.default_rng(0).standard_normal(2_000_000)
        return 1 / np.sqrt(num_inputs * np.mean(activation(z) ** 2))

    def costs_by_the_package(layer_sizes, batch_size, bytes_per_number):
        costs = dense_costs(layer_sizes, batch_size, bytes_per_number)
        return {
            "kept_bytes": batch_size * bytes_per_number * sum(cost.weight_shape[0] for cost in costs),
            "parameter_bytes": sum(cost.parameter_bytes for cost in costs),
            "flops": float(sum(cost.flops for cost in costs)),
            "parameters": sum(cost.parameters for cost in costs),
        }

    def temperature_on_a_grid(logits, entropy):
        if entropy <= 0 or entropy >= np.log(len(logits)):
            raise ValueError("impossible")
        grid = np.geomspace(1e-2, 1e4, 400_001)
        shifted = (logits - logits.max())[:, np.newaxis] / grid
        p = np.exp(shifted) / np.exp(shifted).sum(axis=0)
        entropies = -np.sum(p * np.log(np.where(p > 0, p, 1)), axis=0)
        return grid[np.argmin(np.abs(entropies - entropy))]

    def fold_with_a_diagonal(W, b, mean, std):
        scale = np.diag(1 / std)
        return scale @ W, b - mean @ scale @ W

    answers = {
        "trace_shapes": shapes_as_a_generator_of_lists,
        "log_sum_exp": pairwise_log_sum_exp,
        "bce_from_logits": bce_of_two_softpluses,
        "weight_std": sampled_weight_std,
        "network_costs": costs_by_the_package,
        "temperature_for_entropy": temperature_on_a_grid,
        "fold_standardisation": fold_with_a_diagonal,
    }
    for name, answer in answers.items():
        assert flat(EXERCISES[f"check_{name}"](answer)).startswith("Correct: "), name


# ---------------------------------------------------------------------------------------------------------
# The references are right


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_log_sum_exp_equals_scipys(axis):
    values = np.random.default_rng(0).normal(scale=500, size=(3, 4, 5))
    np.testing.assert_allclose(reference("log_sum_exp")(values, axis), logsumexp(values, axis=axis), rtol=1e-14)


def test_no_constant_prediction_does_better_than_the_loss_at_chance():
    rng = np.random.default_rng(1)
    y, labels, counts = rng.integers(0, 2, 50), rng.integers(0, 2, (50, 3)), rng.poisson(2.0, 50)
    constants = np.linspace(0.001, 0.999, 999)
    losses = -y.mean() * np.log(constants) - (1 - y.mean()) * np.log(1 - constants)
    assert reference("loss_at_chance")("yes or no", y) == pytest.approx(losses.min(), abs=1e-5)
    means = np.linspace(0.5, 4, 3501)
    poisson = means - counts.mean() * np.log(means)
    assert reference("loss_at_chance")("count", counts) == pytest.approx(poisson.min(), abs=1e-6)
    per_label = [reference("loss_at_chance")("yes or no", labels[:, k]) for k in range(3)]
    assert reference("loss_at_chance")("several labels", labels) == pytest.approx(np.mean(per_label))
    assert reference("loss_at_chance")("one of K", np.arange(10)) == pytest.approx(math.log(10))


def test_binary_cross_entropy_equals_that_of_keras():
    rng = np.random.default_rng(2)
    logits, y = rng.normal(scale=50, size=(20, 3)), rng.random((20, 3))
    in_keras = keras.ops.mean(keras.ops.binary_crossentropy(tf.constant(y), tf.constant(logits), from_logits=True))
    assert reference("bce_from_logits")(logits, y) == pytest.approx(float(in_keras), rel=1e-12)


def test_a_tanh_network_with_the_right_spread_keeps_the_size_of_its_pre_activations():
    rng = np.random.default_rng(3)
    Z = rng.standard_normal((300, 800))
    for _ in range(5):
        Z = np.tanh(Z) @ (rng.standard_normal((800, 800)) * reference("weight_std")(np.tanh, 800))
    assert Z.std() == pytest.approx(1, rel=0.05)


def test_costs_equal_those_that_keras_counts():
    model = keras.Sequential([keras.Input((784,)), keras.layers.Dense(32), keras.layers.Dense(10)])
    costs = reference("network_costs")([784, 32, 10], 64, 4)
    assert costs["parameters"] == model.count_params()
    assert costs["flops"] == sum(cost.flops for cost in dense_costs([784, 32, 10], 64))
    assert costs["kept_bytes"] == 4 * 64 * (784 + 32)


def test_residual_layers_equal_those_built_in_keras():
    rng = np.random.default_rng(4)
    X, W, b = rng.normal(size=(6, 3)), rng.normal(size=(4, 3, 3)), rng.normal(size=(4, 3))
    A = tf.constant(X)
    for W_layer, b_layer in zip(W, b, strict=True):
        layer = keras.layers.Dense(3, activation="relu", dtype="float64")
        layer.build((None, 3))
        layer.set_weights([W_layer, b_layer])
        A = A + layer(A)
    np.testing.assert_allclose(reference("residual_forward")(X, W, b), A, rtol=1e-12)


@pytest.mark.parametrize("entropy", [0.01, 0.5, 1.3])
def test_the_temperature_gives_the_entropy_that_was_asked_for(entropy):
    logits = np.array([7.0, 3.0, -2.0, 6.5])
    p = softmax(logits / reference("temperature_for_entropy")(logits, entropy))
    assert -np.sum(p * np.log(p)) == pytest.approx(entropy, abs=1e-9)


def test_a_folded_layer_gives_for_raw_inputs_what_the_old_one_gives_for_standardised_ones():
    rng = np.random.default_rng(5)
    X, W, b = rng.normal(loc=9, scale=4, size=(30, 5)), rng.normal(size=(5, 5)), rng.normal(size=5)
    mean, std = X.mean(axis=0), X.std(axis=0)
    W_raw, b_raw = reference("fold_standardisation")(W, b, mean, std)
    np.testing.assert_allclose(relu(X @ W_raw + b_raw), relu((X - mean) / std @ W + b), atol=1e-12)
