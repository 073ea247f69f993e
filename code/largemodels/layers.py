"""Layers: forward and backward forms (chapters 2 to 4)."""

import numpy as np


def dense_forward(X, W, b):
    """Affine map of every row, Z = X W + b.

    Parameters
    ----------
    X : ndarray (N, D_in)
        One example per row.
    W : ndarray (D_in, D_out)
    b : ndarray (D_out,)

    Returns
    -------
    Z : ndarray (N, D_out)

    Raises
    ------
    ValueError
        If a shape is not as above.
    """
    _check_input_and_weights(X, W)
    # A bias of shape (N, 1) or (1,) would be broadcast without a word.
    if np.shape(b) != (W.shape[1],):
        raise ValueError(
            f"b must have the shape ({W.shape[1]},), one entry per column of W {W.shape}; got {np.shape(b)}"
        )
    return X @ W + b


def dense_backward(dZ, X, W):
    """Gradients of the loss through :func:`dense_forward`.

    .. code-block:: text

        dX = dZ Wᵀ        dW = Xᵀ dZ        db = sum of dZ over the examples

    Parameters
    ----------
    dZ : ndarray (N, D_out)
        Gradient of the loss with respect to the layer's output.
    X : ndarray (N, D_in)
        The input that the forward form saw.
    W : ndarray (D_in, D_out)

    Returns
    -------
    dX : ndarray (N, D_in)
    dW : ndarray (D_in, D_out)
    db : ndarray (D_out,)

    Raises
    ------
    ValueError
        If a shape is not as above.
    """
    _check_input_and_weights(X, W)
    if np.shape(dZ) != (X.shape[0], W.shape[1]):
        raise ValueError(
            f"dZ must have the shape of X W, {(X.shape[0], W.shape[1])}; "
            f"got dZ {np.shape(dZ)}, X {X.shape}, W {W.shape}"
        )
    return dZ @ W.T, X.T @ dZ, dZ.sum(axis=0)


def _check_input_and_weights(X, W):
    if np.ndim(X) != 2 or np.ndim(W) != 2:
        raise ValueError(f"X must be (N, D_in) and W (D_in, D_out); got X {np.shape(X)}, W {np.shape(W)}")
    if X.shape[1] != W.shape[0]:
        raise ValueError(f"X has {X.shape[1]} features but W expects {W.shape[0]}; got X {X.shape}, W {W.shape}")
