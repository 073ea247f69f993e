"""Argument checks that several modules share: each names the argument, what is allowed, and what came."""

import math
import numbers

import numpy as np


def positive_number(name, value):
    """Return ``value`` as a float if it is finite and greater than 0; raise TypeError or ValueError otherwise."""
    return _number(name, value, lambda number: number > 0, "a finite number greater than 0")


def nonnegative_number(name, value):
    """Return ``value`` as a float if it is finite and not negative; raise TypeError or ValueError otherwise."""
    return _number(name, value, lambda number: number >= 0, "a finite number, 0 or greater")


def fraction(name, value):
    """Return ``value`` as a float if 0 <= value <= 1; raise TypeError or ValueError otherwise."""
    return _number(name, value, lambda number: 0 <= number <= 1, "a number from 0 to 1")


def fraction_below_one(name, value):
    """Return ``value`` as a float if 0 <= value < 1; raise TypeError or ValueError otherwise."""
    return _number(name, value, lambda number: 0 <= number < 1, "a number from 0 up to but not including 1")


def whole_number(name, value, minimum):
    """Return ``value`` as an int if it is a whole number of at least ``minimum``; raise TypeError or ValueError."""
    allowed = f"a whole number of at least {minimum}"
    if not isinstance(value, numbers.Integral) or isinstance(value, bool):
        raise TypeError(f"{name} must be {allowed}; got {value!r}")
    if value < minimum:
        raise ValueError(f"{name} must be {allowed}; got {value}")
    return int(value)


def random_generator(name, value):
    """Raise TypeError unless ``value`` is a ``numpy.random.Generator`` (a bare seed is the usual mistake)."""
    if not isinstance(value, np.random.Generator):
        raise TypeError(f"{name} must be a numpy.random.Generator, such as np.random.default_rng(0); got {value!r}")


def same_shape(**arrays):
    """Raise ValueError unless all arrays, given by name, have one shape.

    NumPy would otherwise broadcast: subtracting a gradient of shape (3,) from a parameter of shape (3, 1) gives
    a (3, 3) array and no error.
    """
    if len({np.shape(array) for array in arrays.values()}) > 1:
        shapes = ", ".join(f"{name} {np.shape(array)}" for name, array in arrays.items())
        raise ValueError(f"{' and '.join(arrays)} must have the same shape; got {shapes}")


def _number(name, value, is_allowed, allowed):
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        raise TypeError(f"{name} must be {allowed}; got {value!r}")
    # A plain float: a NumPy float64 scalar would turn float32 arrays into float64 ones.
    number = float(value)
    if not (math.isfinite(number) and is_allowed(number)):
        raise ValueError(f"{name} must be {allowed}; got {number:g}")
    return number
