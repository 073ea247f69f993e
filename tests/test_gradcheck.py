import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from largemodels.gradcheck import (
    GradientMismatch,
    check_gradient,
    gradient_errors,
    numerical_gradient,
    relative_error,
)

points = arrays.arrays(np.float64, arrays.array_shapes(min_dims=0, max_dims=3, max_side=3), elements=st.floats(-3, 3))


def test_numerical_gradient_by_hand():
    x = np.array([[1.0, 2.0], [3.0, -4.0]])
    gradient = numerical_gradient(lambda a: a[0, 0] ** 2 * a[0, 1] + 5 * a[1, 1], x)
    np.testing.assert_allclose(gradient, [[4.0, 1.0], [0.0, 5.0]], atol=1e-8)


def test_central_differences_of_a_quadratic_are_exact_up_to_rounding_even_for_a_large_step():
    # A one-sided difference would be off by the step itself.
    assert numerical_gradient(lambda a: a[0] ** 2, np.array([3.0]), step=0.5) == pytest.approx([6.0], rel=1e-14)


@given(x=points)
def test_numerical_gradient_has_the_shape_of_x_and_leaves_x_unchanged(x):
    before = x.copy()
    gradient = numerical_gradient(lambda a: np.sum(np.sin(a)), x)
    assert gradient.shape == x.shape
    assert gradient.dtype == np.float64
    np.testing.assert_array_equal(x, before)
    np.testing.assert_allclose(gradient, np.cos(x), atol=1e-8)


def test_the_step_as_rounded_is_used_beside_large_entries():
    # 2e-6 is not a multiple of the spacing of float64 there, 1.8e-12: divided by it, the slope is off by 3e-7.
    assert numerical_gradient(lambda a: a[0], np.array([12345.678])).tolist() == [1.0]


def test_float32_is_refused_with_the_reason():
    with pytest.raises(TypeError, match=r"x must be float64.*rounding noise; got float32"):
        numerical_gradient(np.sum, np.ones(3, np.float32))
    with pytest.raises(TypeError, match=r"x must be float64.*got int64"):
        numerical_gradient(np.sum, np.ones(3, np.int64))
    with pytest.raises(TypeError, match=r"what function returns must be float64.*got float32"):
        numerical_gradient(lambda a: np.sum(a.astype(np.float32)), np.ones(3))


def test_unusable_functions_and_steps_are_named():
    with pytest.raises(ValueError, match=r"function must return one number; got an array of shape \(3,\)"):
        numerical_gradient(lambda a: a, np.ones(3))
    with pytest.raises(ValueError, match=r"step of 1e-06 is lost beside x\[1\] = 1e\+12"):
        numerical_gradient(np.sum, np.array([1.0, 1e12]))
    with pytest.raises(ValueError, match="step must be a finite number greater than 0; got 0"):
        numerical_gradient(np.sum, np.ones(3), step=0)


def test_relative_error_by_hand():
    assert relative_error(np.array([1.0, 3.0]), np.array([1.0, 1.0])) == 0.5  # |3 - 1| / (3 + 1)
    assert relative_error(np.array([2.0]), np.array([-2.0])) == 1.0
    assert relative_error(np.zeros(3), np.zeros(3)) == 0.0
    # Below the floor the difference is absolute, in units of the floor.
    assert relative_error(np.array([0.0]), np.array([1e-10])) == pytest.approx(1e-2)
    assert relative_error(np.array([0.0]), np.array([1e-10]), floor=1e-4) == pytest.approx(1e-6)
    assert np.isnan(relative_error(np.array([0.0, np.nan]), np.zeros(2)))
    assert relative_error(np.zeros((0, 2)), np.zeros((0, 2))) == 0.0


def test_relative_error_refuses_shapes_that_would_broadcast():
    with pytest.raises(ValueError, match=r"a and b must have the same shape; got a \(3,\), b \(3, 1\)"):
        relative_error(np.zeros(3), np.zeros((3, 1)))


@given(x=points)
def test_a_right_gradient_passes_and_its_error_is_returned(x):
    assert 0 <= check_gradient(lambda a: np.sum(a**3), x, 3 * x**2, floor=1e-2) <= 1e-5


