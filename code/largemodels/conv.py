"""Convolution of images: the operation, its gradients, and the matrix that turns it into one product (chapter 5).

Images are (N, H, W, C) and kernels (KH, KW, C_in, C_out), as in Keras. What is computed is a cross-correlation, the
kernel unflipped, which is what every framework means by convolution.
"""

import numpy as np
from numpy.lib.stride_tricks import as_strided

from largemodels.checks import whole_number

# Images are worked on in blocks whose columns stay in the processor's cache.
_BLOCK_BYTES = 2**20

# With fewer channels than this, the columns are written one kernel position at a time: the runs of memory that
# belong together, kernel width times channels, would be too short to be copied fast.
_FEW_CHANNELS = 4


def conv2d_forward(X, W, b, stride=1, padding=0, dilation=1):
    """Convolve a batch of images with every kernel, and add the biases.

    .. code-block:: text

        Z[n, i, j, o] = b[o] + sum over u, v, c of X[n, i', j', c] W[u, v, c, o]
        i' = stride * i + dilation * u - padding,   j' the same with j and v;   X is 0 outside its borders

    Parameters
    ----------
    X : ndarray (N, H_in, W_in, C_in)
        Images, channels last. One grey image is ``image[None, :, :, None]``.
    W : ndarray (KH, KW, C_in, C_out)
        One kernel of KH x KW x C_in for every output channel.
    b : ndarray (C_out,)
    stride : int or (int, int)
        Step of the window, at least 1; for rows and columns if there are two numbers.
    padding : int, (int, int), ((int, int), (int, int)), ``"valid"`` or ``"same"``
        Zeros around the image: on all sides, or (rows, columns), or ((top, bottom), (left, right)). ``"valid"`` is
        none. ``"same"`` is what TensorFlow does: as many as make the output ceil(H_in / stride) high, and where the
        number is odd the one too many goes to the bottom and to the right.
    dilation : int or (int, int)
        Distance between the pixels that neighbouring weights see, at least 1.

    Returns
    -------
    Z : ndarray (N, H_out, W_out, C_out)
        The size is that of :func:`largemodels.sizes.output_size`.

    Raises
    ------
    ValueError, TypeError
        If a shape or a setting is not as above, or the kernel does not fit into the padded image.

    Notes
    -----
    Equation (5.3) of chapter 5. Computed as ``im2col(X) @ W.reshape(-1, C_out) + b``, a block of images at a time.
    """
    X, W = _images_and_kernels(X, W)
    KH, KW, _, C_out = W.shape
    # A bias of another shape would be broadcast without a word.
    if np.shape(b) != (C_out,):
        raise ValueError(f"b must have the shape ({C_out},), one entry per kernel of W {W.shape}; got {np.shape(b)}")
    padded, geometry = _padded(X, (KH, KW), stride, padding, dilation)
    H_out, W_out = geometry.output
    W_matrix = W.reshape(-1, C_out)  # (KH KW C_in, C_out)
    Z = np.empty((len(X), H_out, W_out, C_out), np.result_type(X, W))
    for block in _blocks(padded, geometry):
        Z[block] = (_columns(padded[block], geometry) @ W_matrix).reshape(-1, H_out, W_out, C_out)
    Z += b
    return Z


