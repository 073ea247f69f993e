"""One 3 × 3 kernel over one small grey picture: named kernels, the pictures, and all that can be said of the result.

The chapter's general operation, with channels and batches, is :func:`largemodels.conv.conv2d_forward`; this module is
its smallest case, spelled out for one output pixel (chapter 5).
"""

import functools
import math
from dataclasses import dataclass

import numpy as np

from largemodels.checks import whole_number
from largemodels.data import load_digits_28
from largemodels.photographs import grey, load_photograph
from largemodels.sizes import output_size

KERNELS = {
    "identity": (0, 0, 0, 0, 1, 0, 0, 0, 0),
    "mean": (1 / 9,) * 9,
    "gaussian": (1 / 16, 2 / 16, 1 / 16, 2 / 16, 4 / 16, 2 / 16, 1 / 16, 2 / 16, 1 / 16),
    "sharpen": (0, -1, 0, -1, 5, -1, 0, -1, 0),
    "sobel_x": (-1, 0, 1, -2, 0, 2, -1, 0, 1),
    "sobel_y": (-1, -2, -1, 0, 0, 0, 1, 2, 1),
    "laplacian": (0, 1, 0, 1, -4, 1, 0, 1, 0),
    "emboss": (-2, -1, 0, -1, 1, 1, 0, 1, 2),
    "shift_down": (0, 1, 0, 0, 0, 0, 0, 0, 0),
}
"""Nine entries each, row by row."""

PICTURES = ("pagoda", "flower", "digit", "square", "dot")
"""Two photographs, a handwritten 4, a bright square, and a single bright pixel."""

POOLINGS = ("none", "max", "mean")

LARGEST_WEIGHT = 10.0
"""Entries of a kernel are from -10 to 10."""

LARGEST_BIAS = 5.0
"""The bias is from -5 to 5."""

_SUM_TOLERANCE = 1e-9  # a sum of entries this near to 0 or 1 is 0 or 1, up to rounding
_PICTURE_LIKE = 0.25  # how far from 1 the entries of a kernel may add up to whose output is drawn as a picture is


@dataclass(frozen=True, eq=False)
class KernelRun:
    """What one kernel makes of a picture, and how it makes one pixel.

    Attributes
    ----------
    image : ndarray (H, W)
        The picture, multiples of 1/255 from 0 to 1.
    padded : ndarray (H + 2 padding, W + 2 padding)
        The picture in its frame of zeros.
    z, output : ndarray (H_out, W_out)
        Sum of the nine products plus the bias, and what the activation makes of it.
    pooled : ndarray (H_out // 2, W_out // 2) or None
        None without pooling, or if the output is lower or narrower than 2.
    row, column : int
        The inspected output pixel: the one that was asked for, or the nearest that exists.
    window_rows, window_columns : (int, int, int)
        Rows and columns of ``padded`` that the kernel meets there.
    window, products : ndarray (3, 3)
        The pixels there, and these times the kernel.
    num_padding : int
        How many of the nine pixels belong to the padding.
    total : float
        Sum of the nine products, row by row.
    value : float
        ``output[row, column]``.
    pool_window : ndarray (2, 2) or None
        The four outputs that are pooled with it; None without pooling, or if its row or column is left out.
    pool_row, pool_column : int
        Where in ``pooled``; half of ``row`` and ``column``.
    pool_value : float or None
    low, high : float
        Smallest and largest output.
    scale : (float, float)
        The values that are drawn black and white.
    scale_kind : str
        "picture", 0 to 1, if the kernel's entries add up to about 1; otherwise "symmetric" about 0 if an output is
        negative, else "positive", from 0.
    num_cut : int
        Outputs beyond the scale.
    num_smaller : int
        Outputs that are smaller in size than ``value``.
    kernel_sum : float
        A flat area of value x gives kernel_sum * x + bias before the activation.
    flat : str
        "zero", "same", "bias", "bias_cut" (a negative bias under ReLU), or "other".
    preset : str
        Key of :data:`KERNELS`, or "own".
    flip : str
        What the kernel is, turned by 180 degrees: the "same", itself "negated", or "different".
    answer : str
        "all_zero", "all_cut" (ReLU leaves nothing), "all_same", or for the inspected pixel "cut", "highest", "lowest",
        "zero", "grey" (of a kernel whose output is drawn as a picture is), "smallest" (no output is smaller in size),
        "rank".
    """

    image: np.ndarray
    padded: np.ndarray
    z: np.ndarray
    output: np.ndarray
    pooled: np.ndarray | None
    row: int
    column: int
    window_rows: tuple
    window_columns: tuple
    window: np.ndarray
    products: np.ndarray
    num_padding: int
    total: float
    value: float
    pool_window: np.ndarray | None
    pool_row: int
    pool_column: int
    pool_value: float | None
    low: float
    high: float
    scale: tuple
    scale_kind: str
    num_cut: int
    num_smaller: int
    kernel_sum: float
    flat: str
    preset: str
    flip: str
    answer: str


