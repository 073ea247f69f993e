"""Loss functions and their gradients (chapters 2 and 4)."""

import numpy as np

from largemodels.activations import sigmoid, softmax, softplus
from largemodels.checks import same_shape


def softmax_cross_entropy(logits, y):
    """Mean cross-entropy between the softmax of the logits and the true classes, in nats.

    .. code-block:: text

        loss = mean over n of  log(sum over k of exp(logits[n, k])) - logits[n, y[n]]

    Parameters
    ----------
    logits : ndarray (N, K)
        One row per example, one column per class.
    y : ndarray (N,) of int
        True classes, from 0 to K - 1.

    Returns
    -------
    loss : float
        0 or greater; log(K) when every class is given the same probability.

    Raises
    ------
    ValueError
        If there is no example, a shape is not as above, or a class is out of range.
    TypeError
        If y does not hold integers.

    Notes
    -----
    The largest logit of a row is subtracted first, so logits of any finite size give a finite loss. It equals
    ``keras.losses.SparseCategoricalCrossentropy(from_logits=True)``.
    """
    logits, y = _checked(logits, y)
    shifted = logits - np.max(logits, axis=1, keepdims=True)  # (N, K), largest of each row 0
    log_normaliser = np.log(np.sum(np.exp(shifted), axis=1))  # (N,)
    return float(np.mean(log_normaliser - shifted[np.arange(len(y)), y]))


def softmax_cross_entropy_backward(logits, y):
    """Gradient of :func:`softmax_cross_entropy` with respect to the logits.

    .. code-block:: text

        dlogits = (softmax(logits) - one_hot(y)) / N

    Parameters, and errors, are those of :func:`softmax_cross_entropy`.

    Returns
    -------
    dlogits : ndarray (N, K)
        Each row sums to 0.
    """
    logits, y = _checked(logits, y)
    dlogits = softmax(logits)  # (N, K)
    dlogits[np.arange(len(y)), y] -= 1
    return dlogits / len(y)


def binary_cross_entropy(logits, y):
    """Mean cross-entropy between the sigmoid of the logits and yes-or-no targets, in nats.

    .. code-block:: text

        loss = mean of  log(1 + exp(logits)) - y * logits

    Parameters
    ----------
    logits : ndarray, any shape
        One per target; with several labels per example, (N, K).
    y : ndarray, the shape of logits
        Targets, 0 or 1, or a probability between.

    Returns
    -------
    loss : float
        0 or greater; log(2) when every probability is one half.

    Raises
    ------
    ValueError
        If the shapes differ, there is no entry, or a target is not from 0 to 1.

    Notes
    -----
    No sigmoid is taken, so the loss of a logit of any finite size is finite. It equals
    ``keras.losses.BinaryCrossentropy(from_logits=True)``.
    """
    logits, y = _checked_pair("logits", logits, y)
    _require_fractions(y)
    # log(1 + exp(z)) - y z, with y split over the two ways to write it, so that no large numbers are subtracted.
    return float(np.mean(y * softplus(-logits) + (1 - y) * softplus(logits)))


def binary_cross_entropy_backward(logits, y):
    """Gradient of :func:`binary_cross_entropy` with respect to the logits, (sigmoid(logits) - y) / (their number).

    Parameters, and errors, are those of :func:`binary_cross_entropy`.

    Returns
    -------
    dlogits : ndarray, the shape of logits
    """
    logits, y = _checked_pair("logits", logits, y)
    _require_fractions(y)
    return ((sigmoid(logits) - y) / logits.size).astype(logits.dtype, copy=False)


def mean_squared_error(y_hat, y):
    """Mean of (y_hat - y)² over all entries.

    Parameters
    ----------
    y_hat : ndarray, any shape
        Predictions.
    y : ndarray, the shape of y_hat
        Targets.

    Returns
    -------
    loss : float

    Raises
    ------
    ValueError
        If the shapes differ, or there is no entry. NumPy would broadcast (N, 1) against (N,) to (N, N).

    Notes
    -----
    It equals ``keras.losses.MeanSquaredError()``. The negative logarithm of a Gaussian density of variance 1 is half
    of the square, and a constant.
    """
    y_hat, y = _checked_pair("y_hat", y_hat, y)
    return float(np.mean((y_hat - y) ** 2))


def mean_squared_error_backward(y_hat, y):
    """Gradient of :func:`mean_squared_error` with respect to the predictions, 2 (y_hat - y) / (their number).

    Parameters, and errors, are those of :func:`mean_squared_error`.

    Returns
    -------
    dy_hat : ndarray, the shape of y_hat
    """
    y_hat, y = _checked_pair("y_hat", y_hat, y)
    return (2 * (y_hat - y) / y_hat.size).astype(y_hat.dtype, copy=False)


def _checked_pair(name, outputs, y):
    outputs, y = _floating(outputs), np.asarray(y)
    same_shape(**{name: outputs, "y": y})
    if outputs.size == 0:
        raise ValueError(f"the mean loss needs at least one entry; got {name} and y of shape {outputs.shape}")
    return outputs, y


def _floating(array):
    array = np.asarray(array)
    return array if np.issubdtype(array.dtype, np.floating) else array.astype(np.float64)


def _require_fractions(y):
    outside = np.flatnonzero(~((y >= 0) & (y <= 1)))
    if outside.size:
        raise ValueError(f"y must hold targets from 0 to 1; got {y.flat[outside[0]]}")


def _checked(logits, y):
    logits, y = np.asarray(logits), np.asarray(y)
    if logits.ndim != 2:
        raise ValueError(f"logits must have the shape (N, K); got {logits.shape}")
    if y.ndim != 1:
        hint = "; y.argmax(axis=1) turns one-hot rows into classes" if y.shape == logits.shape else ""
        raise ValueError(f"y must hold one class per example, shape (N,); got {y.shape}{hint}")
    if len(logits) != len(y):
        raise ValueError(
            f"logits has {len(logits)} examples but y has {len(y)}; got logits {logits.shape}, y {y.shape}"
        )
    if len(y) == 0:
        raise ValueError(f"the mean loss needs at least one example; got logits {logits.shape}, y {y.shape}")
    if not np.issubdtype(y.dtype, np.integer):
        raise TypeError(f"y must hold integers, the classes; got dtype {y.dtype}")
    num_classes = logits.shape[1]
    outside = np.flatnonzero((y < 0) | (y >= num_classes))
    if outside.size:
        first = outside[0]
        raise ValueError(f"y must hold classes from 0 to {num_classes - 1}; got y[{first}] = {y[first]}")
    return logits, y
