"""Sizes and costs of convolutional layers, from their settings alone (chapter 5)."""

import math
from typing import NamedTuple

from largemodels.checks import whole_number
from largemodels.conv import pair


def output_size(input_size, kernel_size, stride=1, padding=0, dilation=1):
    """Number of output pixels along one axis.

    .. code-block:: text

        floor((input_size + 2 * padding - dilation * (kernel_size - 1) - 1) / stride) + 1

    Parameters
    ----------
    input_size : int
        Pixels of the image along this axis, at least 1.
    kernel_size, stride, dilation : int
        Each at least 1.
    padding : int
        Zeros on each of the two sides, at least 0.

    Returns
    -------
    size : int
        At least 1.

    Raises
    ------
    ValueError, TypeError
        If an argument is not allowed, or the kernel reaches over more pixels than there are.

    Notes
    -----
    Equation (5.5) of chapter 5.
    """
    input_size = whole_number("input_size", input_size, minimum=1)
    kernel_size = whole_number("kernel_size", kernel_size, minimum=1)
    stride = whole_number("stride", stride, minimum=1)
    padding = whole_number("padding", padding, minimum=0)
    dilation = whole_number("dilation", dilation, minimum=1)
    room = input_size + 2 * padding - dilation * (kernel_size - 1) - 1
    if room < 0:
        raise ValueError(
            f"a kernel of {kernel_size} with dilation {dilation} reaches over {dilation * (kernel_size - 1) + 1} "
            f"pixels; with padding {padding} there are {input_size + 2 * padding}"
        )
    return room // stride + 1


def receptive_field(layers):
    """Number of input pixels, along one axis, that one output pixel of a stack of layers depends on.

    Parameters
    ----------
    layers : sequence of tuple of int
        For each layer, from input to output, ``(kernel_size, stride)`` or ``(kernel_size, stride, dilation)``;
        convolutions and poolings alike.

    Returns
    -------
    size : int
        1 for no layers.

    Raises
    ------
    ValueError, TypeError
        If a layer is not as above.

    Notes
    -----
    Equation (5.6) of chapter 5: every layer adds dilation * (kernel_size - 1) of its own input pixels, and these lie
    as far apart, in pixels of the image, as the product of all earlier strides.
    """
    size, spacing = 1, 1
    for index, layer in enumerate(layers):
        if len(layer) not in (2, 3):
            raise ValueError(f"layers[{index}] must be (kernel_size, stride) or with a dilation; got {layer!r}")
        kernel_size, stride, dilation = (
            whole_number(f"{name} of layers[{index}]", value, minimum=1)
            for name, value in zip(("kernel_size", "stride", "dilation"), (*layer, 1)[:3], strict=True)
        )
        size += dilation * (kernel_size - 1) * spacing
        spacing *= stride
    return size


def conv2d_parameters(kernel_size, channels_in, channels_out, bias=True):
    """Number of weights and biases of a convolution.

    Parameters
    ----------
    kernel_size : int or (int, int)
    channels_in, channels_out : int
        Each at least 1.
    bias : bool

    Returns
    -------
    parameters : int
        KH * KW * C_in * C_out, and C_out biases; the size of the image does not appear.
    """
    height, width = pair("kernel_size", kernel_size, minimum=1)
    channels_in = whole_number("channels_in", channels_in, minimum=1)
    channels_out = whole_number("channels_out", channels_out, minimum=1)
    return height * width * channels_in * channels_out + (channels_out if bias else 0)


def conv2d_flops(output_size, kernel_size, channels_in, channels_out, batch_size=1):
    """Floating-point operations of a convolution: two, a multiplication and an addition, per weight and output pixel.

    Parameters
    ----------
    output_size : int or (int, int)
        Height and width of the output.
    kernel_size : int or (int, int)
    channels_in, channels_out, batch_size : int
        Each at least 1.

    Returns
    -------
    flops : int
        2 * N * H_out * W_out * KH * KW * C_in * C_out. Biases are not counted, as in :mod:`largemodels.costs`.
    """
    height, width = pair("output_size", output_size, minimum=1)
    batch_size = whole_number("batch_size", batch_size, minimum=1)
    return 2 * batch_size * height * width * conv2d_parameters(kernel_size, channels_in, channels_out, bias=False)


