"""Activation functions and their backward forms (chapters 2 and 4).

Every function works element by element on an array of any shape, except :func:`softmax`, :func:`log_softmax` and
:func:`log_sum_exp`, which work along one axis. All keep a floating-point dtype. A backward form takes the gradient of
the loss with respect to the output, ``dA``, and the input ``Z`` that the forward form saw, and returns the gradient
with respect to that input, ``dZ``.
"""

import math

import numpy as np
from scipy.special import ndtr  # the standard normal distribution function, accurate far into both tails

from largemodels.checks import same_shape

_SQRT_2_OVER_PI = math.sqrt(2 / math.pi)
_GELU_CUBIC = 0.044715  # the coefficient that Hendrycks and Gimpel (2016) give for the tanh form


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


def leaky_relu(Z, negative_slope=0.2):
    """ReLU that lets a part through below zero: Z where Z > 0, negative_slope * Z elsewhere.

    Parameters
    ----------
    Z : ndarray, any shape
    negative_slope : float
        Slope below zero. Keras's function takes 0.2 by default; Maas et al. (2013), who proposed the unit, took 0.01.
    """
    return np.where(Z > 0, Z, negative_slope * Z)


def leaky_relu_backward(dA, Z, negative_slope=0.2):
    """Return dZ = dA where Z > 0, and negative_slope * dA elsewhere, the kink at 0 included.

    Raises
    ------
    ValueError
        If dA and Z differ in shape.
    """
    same_shape(dA=dA, Z=Z)
    return np.where(Z > 0, dA, negative_slope * dA)


def gelu(Z):
    """Gaussian error linear unit, Z * Phi(Z), with Phi the standard normal distribution function.

    Notes
    -----
    Hendrycks and Gimpel (2016). It equals ``keras.activations.gelu(Z, approximate=False)``; see :func:`gelu_tanh` for
    Keras's default.
    """
    return Z * ndtr(Z)


def gelu_backward(dA, Z):
    """Return dZ = dA * (Phi(Z) + Z * phi(Z)), with phi the standard normal density.

    Raises
    ------
    ValueError
        If dA and Z differ in shape.
    """
    same_shape(dA=dA, Z=Z)
    density = np.exp(-0.5 * Z**2) / math.sqrt(2 * math.pi)
    return dA * (ndtr(Z) + Z * density)


def gelu_tanh(Z):
    """GELU with its distribution function written by a tanh, as GPT-2 computes it; at most 0.0005 from :func:`gelu`.

    .. code-block:: text

        0.5 * Z * (1 + tanh(sqrt(2 / pi) * (Z + 0.044715 * Z**3)))

    It equals ``keras.activations.gelu(Z)``.
    """
    return 0.5 * Z * (1 + np.tanh(_SQRT_2_OVER_PI * (Z + _GELU_CUBIC * Z**3)))


def gelu_tanh_backward(dA, Z):
    """Return dA times the slope of :func:`gelu_tanh`.

    Raises
    ------
    ValueError
        If dA and Z differ in shape.
    """
    same_shape(dA=dA, Z=Z)
    T = np.tanh(_SQRT_2_OVER_PI * (Z + _GELU_CUBIC * Z**3))
    inner_slope = _SQRT_2_OVER_PI * (1 + 3 * _GELU_CUBIC * Z**2)
    return dA * 0.5 * (1 + T + Z * (1 - T**2) * inner_slope)


def silu(Z):
    """Sigmoid linear unit, Z * sigmoid(Z), also called swish."""
    return Z * sigmoid(Z)


def silu_backward(dA, Z):
    """Return dZ = dA * (S + Z * S * (1 - S)) with S = sigmoid(Z).

    Raises
    ------
    ValueError
        If dA and Z differ in shape.
    """
    same_shape(dA=dA, Z=Z)
    S = sigmoid(Z)
    return dA * S * (1 + Z * sigmoid(-Z))


def softplus(Z):
    """Logarithm of 1 + exp(Z), without overflow: a smooth ReLU, and the integral of the sigmoid."""
    return np.maximum(Z, 0) + np.log1p(np.exp(-np.abs(Z)))


def softplus_backward(dA, Z):
    """Return dZ = dA * sigmoid(Z).

    Raises
    ------
    ValueError
        If dA and Z differ in shape.
    """
    same_shape(dA=dA, Z=Z)
    return dA * sigmoid(Z)


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


def log_sum_exp(logits, axis=-1, keepdims=False):
    """Logarithm of the sum of exponentials along an axis, without overflow.

    .. code-block:: text

        m + log(sum of exp(logits - m))   with m the largest logit

    Parameters
    ----------
    logits : ndarray
        Entries may be minus infinity: their exponential is 0.
    axis : int
    keepdims : bool
        Keep the axis with length 1, as ``np.sum`` does.

    Returns
    -------
    ndarray
        The shape of the logits without the axis. It lies between m and m + log(K) for K logits.
    """
    logits = np.asarray(logits)
    largest = np.max(logits, axis=axis, keepdims=True)
    # Where all logits are -inf the answer is -inf, and -inf - -inf would be nan.
    shift = np.where(np.isfinite(largest), largest, 0)
    with np.errstate(divide="ignore"):
        result = shift + np.log(np.sum(np.exp(logits - shift), axis=axis, keepdims=True))
    return result if keepdims else np.squeeze(result, axis=axis)


def log_softmax(logits):
    """Logarithm of :func:`softmax`, logits - log_sum_exp(logits), along the last axis.

    Parameters
    ----------
    logits : ndarray (..., K)

    Returns
    -------
    log_probabilities : ndarray (..., K)
        0 or less, and finite for finite logits, also where the probability itself underflows to 0.
    """
    shifted = logits - np.max(logits, axis=-1, keepdims=True)  # the largest is 0, so nothing is lost in the difference
    return shifted - log_sum_exp(shifted, axis=-1, keepdims=True)


def log_softmax_backward(dA, logits):
    """Return dlogits = dA - softmax(logits) * (sum of dA along the last axis).

    Raises
    ------
    ValueError
        If dA and logits differ in shape.
    """
    same_shape(dA=dA, logits=logits)
    return dA - softmax(logits) * np.sum(dA, axis=-1, keepdims=True)


def softmax_backward(dA, logits):
    """Return dlogits = P * (dA - sum of dA * P along the last axis) with P = softmax(logits).

    Raises
    ------
    ValueError
        If dA and logits differ in shape.
    """
    same_shape(dA=dA, logits=logits)
    probabilities = softmax(logits)
    return probabilities * (dA - np.sum(dA * probabilities, axis=-1, keepdims=True))