def test_a_wrong_gradient_raises_a_sentence_that_names_the_worst_entry():
    x = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    wrong = 2 * x
    wrong[0, 1] += 0.01
    wrong[1, 2] = -12.0
    with pytest.raises(GradientMismatch) as caught:
        check_gradient(lambda a: np.sum(a**2), x, wrong, name="dW1", floor=1e-2)
    assert str(caught.value) == (
        "dW1 differs from central differences in 2 of 6 entries, most at [1, 2]: "
        "analytic -12, numerical 12, relative error 1 (allowed: 1e-05)"
    )
    assert isinstance(caught.value, AssertionError)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_gradient_that_is_not_finite_does_not_pass(value):
    with pytest.raises(GradientMismatch, match=r"in 1 of 2 entries, most at \[1\]"), np.errstate(invalid="ignore"):
        check_gradient(np.sum, np.zeros(2), np.array([1.0, value]))


def test_small_entries_are_still_checked():
    # One per cent of 1e-6 is below what a relative tolerance alone could tell from rounding.
    with pytest.raises(GradientMismatch):
        check_gradient(lambda a: 1e-6 * a[0], np.array([0.5]), np.array([1.01e-6]))


def test_a_gradient_of_another_shape_is_refused_by_its_name():
    with pytest.raises(ValueError, match=r"x and db must have the same shape; got x \(3,\), db \(3, 1\)"):
        check_gradient(np.sum, np.zeros(3), np.ones((3, 1)), name="db")


# ---------------------------------------------------------------------------------------------------------
# Several parameters at once


def several_loss(p):
    return float(np.sum(p["W"] ** 3) + p["b"][0] * np.sum(p["W"]))


def several_parameters():
    W, b = np.random.default_rng(0).normal(size=(30, 4)), np.array([0.5])
    return {"W": W, "b": b}, {"W": 3 * W**2 + b[0], "b": np.array([W.sum()])}


def test_gradient_errors_of_right_gradients_are_small_for_all_and_for_sampled_entries():
    parameters, gradients = several_parameters()
    before = parameters["W"].copy()
    assert max(gradient_errors(several_loss, parameters, gradients, num_entries=200).values()) < 1e-6
    sampled = gradient_errors(several_loss, parameters, gradients, 5, np.random.default_rng(1))
    assert list(sampled) == ["W", "b"]
    assert max(sampled.values()) < 1e-6
    np.testing.assert_array_equal(parameters["W"], before)


def test_gradient_errors_name_the_wrong_parameter_and_always_look_at_its_largest_entry():
    parameters, gradients = several_parameters()
    gradients["W"] = gradients["W"].copy()
    gradients["W"][17, 2] = 1e6
    for seed in range(5):
        errors = gradient_errors(several_loss, parameters, gradients, 2, np.random.default_rng(seed))
        assert errors["W"] > 0.9
        assert errors["b"] < 1e-6


def test_gradient_errors_count_a_missing_gradient_as_wrong_and_nan_as_nan():
    parameters, gradients = several_parameters()
    assert gradient_errors(several_loss, parameters, {**gradients, "b": None}, 200)["b"] == 1.0
    assert np.isnan(gradient_errors(several_loss, parameters, {**gradients, "b": np.array([np.nan])}, 200)["b"])


def test_gradient_errors_nudge_as_many_entries_as_they_say():
    parameters, gradients = several_parameters()
    calls = []

    def counted(p):
        calls.append(1)
        return several_loss(p)

    gradient_errors(counted, parameters, gradients, 10, np.random.default_rng(2))
    assert len(calls) == 2 * (10 + 1)


def test_gradient_errors_refuse_other_names_shapes_and_a_missing_generator():
    parameters, gradients = several_parameters()
    with pytest.raises(ValueError, match="gradients must have the names of the parameters, W, b; got W"):
        gradient_errors(several_loss, parameters, {"W": gradients["W"]})
    with pytest.raises(ValueError, match=r"b and gradient of b must have the same shape; got b \(1,\)"):
        gradient_errors(several_loss, parameters, {**gradients, "b": np.zeros(2)}, 200)
    with pytest.raises(TypeError, match=r"rng must be a numpy\.random\.Generator"):
        gradient_errors(several_loss, parameters, gradients, num_entries=10)
