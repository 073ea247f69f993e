"""Descending a surface: steps by hand, theory against long runs, a verdict of every kind, errors."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from largemodels import optimizers
from largemodels.descent import LARGEST_COORDINATE, OPTIMIZERS, learning_rate_bound, run_descent, spectral_radius
from largemodels.surfaces import SURFACES, QuadraticSurface

# ---------------------------------------------------------------------------------------------------------
# Steps


def test_one_step_of_gradient_descent_is_the_one_worked_by_hand():
    run = run_descent("narrow", "gradient_descent", 0.1, start=(1.0, 1.5), num_steps=1)
    np.testing.assert_allclose(run.points, [[1.0, 1.5], [1 - 0.1 * 0.25, 1.5 - 0.1 * 7.5]], rtol=1e-15)
    np.testing.assert_allclose(run.losses, [0.125 + 5.625, 0.5 * (0.25 * 0.975**2 + 5 * 0.75**2)], rtol=1e-15)
    np.testing.assert_allclose(run.gradient_norms[0], math.hypot(0.25, 7.5), rtol=1e-15)


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_path_is_that_of_the_packages_optimizers(surface, optimizer):
    learning_rate, beta, start, num_steps = 0.03, 0.8, (-1.5, 0.5), 40
    run = run_descent(surface, optimizer, learning_rate, beta, start, num_steps)
    x, velocity, moment_1, moment_2 = np.array(start), np.zeros(2), np.zeros(2), np.zeros(2)
    for step in range(1, num_steps + 1):
        gradient = SURFACES[surface].gradient(x)
        if optimizer == "gradient_descent":
            x = optimizers.gradient_descent_step(x, gradient, learning_rate)
        elif optimizer == "momentum":
            x, velocity = optimizers.momentum_step(x, velocity, gradient, learning_rate, beta)
        else:
            x, moment_1, moment_2 = optimizers.adam_step(
                x, moment_1, moment_2, gradient, step, learning_rate, beta_1=beta
            )
        np.testing.assert_allclose(run.points[step], x, rtol=1e-9, atol=1e-12)


def test_momentum_of_zero_is_plain_gradient_descent():
    plain = run_descent("curved", "gradient_descent", 0.05)
    momentum = run_descent("curved", "momentum", 0.05, momentum=0.0)
    np.testing.assert_array_equal(plain.points, momentum.points)
    assert plain.verdict == momentum.verdict


def test_gradient_descent_takes_no_notice_of_momentum():
    with_momentum = run_descent("narrow", "gradient_descent", 0.3, momentum=0.9)
    assert with_momentum.bound == 0.4
    np.testing.assert_array_equal(with_momentum.points, run_descent("narrow", "gradient_descent", 0.3).points)


def test_a_run_is_stopped_before_a_coordinate_passes_the_limit():
    run = run_descent("narrow", "gradient_descent", 10, num_steps=200)
    assert run.stopped_at == 3
    assert run.points.shape == (4, 2)
    assert np.abs(run.points).max() <= LARGEST_COORDINATE
    assert np.abs(run.points[-1] - 10 * SURFACES["narrow"].gradient(run.points[-1])).max() > LARGEST_COORDINATE


# ---------------------------------------------------------------------------------------------------------
# Theory


def test_the_bound_of_plain_descent_is_two_over_the_largest_curvature():
    assert learning_rate_bound((0.25, 5.0)) == 0.4


def test_momentum_raises_the_bound_by_one_plus_beta():
    assert learning_rate_bound((0.25, 5.0), momentum=0.5) == pytest.approx(0.6)


def test_there_is_no_bound_where_no_curvature_is_positive():
    with pytest.raises(ValueError, match=r"positive curvature; got \(-1.0, -2.0\)"):
        learning_rate_bound((-1.0, -2.0))


@given(
    learning_rate=st.floats(0.001, 10),
    curvature=st.sampled_from([-0.5, 0.25, 1.0, 2.0, 5.0]),
    momentum=st.floats(0, 0.99),
)
def test_the_spectral_radius_is_that_of_the_matrix(learning_rate, curvature, momentum):
    matrix = [[1 + momentum - learning_rate * curvature, -momentum], [1, 0]]
    # Where two roots meet, a rounding of 1e-16 moves them by its square root.
    expected = np.abs(np.linalg.eigvals(matrix)).max()
    assert spectral_radius(learning_rate, curvature, momentum) == pytest.approx(expected, rel=1e-7)


def test_without_momentum_the_spectral_radius_is_the_size_of_one_minus_eta_lambda():
    rates = np.linspace(0.01, 3, 50)
    np.testing.assert_allclose(spectral_radius(rates, 2.0), np.abs(1 - 2 * rates), rtol=1e-15, atol=1e-15)


def test_a_complex_pair_of_roots_has_the_size_of_the_square_root_of_beta():
    assert spectral_radius(0.1, 1.0, 0.81) == pytest.approx(0.9, rel=1e-15)


@given(
    surface=st.sampled_from(["round", "narrow", "saddle"]),
    optimizer=st.sampled_from(["gradient_descent", "momentum"]),
    learning_rate=st.floats(0.01, 10),
    momentum=st.floats(0, 0.95),
    start=st.tuples(*[st.floats(-2, 2).filter(lambda x: x == 0 or abs(x) > 1e-3)] * 2),
)
def test_the_verdict_by_theory_is_borne_out_by_a_long_run(surface, optimizer, learning_rate, momentum, start):
    run = run_descent(surface, optimizer, learning_rate, momentum, start, num_steps=6000)
    assume(run.rate is not None and abs(run.rate - 1) > 0.003)
    size = np.abs(run.points).max(axis=-1)
    if run.verdict in ("diverges", "leaves_saddle"):
        assert run.stopped_at is not None
    else:
        assert run.verdict.startswith(("converges", "stuck"))
        assert size[-1] < 1e-3


@settings(max_examples=30)
@given(learning_rate=st.floats(0.02, 0.35), momentum=st.floats(0, 0.95))
def test_steps_per_decade_is_what_the_run_takes(learning_rate, momentum):
    run = run_descent("narrow", "momentum", learning_rate, momentum, num_steps=4000)
    assume(run.verdict.startswith("converges"))
    # A product of a power and a slow wave: many decades average the wave out.
    distance = np.hypot(*run.points.T) + np.hypot(*np.vstack([run.points[1:], run.points[-1:]]).T)
    below = np.flatnonzero(distance < distance[0] * 1e-40)
    assume(below.size)
    assert below[0] == pytest.approx(40 * run.steps_per_decade, rel=0.1, abs=4)


# ---------------------------------------------------------------------------------------------------------
# Verdicts

VERDICTS = [
    # surface, optimizer, learning rate, momentum, start, verdict
    ("round", "gradient_descent", 0.1, 0, (1, 1), "converges_smoothly"),
    ("narrow", "gradient_descent", 0.3, 0, (1, 1), "converges_zigzagging"),
    ("narrow", "gradient_descent", 0.3, 0, (1, 0), "converges_smoothly"),
    ("narrow", "gradient_descent", 0.2, 0, (0, 1), "converges_at_once"),
    ("narrow", "gradient_descent", 0.4, 0, (1, 1), "neither"),
    ("narrow", "gradient_descent", 0.4, 0, (1, 0), "converges_smoothly"),
    ("narrow", "gradient_descent", np.nextafter(0.4, 0), 0, (1, 1), "neither"),
    ("narrow", "gradient_descent", 0.4 - 1e-9, 0, (1, 1), "converges_zigzagging"),
    ("narrow", "gradient_descent", 0.4 + 1e-9, 0, (1, 1), "diverges"),
    ("narrow", "gradient_descent", 0.45, 0, (1, 1), "diverges"),
    ("narrow", "gradient_descent", 0.45, 0, (1, 0), "converges_smoothly"),
    ("narrow", "gradient_descent", 0.45, 0, (0, 0), "at_rest_minimum"),
    ("narrow", "momentum", 0.1, 0.9, (1, 1), "converges_swinging"),
    ("narrow", "momentum", 0.7, 0.9, (1, 1), "converges_swinging"),
    ("narrow", "momentum", 0.45, 0.2, (0, 1), "converges_zigzagging"),
    ("narrow", "momentum", 0.001, 0.5, (1, 1), "converges_smoothly"),
    ("narrow", "momentum", 2 * 1.9 / 5, 0.9, (1, 1), "neither"),
    ("narrow", "momentum", 0.77, 0.9, (1, 1), "diverges"),
    ("saddle", "gradient_descent", 0.1, 0, (1, 1e-9), "leaves_saddle"),
    ("saddle", "gradient_descent", 2.0, 0, (1, 1), "leaves_saddle"),
    ("saddle", "gradient_descent", 2.0, 0, (1, 0), "neither"),
    ("saddle", "gradient_descent", 2.5, 0, (1, 1), "diverges"),
    ("saddle", "gradient_descent", 2.5, 0, (0, 1), "leaves_saddle"),
    ("saddle", "gradient_descent", 0.1, 0, (1, 0), "stuck_on_ridge"),
    ("saddle", "gradient_descent", 1.0, 0, (1, 0), "stuck_on_ridge"),
    ("saddle", "gradient_descent", 0.1, 0, (0, 0), "at_rest_saddle"),
    ("saddle", "momentum", 0.001, 0.99, (1, 1), "leaves_saddle"),
    ("saddle", "momentum", 0.1, 0.9, (1, 0), "stuck_on_ridge"),
    ("saddle", "adam", 0.1, 0.9, (1, 1e-6), "leaves_saddle"),
    ("saddle", "adam", 0.001, 0.9, (1, 0), "still_falling"),
    ("saddle", "adam", 0.1, 0.5, (0.5, 0), "stuck_on_ridge"),
    ("saddle", "adam", 0.1, 0.9, (0, 0), "at_rest_saddle"),
    ("narrow", "adam", 0.1, 0.5, (0.5, 0.5), "reached"),
    ("curved", "adam", 10, 0.5, (1, -1), "unsettled"),
    ("curved", "gradient_descent", 0.05, 0, (0.9, 0.9), "still_falling"),
    ("curved", "gradient_descent", 0.05, 0, (1.0, 1.01), "reached"),
    ("curved", "gradient_descent", 0.15, 0, (1.1, 1.1), "unsettled"),
    ("curved", "gradient_descent", 1.0, 0, (-1, 1), "reached"),  # by chance: one step of 1 leads from there to (1, 1)
    ("curved", "gradient_descent", 1.0, 0, (-1, 1.5), "blew_up"),
    ("curved", "momentum", 1.0, 0.9, (-1, 1.5), "blew_up"),
    ("curved", "adam", 0.1, 0.9, (1, 1), "at_rest_minimum"),
]


@pytest.mark.parametrize(("surface", "optimizer", "learning_rate", "momentum", "start", "verdict"), VERDICTS)
def test_each_kind_of_run_gets_its_verdict(surface, optimizer, learning_rate, momentum, start, verdict):
    assert run_descent(surface, optimizer, learning_rate, momentum, start, num_steps=100).verdict == verdict


def test_a_run_that_only_passes_the_minimum_has_not_reached_it():
    passing = run_descent("round", "adam", 0.6, 0.9, (1.0, 1.0), num_steps=15)
    distance = np.hypot(*passing.points.T)
    assert distance[-1] < 0.01 < distance[-2]
    assert passing.verdict == "unsettled"


def test_an_unstable_direction_without_a_component_is_dormant():
    assert run_descent("narrow", "gradient_descent", 0.45, start=(1, 0)).dormant == (1,)
    assert run_descent("narrow", "gradient_descent", 0.45, start=(1, 1)).dormant == ()
    assert run_descent("saddle", "adam", 0.1, start=(1, 0)).dormant == (1,)


def test_a_surface_of_the_readers_own_is_judged_like_the_four():
    run = run_descent(QuadraticSurface("steep", curvatures=(3.0, 8.0)), "gradient_descent", 0.2)
    assert (run.bound, run.verdict, run.motions) == (0.25, "converges_zigzagging", ("shrinks", "shrinks_flipping"))


def test_nothing_but_the_run_judges_adam():
    run = run_descent("narrow", "adam", 0.1)
    assert (run.factors, run.motions, run.bound, run.rate, run.steps_per_decade) == (None,) * 5


# ---------------------------------------------------------------------------------------------------------
# Errors


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("surface", "bowl", "surface must be one of round, narrow, saddle, curved; got 'bowl'"),
        ("optimizer", "sgd", "optimizer must be one of gradient_descent, momentum, adam; got 'sgd'"),
        ("learning_rate", 0, "learning_rate must be a finite number above 0; got 0"),
        ("learning_rate", math.nan, "learning_rate must be a finite number above 0; got nan"),
        ("learning_rate", math.inf, "learning_rate must be a finite number above 0; got inf"),
        ("momentum", 1, "momentum must be from 0 to below 1; got 1"),
        ("momentum", math.nan, "momentum must be from 0 to below 1; got nan"),
        ("start", (1, 2, 3), r"start must be two numbers of size at most 1e\+06; got \[1.0, 2.0, 3.0\]"),
        ("start", (1, math.nan), r"start must be two numbers of size at most 1e\+06; got \[1.0, nan\]"),
        ("num_steps", 0, "num_steps must be a whole number from 1; got 0"),
        ("num_steps", 2.5, "num_steps must be a whole number from 1; got 2.5"),
    ],
)
def test_a_wrong_setting_is_refused_by_name_with_what_is_allowed(setting, value, message):
    settings = {"surface": "round", "optimizer": "gradient_descent", "learning_rate": 0.1, setting: value}
    with pytest.raises(ValueError, match=message):
        run_descent(**settings)
