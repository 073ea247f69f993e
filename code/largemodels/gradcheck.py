"""Checking gradients against central differences (chapters 3 and 4)."""

import numpy as np

from largemodels.checks import positive_number, random_generator, same_shape, whole_number


class GradientMismatch(AssertionError):
    """An analytic gradient that differs from the numerical one; the message names the worst entry."""


def numerical_gradient(function, x, step=1e-6):
    """Approximate the gradient of a function by central differences, one entry of x at a time.

    .. code-block:: text

        gradient[i] = (function(x + step at i) - function(x - step at i)) / (2 * step)

    Parameters
    ----------
    function : callable
        From an array like x to one number. It must use the array that it is given, not another of the same name.
    x : ndarray of float64, any shape
        Left as it is.
    step : float
        Positive.

    Returns
    -------
    gradient : ndarray of float64, the shape of x

    Raises
    ------
    TypeError
        If x, or what the function returns, is not float64: float32 has seven digits, and the difference of two
        numbers that agree in six of them is noise.
    ValueError
        If the function does not return one number, or the step is lost beside an entry of x.

    Notes
    -----
    The error is of the order step² (truncation) plus 1e-16 * abs(function(x)) / step (rounding): about 1e-10 for a
    loss of the order of 1 and the default step. Where the function has a kink between x - step and x + step, as
    ReLU does at 0, the result is a mixture of two slopes.
    """
    step = positive_number("step", step)
    x = np.asarray(x)
    _require_float64("x", x)
    shifted = x.copy()
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        above, below = x[index] + step, x[index] - step
        if above == below:
            raise ValueError(
                f"a step of {step:g} is lost beside x[{_index_text(index)}] = {x[index]:g}; use a larger one"
            )
        shifted[index] = above
        value_above = _one_number(function(shifted))
        shifted[index] = below
        value_below = _one_number(function(shifted))
        shifted[index] = x[index]
        # The distance as it was rounded, which for a large x[index] is not quite 2 * step.
        gradient[index] = (value_above - value_below) / (above - below)
    return gradient


def relative_error(a, b, floor=1e-8):
    """Largest relative difference between the entries of two arrays.

    .. code-block:: text

        max over i of  abs(a[i] - b[i]) / max(floor, abs(a[i]) + abs(b[i]))

    Parameters
    ----------
    a, b : ndarray, of one shape
    floor : float
        Positive. Entries whose sizes add up to less are compared absolutely, in units of the floor.

    Returns
    -------
    error : float
        From 0 (equal) to 1 (opposite signs, or one of them 0); nan if an entry is nan, 0 for empty arrays.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    errors = _relative_errors(a, b, floor)
    return float(errors.max()) if errors.size else 0.0


def check_gradient(function, x, gradient, tolerance=1e-5, step=1e-6, floor=1e-4, name="gradient"):
    """Compare a gradient with central differences, and raise if any entry differs too much.

    Parameters
    ----------
    function, x, step
        As in :func:`numerical_gradient`.
    gradient : ndarray, the shape of x
        The gradient to check.
    tolerance : float
        Largest :func:`relative_error` that passes.
    floor : float
        As in :func:`relative_error`, but larger: the numerical gradient itself is uncertain by about 1e-10, so
        entries that are small beside 1e-4 are held to the absolute difference tolerance * floor = 1e-9. For a loss
        far above 1 raise it in proportion.
    name : str
        What the error calls the gradient, such as ``"dW1"``.

    Returns
    -------
    error : float
        The largest relative error.

    Raises
    ------
    GradientMismatch
        Naming the worst entry: its index, both values, and the relative error.
    TypeError, ValueError
        As :func:`numerical_gradient`, or if the shapes differ.
    """
    tolerance = positive_number("tolerance", tolerance)
    gradient = np.asarray(gradient)
    same_shape(**{"x": x, name: gradient})
    numerical = numerical_gradient(function, x, step)
    errors = _relative_errors(gradient, numerical, floor)
    if errors.size == 0:
        return 0.0
    # argmax returns the first nan if there is one, and a comparison with nan is false: nan does not pass.
    worst = np.unravel_index(np.argmax(errors), errors.shape)
    if not errors[worst] <= tolerance:
        num_wrong = int(np.sum(~(errors <= tolerance)))
        raise GradientMismatch(
            f"{name} differs from central differences in {num_wrong} of {errors.size} entries, most at "
            f"[{_index_text(worst)}]: analytic {gradient[worst]:.6g}, numerical {numerical[worst]:.6g}, "
            f"relative error {errors[worst]:.2g} (allowed: {tolerance:.2g})"
        )
    return float(errors[worst])


def gradient_errors(function, parameters, gradients, num_entries=50, rng=None, step=1e-6, floor=1e-4):
    """Compare the gradients of several parameters with central differences, without raising.

    Parameters
    ----------
    function : callable
        From a dict like parameters to one number.
    parameters : dict of str to ndarray of float64
    gradients : dict of str to ndarray
        The gradients to check, under the names of the parameters and in their shapes.
    num_entries : int
        How many entries of each parameter are nudged; all of them where there are no more. The entry whose gradient
        is largest is always among them, the others are drawn by rng.
    rng : numpy.random.Generator, optional
        Needed if a parameter has more than num_entries entries.
    step, floor : float
        As in :func:`check_gradient`.

    Returns
    -------
    errors : dict of str to float
        Largest relative error over the entries looked at, by name, in the order of gradients. A missing gradient
        (None) counts as an error of 1.

    Raises
    ------
    TypeError, ValueError
        As :func:`numerical_gradient`; or if a name or a shape differs, or rng is missing.
    """
    num_entries = whole_number("num_entries", num_entries, minimum=1)
    if set(parameters) != set(gradients):
        raise ValueError(
            f"gradients must have the names of the parameters, {', '.join(parameters)}; got {', '.join(gradients)}"
        )
    errors = {}
    for name, gradient in gradients.items():
        if gradient is None:
            errors[name] = 1.0
            continue
        value, gradient = np.asarray(parameters[name]), np.asarray(gradient)
        same_shape(**{name: value, f"gradient of {name}": gradient})
        if gradient.size == 0:
            errors[name] = 0.0
            continue
        chosen = np.arange(gradient.size)
        if gradient.size > num_entries:
            random_generator("rng", rng)
            largest = int(np.argmax(np.abs(gradient)))
            others = rng.permutation(np.delete(chosen, largest))[: num_entries - 1]
            chosen = np.concatenate([[largest], others])

        def nudged(entries, name=name, value=value, chosen=chosen):
            changed = value.copy()
            changed.flat[chosen] = entries
            return function({**parameters, name: changed})

        numerical = numerical_gradient(nudged, value.ravel()[chosen], step)
        errors[name] = relative_error(gradient.ravel()[chosen], numerical, floor)
    return errors


def _relative_errors(a, b, floor):
    same_shape(a=a, b=b)
    floor = positive_number("floor", floor)
    a, b = np.asarray(a), np.asarray(b)
    return np.asarray(np.abs(a - b) / np.maximum(floor, np.abs(a) + np.abs(b)))


def _one_number(value):
    value = np.asarray(value)
    if value.size != 1:
        raise ValueError(f"function must return one number; got an array of shape {value.shape}")
    _require_float64("what function returns", value)
    return value.item()


def _require_float64(name, array):
    if array.dtype != np.float64:
        raise TypeError(
            f"{name} must be float64, because central differences of lower precision are mostly rounding noise; "
            f"got {array.dtype}"
        )


def _index_text(index):
    return ", ".join(str(int(position)) for position in index)