def depthwise_separable_parameters(kernel_size, channels_in, channels_out):
    """Weights of a depthwise convolution, one kernel per channel, and of the 1 x 1 convolution after it; no biases."""
    depthwise = conv2d_parameters(kernel_size, channels_in, 1, bias=False)
    return depthwise + conv2d_parameters(1, channels_in, channels_out, bias=False)


class LayerSize(NamedTuple):
    """Size and cost of one layer, for one image.

    Attributes
    ----------
    name : str
        Such as ``"conv 3×3, 8"``.
    output_shape : tuple of int
        (H, W, C), or (D,) after the flatten step.
    parameters : int
        Weights and biases.
    flops : int
        Two per weight and output pixel; pooling and biases are not counted.
    receptive_field : int or None
        Pixels of the image, along one axis, that one entry depends on; None after the flatten step.
    """

    name: str
    output_shape: tuple
    parameters: int
    flops: int
    receptive_field: int | None


def network_sizes(input_shape, layers):
    """Size and cost of every layer of a convolutional network.

    Parameters
    ----------
    input_shape : (int, int, int)
        Height, width and channels of an image.
    layers : sequence of tuple
        ``("conv", kernel_size, channels_out)``, with a stride, and after it a padding, if they are not 1 and 0;
        ``("pool", size)``; ``("flatten",)``; ``("global mean",)``; ``("dense", units)``.

    Returns
    -------
    sizes : list of LayerSize

    Raises
    ------
    ValueError, TypeError
        If a layer has another name or a setting that is not allowed, does not fit, or is dense before the flatten step.
    """
    shape, windows, sizes = tuple(input_shape), [], []
    for kind, *settings in layers:
        parameters = flops = 0
        if kind == "conv":
            kernel, channels_out, stride, padding = (*settings, *(1, 0)[len(settings) - 2 :])
            height, width = (output_size(size, kernel, stride, padding) for size in shape[:2])
            parameters = conv2d_parameters(kernel, shape[2], channels_out)
            flops = conv2d_flops((height, width), kernel, shape[2], channels_out)
            shape, name = (height, width, channels_out), f"conv {kernel}×{kernel}, {channels_out}"
            windows.append((kernel, stride))
        elif kind == "pool":
            (window,) = settings
            shape = (*(output_size(size, window, window) for size in shape[:2]), shape[2])
            name = f"pool {window}×{window}"
            windows.append((window, window))
        elif kind in ("flatten", "global mean"):
            shape, name = (math.prod(shape),) if kind == "flatten" else shape[2:], kind
        elif kind == "dense":
            (units,) = settings
            if len(shape) != 1:
                raise ValueError(f"a dense layer needs one row of numbers per image: flatten {shape} first")
            parameters, flops = shape[0] * units + units, 2 * shape[0] * units
            shape, name = (units,), f"dense, {units}"
        else:
            raise ValueError(f"a layer must be conv, pool, flatten, global mean or dense; got {kind!r}")
        field = receptive_field(windows) if len(shape) == 3 else None
        sizes.append(LayerSize(name, shape, parameters, flops, field))
    return sizes


def size_table(sizes):
    """Write the sizes as a table of text, one line a layer and one for their sum."""
    lines = [f"{'layer':14s} {'output':>14s} {'parameters':>12s} {'FLOPs':>14s} {'sees':>8s}"]
    for size in sizes:
        field = f"{size.receptive_field}×{size.receptive_field}" if size.receptive_field else "all"
        lines.append(f"{size.name:14s} {size.output_shape!s:>14s} {size.parameters:12,d} {size.flops:14,d} {field:>8s}")
    parameters, flops = (sum(getattr(size, column) for size in sizes) for column in ("parameters", "flops"))
    lines.append(f"{'all':14s} {'':>14s} {parameters:12,d} {flops:14,d}")
    return "\n".join(lines)
