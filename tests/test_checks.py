import numpy as np
import pytest

from largemodels import checks


@pytest.mark.parametrize(
    ("check", "allowed", "refused"),
    [
        (checks.positive_number, [1e-300, 1, np.float32(0.5)], [0, -1, np.nan, np.inf]),
        (checks.nonnegative_number, [0, 1e300, np.int64(3)], [-1e-300, np.nan, np.inf, -np.inf]),
        (checks.fraction, [0, 0.5, 1], [-0.1, 1.1, np.nan]),
        (checks.fraction_below_one, [0, 0.999], [-0.1, 1, np.nan]),
    ],
)
def test_numbers_within_the_range_come_back_as_floats_and_others_are_refused(check, allowed, refused):
    for value in allowed:
        result = check("rate", value)
        assert result == value
        assert type(result) is float  # a NumPy float64 would turn float32 arrays into float64 ones
    for value in refused:
        with pytest.raises(ValueError, match=f"rate must be a .*; got {value:g}"):
            check("rate", value)
    for value in ("0.5", None, True, np.array(0.5), [0.5]):
        with pytest.raises(TypeError, match=r"rate must be a .*; got "):
            check("rate", value)


def test_whole_numbers_come_back_as_ints_and_others_are_refused():
    result = checks.whole_number("count", np.int64(3), minimum=3)
    assert (result, type(result)) == (3, int)
    with pytest.raises(ValueError, match="count must be a whole number of at least 3; got 2"):
        checks.whole_number("count", 2, minimum=3)
    for value in (3.0, "3", True, None):
        with pytest.raises(TypeError, match=r"count must be a whole number of at least 0; got "):
            checks.whole_number("count", value, minimum=0)


def test_a_seed_is_not_a_generator():
    checks.random_generator("rng", np.random.default_rng(0))
    for value in (0, None, np.random.RandomState(0), np.random):
        with pytest.raises(TypeError, match=r"rng must be a numpy\.random\.Generator, such as .*; got "):
            checks.random_generator("rng", value)


def test_shapes_that_differ_are_all_named():
    checks.same_shape(a=np.zeros((2, 3)), b=np.ones((2, 3)))
    checks.same_shape(a=0.0, b=np.float64(1))
    with pytest.raises(ValueError, match=r"a and b and c must have the same shape; got a \(3,\), b \(3, 1\), c \(3,\)"):
        checks.same_shape(a=np.zeros(3), b=np.zeros((3, 1)), c=np.zeros(3))
