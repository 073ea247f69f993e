"""The four surfaces: values by hand, gradients and Hessians by central differences, minima."""

import numpy as np
import pytest

from largemodels.surfaces import SURFACES, QuadraticSurface

NAMES = sorted(SURFACES)


@pytest.mark.parametrize(
    ("name", "x", "value", "gradient"),
    [
        ("round", (1.0, 3.0), 9.5, (1.0, 6.0)),
        ("narrow", (2.0, 1.0), 3.0, (0.5, 5.0)),
        ("saddle", (1.0, 2.0), -0.5, (1.0, -1.0)),
        ("curved", (-1.0, 2.0), 4.0, (6.0, 4.0)),
    ],
)
def test_value_and_gradient_agree_with_numbers_worked_by_hand(name, x, value, gradient):
    assert SURFACES[name].value(x) == value
    assert SURFACES[name].gradient(x).tolist() == list(gradient)


@pytest.mark.parametrize("name", NAMES)
def test_gradient_is_the_central_difference_of_the_value(name):
    surface = SURFACES[name]
    points = np.random.default_rng(0).uniform(-2, 2, size=(50, 2))
    step = 1e-5
    for i, shift in enumerate(np.eye(2) * step):
        difference = (surface.value(points + shift) - surface.value(points - shift)) / (2 * step)
        np.testing.assert_allclose(surface.gradient(points)[:, i], difference, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("name", NAMES)
def test_hessian_is_the_central_difference_of_the_gradient(name):
    surface = SURFACES[name]
    points = np.random.default_rng(1).uniform(-2, 2, size=(50, 2))
    step = 1e-5
    for i, shift in enumerate(np.eye(2) * step):
        difference = (surface.gradient(points + shift) - surface.gradient(points - shift)) / (2 * step)
        np.testing.assert_allclose(surface.hessian(points)[:, :, i], difference, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_every_function_serves_a_point_a_path_and_a_grid(name):
    surface = SURFACES[name]
    grid = np.random.default_rng(2).uniform(-2, 2, size=(3, 4, 2))
    assert surface.value(grid).shape == (3, 4)
    assert surface.gradient(grid).shape == (3, 4, 2)
    assert surface.hessian(grid).shape == (3, 4, 2, 2)
    np.testing.assert_array_equal(surface.value(grid)[1, 2], surface.value(grid[1, 2]))
    np.testing.assert_array_equal(surface.gradient(grid)[1, 2], surface.gradient(grid[1, 2]))
    np.testing.assert_array_equal(surface.hessian(grid)[1, 2], surface.hessian(grid[1, 2]))


@pytest.mark.parametrize("name", NAMES)
def test_gradient_is_zero_at_the_stationary_point_and_curvatures_are_the_hessians_eigenvalues_there(name):
    surface = SURFACES[name]
    assert surface.gradient(surface.stationary_point).tolist() == [0, 0]
    eigenvalues = np.linalg.eigvalsh(surface.hessian(surface.stationary_point))
    np.testing.assert_allclose(sorted(surface.curvatures), eigenvalues, rtol=1e-14)


def test_only_the_saddle_has_no_minimum():
    assert [name for name in NAMES if SURFACES[name].minimum is None] == ["saddle"]
    assert SURFACES["curved"].minimum == (1.0, 1.0)


def test_only_the_valley_is_not_quadratic():
    assert [name for name in NAMES if not SURFACES[name].is_quadratic] == ["curved"]


def test_a_surface_names_itself_stably():
    assert repr(SURFACES["saddle"]) == "QuadraticSurface('saddle', curvatures=(1.0, -0.5))"
    assert repr(SURFACES["curved"]) == "CurvedSurface()"


def test_a_hessian_can_be_changed_without_changing_the_surface():
    surface = QuadraticSurface("own", curvatures=(1, 3))
    surface.hessian((0, 0))[0, 0] = 7
    assert surface.hessian((0, 0)).tolist() == [[1, 0], [0, 3]]