def conv2d_backward(dZ, X, W, stride=1, padding=0, dilation=1, needs_dX=True):
    """Gradients of the loss through :func:`conv2d_forward`.

    .. code-block:: text

        dX[n, i', j', c] = sum over o and all (i, u) and (j, v) that meet at (i', j') of dZ[n, i, j, o] W[u, v, c, o]
        dW[u, v, c, o]   = sum over n, i, j of X[n, i', j', c] dZ[n, i, j, o]
        db[o]            = sum over n, i, j of dZ[n, i, j, o]

    Parameters
    ----------
    dZ : ndarray (N, H_out, W_out, C_out)
        Gradient of the loss with respect to the layer's output.
    X, W, stride, padding, dilation
        What the forward form was given.
    needs_dX : bool
        False saves the time for dX, which nobody needs where X is the input of the network.

    Returns
    -------
    dX : ndarray (N, H_in, W_in, C_in), or None
    dW : ndarray (KH, KW, C_in, C_out)
    db : ndarray (C_out,)

    Raises
    ------
    ValueError, TypeError
        If a shape or a setting is not as above.

    Notes
    -----
    Equations (5.12) to (5.14) of chapter 5.
    """
    X, W = _images_and_kernels(X, W)
    KH, KW, C_in, C_out = W.shape
    padded, geometry = _padded(X, (KH, KW), stride, padding, dilation)
    H_out, W_out = geometry.output
    if np.shape(dZ) != (len(X), H_out, W_out, C_out):
        raise ValueError(
            f"dZ must have the shape of the output, {(len(X), H_out, W_out, C_out)}; "
            f"got dZ {np.shape(dZ)}, X {X.shape}, W {W.shape}"
        )
    dtype = np.result_type(dZ, X, W)
    dW, db = np.zeros((KH * KW * C_in, C_out), dtype), np.zeros(C_out, dtype)
    d_padded = np.zeros(padded.shape, dtype) if needs_dX else None
    for block in _blocks(padded, geometry):
        rows = dZ[block].reshape(-1, C_out)  # (N H_out W_out, C_out)
        dW += _columns(padded[block], geometry).T @ rows
        db += np.ones(len(rows), dtype) @ rows  # the sum of the rows; with few channels faster than rows.sum(axis=0)
        if not needs_dX:
            continue
        for u in range(KH):
            for v in range(KW):
                # The pixels that weight (u, v) saw get its share of the gradient; windows overlap, so it adds up.
                seen = (block, *geometry.pixels_seen_by(u, v))
                d_padded[seen] += (rows @ W[u, v].T).reshape(-1, H_out, W_out, C_in)
    dX = None
    if needs_dX:
        (top, bottom), (left, right) = geometry.padding
        dX = d_padded[:, top : padded.shape[1] - bottom, left : padded.shape[2] - right]
    return dX, dW.reshape(W.shape), db


def im2col(X, kernel_size, stride=1, padding=0, dilation=1):
    """Write every window of every image as one row of a matrix.

    Parameters
    ----------
    X : ndarray (N, H_in, W_in, C_in)
    kernel_size : int or (int, int)
        Height and width of the window.
    stride, padding, dilation
        As in :func:`conv2d_forward`.

    Returns
    -------
    columns : ndarray (N * H_out * W_out, KH * KW * C_in)
        Rows in the order of the output pixels, image by image and row by row; entries in the order of
        ``W.reshape(-1, C_out)``. The name is older than this orientation: it comes from libraries that keep a window
        in a column.

    Raises
    ------
    ValueError, TypeError
        If X is not a batch of images, or a setting is not allowed.
    """
    X = _images(X)
    padded, geometry = _padded(X, pair("kernel_size", kernel_size, minimum=1), stride, padding, dilation)
    return _columns(padded, geometry)


def pair(name, value, minimum):
    """Return (rows, columns) from one whole number or two, each at least ``minimum``; raise ValueError or TypeError."""
    if np.ndim(value) == 0:
        return (whole_number(name, value, minimum),) * 2
    if len(value) != 2:
        raise ValueError(f"{name} must be one whole number or two, for rows and columns; got {value!r}")
    return tuple(whole_number(f"{name}[{axis}]", number, minimum) for axis, number in enumerate(value))


