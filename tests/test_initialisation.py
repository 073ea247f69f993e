import math

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from largemodels.activations import gelu, relu, sigmoid, silu, tanh
from largemodels.initialisation import glorot_uniform, he_normal, lecun_normal, second_moment
from largemodels.network import initialise_network

RULES = {
    "LecunNormal": (lecun_normal, lambda num_inputs, num_outputs: 1 / num_inputs),
    "HeNormal": (he_normal, lambda num_inputs, num_outputs: 2 / num_inputs),
    "GlorotUniform": (glorot_uniform, lambda num_inputs, num_outputs: 2 / (num_inputs + num_outputs)),
}


@pytest.fixture(params=RULES)
def rule(request):
    return request.param, *RULES[request.param]


@pytest.mark.parametrize(("num_inputs", "num_outputs"), [(600, 400), (300, 900)])
def test_weights_have_the_mean_and_variance_of_their_rule_and_of_keras(rule, num_inputs, num_outputs):
    name, draw, variance = rule
    W = draw(num_inputs, num_outputs, np.random.default_rng(0))
    in_keras = np.asarray(getattr(keras.initializers, name)(seed=0)((num_inputs, num_outputs)))
    assert W.shape == in_keras.shape == (num_inputs, num_outputs)
    expected = variance(num_inputs, num_outputs)
    for weights in (W, in_keras):
        assert weights.var() == pytest.approx(expected, rel=0.02)
        assert abs(weights.mean()) < 4 * math.sqrt(expected / weights.size)


def test_glorots_weights_stay_between_their_limits_and_come_near_them():
    W = glorot_uniform(30, 20, np.random.default_rng(1))
    limit = math.sqrt(6 / 50)
    assert np.abs(W).max() <= limit
    assert np.abs(W).max() > 0.98 * limit


def test_he_normal_draws_what_the_network_starts_from():
    parameters = initialise_network([7, 5, 3], np.random.default_rng(3))
    rng = np.random.default_rng(3)
    np.testing.assert_array_equal(parameters["W1"], he_normal(7, 5, rng))
    np.testing.assert_array_equal(parameters["W2"], he_normal(5, 3, rng))
    # The numbers that chapter 4 stores depend on this very order of operations.
    expected = np.random.default_rng(3).standard_normal((7, 5)) * math.sqrt(2 / 7)
    np.testing.assert_array_equal(parameters["W1"], expected)


def test_second_moments_that_are_known_exactly():
    assert second_moment(lambda z: z) == pytest.approx(1, rel=1e-10)
    assert second_moment(relu) == pytest.approx(0.5, rel=1e-10)
    assert second_moment(lambda z: z**2) == pytest.approx(3, rel=1e-10)  # the fourth moment of a normal variable
    # E[(z Φ(z))²]: z Φ is (z + z erf(z/√2)) / 2, and the known integrals give 1/3 + 1/(2π√3).
    assert second_moment(gelu) == pytest.approx(1 / 3 + 1 / (2 * math.pi * math.sqrt(3)), rel=1e-8)


@pytest.mark.parametrize("activation", [sigmoid, tanh, silu])
def test_a_second_moment_agrees_with_gauss_hermite_quadrature(activation):
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    expected = np.sum(weights * activation(nodes) ** 2) / math.sqrt(2 * math.pi)
    assert second_moment(activation) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("activation", [relu, tanh, sigmoid, gelu])
def test_weights_scaled_by_the_second_moment_keep_the_size_of_the_pre_activations(activation):
    rng = np.random.default_rng(4)
    Z = rng.standard_normal((200, 1000))
    for _ in range(3):
        W = rng.standard_normal((1000, 1000)) / math.sqrt(1000 * second_moment(activation))
        Z = activation(Z) @ W
    assert np.mean(Z**2) == pytest.approx(1, rel=0.15)


@given(num_inputs=st.integers(1, 20), num_outputs=st.integers(1, 20), seed=st.integers(0, 100))
def test_the_same_generator_draws_the_same_weights_again(num_inputs, num_outputs, seed):
    for draw, _ in RULES.values():
        first, second = (draw(num_inputs, num_outputs, np.random.default_rng(seed)) for _ in range(2))
        assert first.shape == (num_inputs, num_outputs)
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0, 5, np.random.default_rng(0)), ValueError, "num_inputs must be a whole number of at least 1; got 0"),
        ((5, 2.5, np.random.default_rng(0)), TypeError, "num_outputs must be a whole number of at least 1; got 2.5"),
        ((5, 5, 0), TypeError, r"rng must be a numpy.random.Generator, such as np.random.default_rng\(0\); got 0"),
    ],
)
def test_what_is_not_allowed_is_named(rule, arguments, error, message):
    _, draw, _ = rule
    with pytest.raises(error, match=message):
        draw(*arguments)
