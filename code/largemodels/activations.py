"""Activation functions and their backward forms (chapters 2 and 4).

Every function works element by element on an array of any shape, except :func:`softmax`, which works along the last
axis. All keep a floating-point dtype. A backward form takes the gradient of the loss with respect to the output,
``dA``, and the input ``Z`` that the forward form saw, and returns the gradient with respect to that input, ``dZ``.
"""

import numpy as np

from largemodels.checks import same_shape


def relu(Z):
    """Rectified linear unit, max(0, Z)."""
    return np.maximum(Z, 0)


def relu_backward(dA, Z):
    """Return dZ = dA * 1[Z > 0]. At the kink, Z = 0, the slope is taken as 0, as in TensorFlow.

    Raises
    ------
    ValueError
        If dA and Z differ in shape.
    """
    same_shape(dA=dA, Z=Z)
    return dA * (Z > 0)


def sigmoid(Z):
    """Logistic function, 1 / (1 + exp(-Z)), without overflow for any finite Z."""
    # Multiplied through by exp(min(Z, 0)), so that no exponent is ever positive.
    return np.exp(np.minimum(Z, 0)) / (1 + np.exp(-np.abs(Z)))


def sigmoid_backward(dA, Z):
    """Return dZ = dA * A * (1 - A) with A = sigmoid(Z).

    Raises
    ------
    ValueError
        If dA and Z differ in shape.
    """
    same_shape(dA=dA, Z=Z)
    # 1 - sigmoid(Z) is sigmoid(-Z), which does not lose its digits where sigmoid(Z) rounds to 1.
    return dA * sigmoid(Z) * sigmoid(-Z)


def tanh(Z):
    """Hyperbolic tangent, from -1 to 1."""
    return np.tanh(Z)


def tanh_backward(dA, Z):
    """Return dZ = dA * (1 - A**2) with A = tanh(Z).

    Raises
    ------
    ValueError
        If dA and Z differ in shape.
    """
    same_shape(dA=dA, Z=Z)
    return dA * (1 - np.tanh(Z) ** 2)


def softmax(logits):
    """Turn logits into probabilities: exp(logits) over its sum along the last axis.

    Parameters
    ----------
    logits : ndarray (..., K)

    Returns
    -------
    probabilities : ndarray (..., K)
        Each from 0 to 1; they sum to 1 along the last axis.

    Notes
    -----
    Adding a constant to all logits of an example changes nothing, so the largest is subtracted first and no
    exponential overflows.
    """
    exponentials = np.exp(logits - np.max(logits, axis=-1, keepdims=True))  # (..., K), each in (0, 1]
    return exponentials / np.sum(exponentials, axis=-1, keepdims=True)