def padding_on_each_side(padding, image_size, kernel_size, stride, dilation):
    """Return ((top, bottom), (left, right)) for every way in which ``padding`` may be written."""
    if isinstance(padding, str):
        if padding not in ("valid", "same"):
            raise ValueError(f"padding must be a number of pixels, 'valid' or 'same'; got {padding!r}")
        if padding == "valid":
            return (0, 0), (0, 0)
        sides = []
        for size, kernel, step, distance in zip(image_size, kernel_size, stride, dilation, strict=True):
            reach = distance * (kernel - 1) + 1
            total = max((-(-size // step) - 1) * step + reach - size, 0)  # -(-a // b) rounds up
            sides.append((total // 2, total - total // 2))
        return tuple(sides)
    if np.ndim(padding) == 2:
        if len(padding) != 2:
            raise ValueError(f"padding must be ((top, bottom), (left, right)); got {padding!r}")
        return tuple(pair(f"padding[{axis}]", sides, minimum=0) for axis, sides in enumerate(padding))
    rows, columns = pair("padding", padding, minimum=0)
    return (rows, rows), (columns, columns)


class _Geometry:
    """Where the windows of one convolution lie."""

    def __init__(self, image_size, kernel_size, stride, padding, dilation):
        self.kernel = kernel_size
        self.stride = pair("stride", stride, minimum=1)
        self.dilation = pair("dilation", dilation, minimum=1)
        self.padding = padding_on_each_side(padding, image_size, kernel_size, self.stride, self.dilation)
        output = []
        for axis in range(2):
            size = image_size[axis] + sum(self.padding[axis])
            reach = self.dilation[axis] * (kernel_size[axis] - 1) + 1
            if reach > size:
                raise ValueError(
                    f"a kernel of {kernel_size} with dilation {self.dilation} does not fit into an image of "
                    f"{tuple(image_size)} with padding {self.padding}: it reaches over {reach} pixels, there are {size}"
                )
            output.append((size - reach) // self.stride[axis] + 1)
        self.output = tuple(output)

    def pixels_seen_by(self, u, v):
        """Rows and columns of the padded image that the weight at (u, v) meets, one for each output pixel."""
        starts = (self.dilation[0] * u, self.dilation[1] * v)
        return tuple(
            slice(start, start + (count - 1) * step + 1, step)
            for start, count, step in zip(starts, self.output, self.stride, strict=True)
        )


def _padded(X, kernel_size, stride, padding, dilation):
    geometry = _Geometry(X.shape[1:3], kernel_size, stride, padding, dilation)
    if any(sum(sides) for sides in geometry.padding):
        X = np.pad(X, ((0, 0), *geometry.padding, (0, 0)))
    return X, geometry


def _columns(padded, geometry):
    """Return the windows as rows; which of its two orders in memory the matrix has is a matter of speed alone."""
    (KH, KW), (H_out, W_out) = geometry.kernel, geometry.output
    N, _, _, C = padded.shape
    if C < _FEW_CHANNELS:
        columns = np.empty((KH, KW, C, N, H_out, W_out), padded.dtype)
        for u in range(KH):
            for v in range(KW):
                columns[u, v] = np.moveaxis(padded[(slice(None), *geometry.pixels_seen_by(u, v))], -1, 0)
        return columns.reshape(KH * KW * C, -1).T
    along_n, along_rows, along_columns, along_c = padded.strides
    windows = as_strided(
        padded,
        (N, H_out, W_out, KH, KW, C),
        (
            along_n,
            along_rows * geometry.stride[0],
            along_columns * geometry.stride[1],
            along_rows * geometry.dilation[0],
            along_columns * geometry.dilation[1],
            along_c,
        ),
        writeable=False,
    )  # a view: no number is copied before the next line
    return windows.reshape(-1, KH * KW * C)


def _blocks(padded, geometry):
    """Slices of images whose columns fit into the cache together."""
    bytes_per_image = np.prod(geometry.output) * np.prod(geometry.kernel) * padded.shape[3] * padded.itemsize
    size = int(max(1, _BLOCK_BYTES // max(1, bytes_per_image)))
    return [slice(start, start + size) for start in range(0, len(padded), size)]


def _images(X):
    X = np.asarray(X)
    if X.ndim != 4:
        raise ValueError(
            f"X must be a batch of images (N, H, W, C); got {X.shape}; images[..., None] adds a channel to grey ones"
        )
    return X


def _images_and_kernels(X, W):
    X, W = _images(X), np.asarray(W)
    if W.ndim != 4:
        raise ValueError(f"W must be kernels (KH, KW, C_in, C_out); got {W.shape}")
    if X.shape[3] != W.shape[2]:
        hint = "; are the channels first?" if X.shape[1] == W.shape[2] else ""
        raise ValueError(f"X has {X.shape[3]} channels but W expects {W.shape[2]}; got X {X.shape}, W {W.shape}{hint}")
    return X, W
