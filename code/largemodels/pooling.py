"""Pooling: one number for every window of every channel, and how the gradient finds its way back (chapter 5)."""

import numpy as np

from largemodels.conv import _Geometry, _images, pair


def max_pool_forward(X, size=2, stride=None):
    """Largest value of every window.

    .. code-block:: text

        Z[n, i, j, c] = max over u, v of X[n, stride * i + u, stride * j + v, c]

    Parameters
    ----------
    X : ndarray (N, H_in, W_in, C)
    size : int or (int, int)
        Height and width of the window, at least 1.
    stride : int or (int, int), optional
        Step of the window; its size by default, so that windows lie side by side. Rows and columns at the bottom and
        at the right that do not fill a window are left out.

    Returns
    -------
    Z : ndarray (N, H_out, W_out, C)

    Raises
    ------
    ValueError, TypeError
        If X is not a batch of images, or the window does not fit into them.
    """
    X, geometry = _geometry(X, size, stride)
    Z = None
    for values in _values(X, geometry):
        # np.maximum returns nan where there is one, as it should: a max that hides nan hides the mistake behind it.
        Z = values.copy() if Z is None else np.maximum(Z, values, out=Z)
    return Z


def max_pool_backward(dZ, X, size=2, stride=None):
    """Gradient of the loss through :func:`max_pool_forward`: each window's goes to its largest value.

    Where several are largest, the first of them gets all, row by row, as in TensorFlow. (The max has no derivative
    there; any share between them is a subgradient.)

    Parameters
    ----------
    dZ : ndarray (N, H_out, W_out, C)
    X, size, stride
        What the forward form was given.

    Returns
    -------
    dX : ndarray (N, H_in, W_in, C)

    Raises
    ------
    ValueError, TypeError
        If a shape or a setting is not as above.
    """
    X, geometry = _geometry(X, size, stride)
    _check_gradient_shape(dZ, X, geometry)
    Z = max_pool_forward(X, size, stride)
    dX = np.zeros(X.shape, np.result_type(dZ, X))
    waiting = np.ones(Z.shape, bool)  # windows whose largest value has not come up yet
    for where in _positions(geometry):
        here = waiting & (X[where] == Z)
        dX[where] += dZ * here
        waiting &= ~here
    return dX


def mean_pool_forward(X, size=2, stride=None):
    """Mean of every window; parameters, result and errors as :func:`max_pool_forward`."""
    X, geometry = _geometry(X, size, stride)
    return sum(_values(X, geometry)) / (geometry.kernel[0] * geometry.kernel[1])


def mean_pool_backward(dZ, X, size=2, stride=None):
    """Gradient of the loss through :func:`mean_pool_forward`: each window's is shared equally by its values.

    Parameters, result and errors as :func:`max_pool_backward`.
    """
    X, geometry = _geometry(X, size, stride)
    _check_gradient_shape(dZ, X, geometry)
    dX = np.zeros(X.shape, np.result_type(dZ, X))
    for where in _positions(geometry):
        dX[where] += dZ / (geometry.kernel[0] * geometry.kernel[1])
    return dX


def global_mean_pool_forward(X):
    """Mean of every channel over the whole image, (N, H, W, C) to (N, C)."""
    return _images(X).mean(axis=(1, 2))


def _geometry(X, size, stride):
    X = _images(X)
    size = pair("size", size, minimum=1)
    return X, _Geometry(X.shape[1:3], size, size if stride is None else stride, padding=0, dilation=1)


def _positions(geometry):
    """For each place in the window, row by row, the index of the pixels that stand there."""
    for u, v in np.ndindex(*geometry.kernel):
        yield (slice(None), *geometry.pixels_seen_by(u, v))


def _values(X, geometry):
    return (X[where] for where in _positions(geometry))


def _check_gradient_shape(dZ, X, geometry):
    expected = (len(X), *geometry.output, X.shape[3])
    if np.shape(dZ) != expected:
        raise ValueError(f"dZ must have the shape of the output, {expected}; got dZ {np.shape(dZ)}, X {X.shape}")
