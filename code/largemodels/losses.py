"""Loss functions and their gradients (chapters 2 and 4)."""

import numpy as np

from largemodels.activations import softmax


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
