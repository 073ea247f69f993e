"""Starting weights: how large they must be for the activations to keep their size (chapter 2)."""

import math

import numpy as np

from largemodels.checks import random_generator, whole_number


def lecun_normal(num_inputs, num_outputs, rng):
    """Draw weights with variance 1 / num_inputs, which keeps the variance of a layer without activation.

    Parameters
    ----------
    num_inputs, num_outputs : int
        D_in and D_out, each at least 1.
    rng : numpy.random.Generator

    Returns
    -------
    W : ndarray (D_in, D_out), normally distributed with mean 0

    Raises
    ------
    ValueError, TypeError
        If a size is not allowed or rng is not a Generator.

    Notes
    -----
    LeCun et al. (2012), section 4.6. Keras's ``LecunNormal`` has the same variance, but cuts the tails off.
    """
    return _normal(num_inputs, num_outputs, rng, 1)


def he_normal(num_inputs, num_outputs, rng):
    """Draw weights with variance 2 / num_inputs: ReLU halves the mean square, and the 2 makes up for it.

    Parameters, results and errors are those of :func:`lecun_normal`.

    Notes
    -----
    He et al. (2015). Keras's ``HeNormal`` has the same variance, but cuts the tails off.
    """
    return _normal(num_inputs, num_outputs, rng, 2)


def glorot_uniform(num_inputs, num_outputs, rng):
    """Draw weights with variance 2 / (num_inputs + num_outputs), evenly between two limits.

    The variance lies between 1 / num_inputs, which keeps the size of the activations on their way forward, and
    1 / num_outputs, which keeps that of the gradients on their way back. The limits are plus and minus
    sqrt(6 / (num_inputs + num_outputs)).

    Parameters, results and errors are those of :func:`lecun_normal`, but for the distribution.

    Notes
    -----
    Glorot and Bengio (2010). It is what Keras's ``Dense`` draws by default.
    """
    num_inputs, num_outputs = _sizes(num_inputs, num_outputs, rng)
    limit = math.sqrt(6 / (num_inputs + num_outputs))
    return rng.uniform(-limit, limit, size=(num_inputs, num_outputs))


def second_moment(activation, num_points=200_001, reach=12.0):
    """Mean of activation(z)² for a standard normal z: how much of the mean square an activation lets through.

    Parameters
    ----------
    activation : function from ndarray to ndarray
    num_points : int
        Of the trapezoidal rule, at least 3.
    reach : float
        The integral runs from -reach to reach.

    Returns
    -------
    moment : float
        1 for the identity, 1/2 for ReLU. Weights of variance 1 / (D_in * moment) keep the mean square of the
        pre-activations at 1 from layer to layer.
    """
    num_points = whole_number("num_points", num_points, minimum=3)
    z, spacing = np.linspace(-reach, reach, num_points, retstep=True)
    density = np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi)
    # The density is 0 to the last digit at both ends, so the trapezoidal rule is a plain sum.
    return float(np.sum(activation(z) ** 2 * density) * spacing)


def _normal(num_inputs, num_outputs, rng, factor):
    num_inputs, num_outputs = _sizes(num_inputs, num_outputs, rng)
    return rng.standard_normal((num_inputs, num_outputs)) * math.sqrt(factor / num_inputs)


def _sizes(num_inputs, num_outputs, rng):
    random_generator("rng", rng)
    return (
        whole_number("num_inputs", num_inputs, minimum=1),
        whole_number("num_outputs", num_outputs, minimum=1),
    )