def run_kernel(
    kernel,
    picture="pagoda",
    stride=1,
    padding=0,
    dilation=1,
    bias=0.0,
    relu="none",
    pooling="none",
    row=0,
    column=0,
):
    """Lay a 3 × 3 kernel over a picture, and spell out one output pixel.

    .. code-block:: text

        z[i, j] = sum over u, v of padded[stride * i + dilation * u, stride * j + dilation * v] kernel[u, v]  + bias

    Parameters
    ----------
    kernel : sequence of 9 float, or (3, 3)
        Entries from -10 to 10, row by row.
    picture : str or ndarray (H, W)
        One of :data:`PICTURES`, or a grey picture of at least 7 × 7 pixels, from 0 to 1.
    stride : int
        1 to 3.
    padding : int
        Rows and columns of zeros on each side, 0 to 2.
    dilation : int
        1 to 3.
    bias : float
        From -5 to 5.
    relu : str
        "none" or "relu".
    pooling : str
        "none", or "max" or "mean" over windows of 2 × 2, side by side.
    row, column : int
        The output pixel to inspect, counted from 0; beyond the last one it is the last one.

    Returns
    -------
    KernelRun

    Raises
    ------
    ValueError, TypeError
        If a setting is not one of these; the message says what was expected and what came.
    """
    image = load_picture(picture) if isinstance(picture, str) else _checked_picture(picture)
    weights = _checked_kernel(kernel)
    stride, dilation = (_whole(name, value, 1, 3) for name, value in (("stride", stride), ("dilation", dilation)))
    padding = _whole("padding", padding, 0, 2)
    if not abs(bias) <= LARGEST_BIAS:  # NaN is not
        raise ValueError(f"bias must be from {-LARGEST_BIAS:g} to {LARGEST_BIAS:g}; got {bias!r}")
    _one_of("relu", relu, ("none", "relu"))
    _one_of("pooling", pooling, POOLINGS)
    bias = float(bias)

    padded = np.pad(image, padding)
    H_out, W_out = (output_size(size, 3, stride, padding, dilation) for size in image.shape)
    # One tap of the kernel at a time, added in the order of its entries.
    total = np.zeros((H_out, W_out))
    for index, weight in enumerate(weights):
        u, v = divmod(index, 3)
        seen = padded[dilation * u :: stride, dilation * v :: stride][:H_out, :W_out]
        total = seen * weight if index == 0 else total + seen * weight
    z = total + bias
    output = np.maximum(z, 0.0) if relu == "relu" else z
    pooled = _pool(output, pooling)

    row = min(whole_number("row", row, 0), H_out - 1)
    column = min(whole_number("column", column, 0), W_out - 1)
    window_rows, window_columns = (tuple(stride * at + dilation * tap for tap in range(3)) for at in (row, column))
    window = padded[np.ix_(window_rows, window_columns)]
    inside = [
        sum(padding <= at < padding + size for at in places)
        for places, size in zip((window_rows, window_columns), image.shape, strict=True)
    ]
    value = float(output[row, column])
    pool_row, pool_column = row // 2, column // 2
    pool_window = pool_value = None
    if pooled is not None and pool_row < pooled.shape[0] and pool_column < pooled.shape[1]:
        pool_window = output[2 * pool_row : 2 * pool_row + 2, 2 * pool_column : 2 * pool_column + 2]
        pool_value = float(pooled[pool_row, pool_column])

    num_smaller = int(np.sum(np.abs(output) < abs(value)))
    kernel_sum = sum(weights)
    low, high = float(output.min()), float(output.max())
    picture_like = abs(kernel_sum - 1) < _PICTURE_LIKE
    if picture_like:
        scale_kind, scale = "picture", (0.0, 1.0)
    elif low < 0:
        size = max(-low, high)
        scale_kind, scale = "symmetric", (-size, size)
    else:
        scale_kind, scale = "positive", (0.0, high or 1.0)
    return KernelRun(
        image=image,
        padded=padded,
        z=z,
        output=output,
        pooled=pooled,
        row=row,
        column=column,
        window_rows=window_rows,
        window_columns=window_columns,
        window=window,
        products=window * np.reshape(weights, (3, 3)),
        num_padding=9 - inside[0] * inside[1],
        total=float(total[row, column]),
        value=value,
        pool_window=pool_window,
        pool_row=pool_row,
        pool_column=pool_column,
        pool_value=pool_value,
        low=low,
        high=high,
        scale=scale,
        scale_kind=scale_kind,
        num_cut=int(np.sum((output < scale[0]) | (output > scale[1]))),
        num_smaller=num_smaller,
        kernel_sum=kernel_sum,
        flat=_flat(kernel_sum, bias, relu),
        preset=kernel_name(weights),
        flip=flip_effect(weights),
        answer=_answer(relu, float(z[row, column]), value, low, high, picture_like, z, num_smaller),
    )


