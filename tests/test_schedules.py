import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from largemodels.schedules import constant, cosine_decay, exponential_decay, step_decay, warmup_cosine

# Keras computes a schedule in the dtype of its learning rate, and makes a float32 of a Python float.
double = np.float64


def test_schedules_by_hand():
    assert [constant(0.1)(step) for step in (0, 5, 10**6)] == [0.1] * 3
    assert [exponential_decay(8.0, 2, 0.25)(step) for step in range(5)] == [8.0, 4.0, 2.0, 1.0, 0.5]
    assert [step_decay(8.0, 2, 0.25)(step) for step in range(5)] == [8.0, 8.0, 2.0, 2.0, 0.5]
    half_way_down = cosine_decay(0.4, 6)
    assert [half_way_down(step) for step in (0, 2, 3, 4, 6, 99)] == pytest.approx([0.4, 0.3, 0.2, 0.1, 0.0, 0.0])
    assert cosine_decay(0.4, 6, final_fraction=0.5)(3) == pytest.approx(0.3)
    warm = warmup_cosine(0.4, 4, 6)
    assert [warm(step) for step in (0, 1, 2, 4, 6, 7, 10, 99)] == pytest.approx([0, 0.1, 0.2, 0.4, 0.3, 0.2, 0, 0])


@pytest.mark.parametrize(
    ("ours", "make_theirs"),
    [
        (exponential_decay(0.3, 7, 0.6), lambda k: k.ExponentialDecay(double(0.3), 7, double(0.6))),
        (exponential_decay(1e-5, 10, 3.0), lambda k: k.ExponentialDecay(double(1e-5), 10, 3.0)),
        (step_decay(0.3, 7, 0.6), lambda k: k.ExponentialDecay(double(0.3), 7, double(0.6), staircase=True)),
        (cosine_decay(0.3, 25), lambda k: k.CosineDecay(double(0.3), 25)),
        (cosine_decay(0.3, 25, 0.1), lambda k: k.CosineDecay(double(0.3), 25, alpha=double(0.1))),
        (
            warmup_cosine(0.3, 8, 25),
            lambda k: k.CosineDecay(double(0.0), 25, warmup_target=double(0.3), warmup_steps=8),
        ),
        (
            warmup_cosine(0.3, 8, 25, 0.02, 0.1),
            lambda k: k.CosineDecay(double(0.02), 25, alpha=double(0.1), warmup_target=double(0.3), warmup_steps=8),
        ),
    ],
)
def test_schedules_equal_those_of_keras_at_every_step(ours, make_theirs):
    theirs = make_theirs(keras.optimizers.schedules)
    steps = range(40)
    np.testing.assert_allclose([ours(s) for s in steps], [float(theirs(s)) for s in steps], rtol=1e-12, atol=1e-16)


@given(
    peak=st.floats(1e-6, 10),
    warmup_steps=st.integers(0, 20),
    decay_steps=st.integers(1, 50),
    first=st.floats(0, 1),
    last=st.floats(0, 1),
)
def test_warm_up_rises_to_the_peak_then_falls_and_never_leaves_its_bounds(peak, warmup_steps, decay_steps, first, last):
    schedule = warmup_cosine(peak, warmup_steps, decay_steps, first * peak, last)
    rates = np.array([schedule(step) for step in range(warmup_steps + decay_steps + 5)])
    rounding = 1e-12 * peak
    assert rates[warmup_steps] == pytest.approx(peak)
    assert np.all(np.diff(rates[: warmup_steps + 1]) >= -rounding)
    assert np.all(np.diff(rates[warmup_steps:]) <= rounding)
    assert np.all((rates >= -rounding) & (rates <= peak + rounding))
    np.testing.assert_allclose(rates[warmup_steps + decay_steps :], last * peak, rtol=1e-9, atol=rounding)


def test_without_warm_up_steps_it_is_the_cosine_alone():
    assert [warmup_cosine(0.3, 0, 9)(step) for step in range(12)] == [cosine_decay(0.3, 9)(step) for step in range(12)]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: constant(np.nan), ValueError, "learning_rate must be a finite number greater than 0; got nan"),
        (lambda: cosine_decay(0.0, 5), ValueError, "initial_learning_rate must be .* greater than 0; got 0"),
        (lambda: cosine_decay(0.1, 0), ValueError, "decay_steps must be a whole number of at least 1; got 0"),
        (lambda: cosine_decay(0.1, 5, 1.1), ValueError, "final_fraction must be a number from 0 to 1; got 1.1"),
        (lambda: exponential_decay(0.1, 5, 0), ValueError, "decay_rate must be .* greater than 0; got 0"),
        (lambda: step_decay(0.1, 2.5, 0.5), TypeError, "decay_steps must be a whole number of at least 1; got 2.5"),
        (lambda: warmup_cosine(np.inf, 5, 5), ValueError, "peak_learning_rate must be .*; got inf"),
        (lambda: warmup_cosine(0.1, -1, 5), ValueError, "warmup_steps must be a whole number of at least 0; got -1"),
        (
            lambda: warmup_cosine(0.1, 5, 5, initial_learning_rate=0.2),
            ValueError,
            "initial_learning_rate must not be above peak_learning_rate, 0.1; got 0.2",
        ),
    ],
)
def test_an_argument_out_of_range_is_named_with_its_value_and_the_range(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    "schedule",
    [
        constant(0.1),
        exponential_decay(0.1, 5, 0.5),
        step_decay(0.1, 5, 0.5),
        cosine_decay(0.1, 5),
        warmup_cosine(0.1, 5, 5),
    ],
)
def test_a_step_that_is_no_whole_number_or_is_negative_is_refused(schedule):
    with pytest.raises(ValueError, match="step must be a whole number of at least 0; got -1"):
        schedule(-1)
    with pytest.raises(TypeError, match=r"step must be a whole number of at least 0; got 1.5"):
        schedule(1.5)
