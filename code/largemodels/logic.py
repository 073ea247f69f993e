"""Logic with neurons: the corners of the unit square, and networks trained on them from many starts (chapter 1)."""

import numpy as np

from largemodels.activations import relu, relu_backward, sigmoid
from largemodels.checks import positive_number, random_generator, whole_number

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])  # (4, 2), every pair of two bits
CORNERS.setflags(write=False)


def train_on_corners(targets, hidden_size, num_starts, num_steps, learning_rate, rng):
    """Train networks of two inputs, ReLU units and one sigmoid output on the corners, side by side.

    Every network starts from weights of its own and takes ``num_steps`` steps of plain gradient descent on the mean
    binary cross-entropy over all four corners.

    Parameters
    ----------
    targets : array_like (4,)
        0 or 1 for each row of :data:`CORNERS`; ``[0, 1, 1, 0]`` is XOR.
    hidden_size : int
        ReLU units, at least 1.
    num_starts : int
        Networks, at least 1.
    num_steps : int
        At least 1.
    learning_rate : float
        Positive.
    rng : numpy.random.Generator

    Returns
    -------
    outputs : ndarray (num_starts, 4)
        After training: each network's output, from 0 to 1, at each corner.
    parameters : dict of str to ndarray
        ``W1`` (num_starts, 2, hidden_size), ``b1`` (num_starts, 1, hidden_size), ``W2`` (num_starts, hidden_size, 1),
        ``b2`` (num_starts, 1, 1).

    Raises
    ------
    ValueError, TypeError
        If an argument is not allowed.

    Notes
    -----
    Starting weights have mean 0 and variance 2 / D_in, as in :func:`largemodels.network.initialise_network`; biases
    start at 0.
    """
    targets = np.asarray(targets, dtype=float)
    if targets.shape != (4,) or not np.isin(targets, (0, 1)).all():
        raise ValueError(f"targets must be four numbers, 0 or 1; got {targets.tolist()}")
    hidden_size = whole_number("hidden_size", hidden_size, minimum=1)
    num_starts = whole_number("num_starts", num_starts, minimum=1)
    num_steps = whole_number("num_steps", num_steps, minimum=1)
    learning_rate = positive_number("learning_rate", learning_rate)
    random_generator("rng", rng)
    parameters = {
        "W1": rng.standard_normal((num_starts, 2, hidden_size)),
        "b1": np.zeros((num_starts, 1, hidden_size)),
        "W2": rng.standard_normal((num_starts, hidden_size, 1)) * np.sqrt(2 / hidden_size),
        "b2": np.zeros((num_starts, 1, 1)),
    }
    for _ in range(num_steps):
        gradients = corner_gradients(parameters, targets)
        parameters = {name: parameters[name] - learning_rate * gradients[name] for name in parameters}
    return corner_outputs(parameters), parameters


def corner_outputs(parameters):
    """Outputs (num_starts, 4) of the networks at the corners; parameters as :func:`train_on_corners` returns them."""
    hidden = relu(CORNERS @ parameters["W1"] + parameters["b1"])  # (num_starts, 4, hidden_size)
    return sigmoid(hidden @ parameters["W2"] + parameters["b2"])[..., 0]


def corner_gradients(parameters, targets):
    """Gradient of each network's mean binary cross-entropy over the corners, as a dict like ``parameters``."""
    Z1 = CORNERS @ parameters["W1"] + parameters["b1"]  # (num_starts, 4, hidden_size)
    A1 = relu(Z1)
    output = sigmoid(A1 @ parameters["W2"] + parameters["b2"])  # (num_starts, 4, 1)
    dZ2 = (output - np.asarray(targets, dtype=float)[:, None]) / 4
    dZ1 = relu_backward(dZ2 @ np.swapaxes(parameters["W2"], 1, 2), Z1)
    return {
        "W1": CORNERS.T @ dZ1,
        "b1": dZ1.sum(axis=1, keepdims=True),
        "W2": np.swapaxes(A1, 1, 2) @ dZ2,
        "b2": dZ2.sum(axis=1, keepdims=True),
    }