@functools.cache
def load_picture(name):
    """Load one of :data:`PICTURES`, at most 64 × 64 pixels.

    Returns
    -------
    image : ndarray (H, W), read-only
        Multiples of 1/255 from 0 (black) to 1 (white).

    Raises
    ------
    ValueError
        If there is no such picture.

    Notes
    -----
    For sources and licences see :func:`~largemodels.photographs.load_photograph` and
    :func:`~largemodels.data.load_digits_28`. The square and the dot are made here.
    """
    _one_of("picture", name, PICTURES)
    if name == "pagoda":
        image = grey(load_photograph("china", shrink=6))[2:66, 2:66]
    elif name == "flower":
        image = grey(load_photograph("flower", shrink=7))[9:57, 14:78]
    elif name == "digit":
        digits = load_digits_28()
        image = digits.X_train[digits.y_train == 4][0]
    elif name == "square":
        image = np.zeros((16, 16))
        image[4:12, 4:12] = 1
    else:
        image = np.zeros((9, 9))
        image[4, 4] = 1
    image = np.rint(255 * np.asarray(image, np.float64)) / 255
    image.flags.writeable = False
    return image


def kernel_name(kernel):
    """Return the key of :data:`KERNELS` that has exactly these nine entries, or "own"."""
    entries = tuple(np.ravel(kernel))
    return next((name for name, named in KERNELS.items() if named == entries), "own")


def flip_effect(kernel):
    """Say what becomes of a kernel that is turned by 180 degrees, which is what convolution does to it.

    Returns
    -------
    effect : str
        "same": convolution and cross-correlation agree; "negated": every sum changes its sign; or "different".
    """
    entries = np.ravel(kernel)
    if np.array_equal(entries, entries[::-1]):
        return "same"
    return "negated" if np.array_equal(entries, -entries[::-1]) else "different"


def _checked_kernel(kernel):
    if np.shape(kernel) not in ((9,), (3, 3)):
        raise ValueError(f"kernel must be nine numbers or 3 rows of 3; got the shape {np.shape(kernel)}")
    weights = [float(weight) for weight in np.ravel(kernel)]
    if not all(abs(weight) <= LARGEST_WEIGHT for weight in weights):
        raise ValueError(f"the kernel's entries must be from {-LARGEST_WEIGHT:g} to {LARGEST_WEIGHT:g}; got {weights}")
    return weights


def _checked_picture(picture):
    image = np.asarray(picture, np.float64)
    if image.ndim != 2 or min(image.shape) < 7:
        raise ValueError(f"a picture must be (H, W), grey, and at least 7 x 7 pixels; got the shape {image.shape}")
    if not (image.min() >= 0 and image.max() <= 1):
        raise ValueError(f"a picture's values must be from 0 to 1; got {image.min()} to {image.max()}")
    return image


def _whole(name, value, minimum, maximum):
    value = whole_number(name, value, minimum)
    if value > maximum:
        raise ValueError(f"{name} must be at most {maximum}; got {value}")
    return value


def _one_of(name, value, allowed):
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}; got {value!r}")


def _pool(output, pooling):
    height, width = output.shape[0] // 2, output.shape[1] // 2
    if pooling == "none" or not height or not width:
        return None
    whole = output[: 2 * height, : 2 * width]
    first, second, third, fourth = (whole[u::2, v::2] for u in (0, 1) for v in (0, 1))
    if pooling == "max":
        return np.maximum(np.maximum(np.maximum(first, second), third), fourth)
    return (first + second + third + fourth) / 4


def _flat(kernel_sum, bias, relu):
    if abs(kernel_sum) < _SUM_TOLERANCE:
        if bias == 0:
            return "zero"
        return "bias_cut" if relu == "relu" and bias < 0 else "bias"
    return "same" if bias == 0 and math.isclose(kernel_sum, 1, rel_tol=0, abs_tol=_SUM_TOLERANCE) else "other"


def _answer(relu, z, value, low, high, picture_like, all_z, num_smaller):
    if low == high:
        if value != 0:
            return "all_same"
        return "all_cut" if relu == "relu" and all_z.min() < 0 else "all_zero"
    if relu == "relu" and z < 0:
        return "cut"
    if picture_like:
        return "grey"
    if value == high and value > 0:
        return "highest"
    if value == low and value < 0:
        return "lowest"
    if value == 0:
        return "zero"
    return "rank" if num_smaller else "smallest"
