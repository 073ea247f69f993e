"""What a dense network costs: parameters, operations and bytes, from the sizes of its layers alone (chapter 2)."""

import itertools
from typing import NamedTuple

from largemodels.checks import whole_number


class LayerCost(NamedTuple):
    """Costs of one dense layer for a batch.

    Attributes
    ----------
    name : str
        ``"dense 1"`` is the first layer.
    weight_shape : tuple of int
        (D_in, D_out).
    output_shape : tuple of int
        (N, D_out).
    parameters : int
        D_in * D_out weights and D_out biases.
    multiply_adds : int
        N * D_in * D_out: one multiplication and one addition for every weight and example. Biases and activations,
        which take D_out operations an example, are not counted.
    flops : int
        Twice the multiply_adds: a multiplication and an addition are two operations.
    backward_flops : int
        As many for the gradient of the weights, and as many again for the gradient of the input, which the first
        layer does not need.
    parameter_bytes, activation_bytes : int
        Bytes of the parameters, and of the layer's output.
    """

    name: str
    weight_shape: tuple
    output_shape: tuple
    parameters: int
    multiply_adds: int
    flops: int
    backward_flops: int
    parameter_bytes: int
    activation_bytes: int


def dense_costs(layer_sizes, batch_size=1, bytes_per_number=4):
    """Costs of each layer of a dense network.

    Parameters
    ----------
    layer_sizes : sequence of int
        Numbers of units from input to output, such as ``[784, 32, 10]``; at least two, each at least 1.
    batch_size : int
        N, the number of examples, at least 1.
    bytes_per_number : int
        4 for float32, 2 for the 16-bit formats, 8 for float64.

    Returns
    -------
    costs : list of LayerCost

    Raises
    ------
    ValueError, TypeError
        If there are fewer than two sizes, or an argument is not allowed.
    """
    sizes = _sizes(layer_sizes)
    batch_size = whole_number("batch_size", batch_size, minimum=1)
    bytes_per_number = whole_number("bytes_per_number", bytes_per_number, minimum=1)
    costs = []
    for layer, (num_inputs, num_outputs) in enumerate(itertools.pairwise(sizes), start=1):
        parameters = num_inputs * num_outputs + num_outputs
        multiply_adds = batch_size * num_inputs * num_outputs
        costs.append(
            LayerCost(
                name=f"dense {layer}",
                weight_shape=(num_inputs, num_outputs),
                output_shape=(batch_size, num_outputs),
                parameters=parameters,
                multiply_adds=multiply_adds,
                flops=2 * multiply_adds,
                backward_flops=(2 if layer == 1 else 4) * multiply_adds,
                parameter_bytes=parameters * bytes_per_number,
                activation_bytes=batch_size * num_outputs * bytes_per_number,
            )
        )
    return costs


def cost_table(costs):
    """Write the costs as a table of text, one line a layer and one for their sum."""
    columns = ("parameters", "flops", "parameter_bytes", "activation_bytes")
    heads = ("parameters", "FLOPs", "bytes of W, b", "bytes of A")
    widths = (14, 14, 14, 12)
    titles = "".join(f"{head:>{width}s}" for head, width in zip(heads, widths, strict=True))
    lines = [f"{'layer':7s}{'W':>15s}{'output':>11s}{titles}"]
    for cost in costs:
        numbers = "".join(f"{getattr(cost, column):{width},d}" for column, width in zip(columns, widths, strict=True))
        lines.append(f"{cost.name:7s}{cost.weight_shape!s:>15s}{cost.output_shape!s:>11s}{numbers}")
    sums = "".join(
        f"{sum(getattr(cost, column) for cost in costs):{width},d}"
        for column, width in zip(columns, widths, strict=True)
    )
    lines.append(f"{'all':7s}{'':15s}{'':11s}{sums}")
    return "\n".join(lines)


def peak_activation_bytes(layer_sizes, batch_size=1, bytes_per_number=4, training=False):
    """Most bytes of activations that must exist at one moment of a forward pass.

    Parameters
    ----------
    layer_sizes, batch_size, bytes_per_number
        As in :func:`dense_costs`.
    training : bool
        For inference a layer's input may be dropped when its output is there, so the two largest neighbours count
        (a layer applies its activation in place). For training every layer's input waits for the backward pass.

    Returns
    -------
    num_bytes : int
        The input of the network included.

    Raises
    ------
    ValueError, TypeError
        As :func:`dense_costs`.
    """
    sizes = _sizes(layer_sizes)
    batch_size = whole_number("batch_size", batch_size, minimum=1)
    bytes_per_number = whole_number("bytes_per_number", bytes_per_number, minimum=1)
    widest = sum(sizes) if training else max(first + second for first, second in itertools.pairwise(sizes))
    return widest * batch_size * bytes_per_number


def arithmetic_intensity(num_inputs, num_outputs, batch_size=1, bytes_per_number=4):
    """Floating-point operations of a dense layer for each byte that it must at least move.

    .. code-block:: text

        2 N D_in D_out / (bytes_per_number * (D_in D_out + N D_in + N D_out))

    The weights and the input are read once, the output is written once; biases are not counted.

    Parameters
    ----------
    num_inputs, num_outputs, batch_size, bytes_per_number : int
        Each at least 1.

    Returns
    -------
    intensity : float
        Operations per byte. For one example and large layers it is close to 2 / bytes_per_number.

    Raises
    ------
    ValueError, TypeError
        If an argument is not allowed.
    """
    num_inputs = whole_number("num_inputs", num_inputs, minimum=1)
    num_outputs = whole_number("num_outputs", num_outputs, minimum=1)
    batch_size = whole_number("batch_size", batch_size, minimum=1)
    bytes_per_number = whole_number("bytes_per_number", bytes_per_number, minimum=1)
    moved = num_inputs * num_outputs + batch_size * (num_inputs + num_outputs)
    return 2 * batch_size * num_inputs * num_outputs / (bytes_per_number * moved)


def _sizes(layer_sizes):
    if len(layer_sizes) < 2:
        raise ValueError(f"layer_sizes must name at least an input and an output size; got {list(layer_sizes)}")
    return [whole_number(f"layer_sizes[{index}]", size, minimum=1) for index, size in enumerate(layer_sizes)]
