"""The arithmetic of scale: compute, memory, machines, time and energy of a large model (welcome page).

N is a model's number of parameters and D the number of tokens it is trained on, the letters of the scaling
literature. FLOPs are floating-point operations, additions and multiplications counted separately.
"""

import math

from largemodels.checks import fraction, nonnegative_number, positive_number, whole_number

SECONDS_PER_DAY = 86_400


def training_compute(num_parameters, num_tokens):
    """Floating-point operations to train a dense model, C = 6 N D.

    Parameters
    ----------
    num_parameters : float
        N, greater than 0. Of a mixture of experts, the parameters that are active for one token.
    num_tokens : float
        D, greater than 0. A token that is seen in three epochs counts three times.

    Returns
    -------
    compute : float
        C in FLOPs: 2 per parameter and token forward, 4 backward.

    Raises
    ------
    ValueError, TypeError
        If an argument is not a finite number greater than 0.

    Notes
    -----
    Equation (0.1). Not counted: attention scores, whose share grows with the length of the context, and
    normalisation, softmax and the optimizer, which are small. J. Kaplan et al., *Scaling laws for neural language
    models*, 2020, section 2.1.
    """
    return 6 * positive_number("num_parameters", num_parameters) * positive_number("num_tokens", num_tokens)


def weight_bytes(num_parameters, bits):
    """Bytes that hold the weights, N · bits / 8.

    Parameters
    ----------
    num_parameters : float
        N, greater than 0. Of a mixture of experts, all parameters: each must be at hand.
    bits : float
        Bits per weight, greater than 0; 16 is usual, 4 is a strong quantisation.

    Raises
    ------
    ValueError, TypeError
        If an argument is not a finite number greater than 0.
    """
    return positive_number("num_parameters", num_parameters) * positive_number("bits", bits) / 8


def training_bytes(num_parameters, bytes_per_parameter=16):
    """Bytes for weights, gradients and optimizer state during training; activations come on top.

    Parameters
    ----------
    num_parameters : float
        N, greater than 0.
    bytes_per_parameter : float
        16 for Adam in mixed precision: 2 for the 16-bit weight, 2 for its gradient, and in 32 bits 4 for a copy of
        the weight and 4 for each of the two moments.

    Raises
    ------
    ValueError, TypeError
        If an argument is not a finite number greater than 0.

    Notes
    -----
    S. Rajbhandari et al., *ZeRO: memory optimizations toward training trillion parameter models*, 2020, section 3.1.
    """
    return positive_number("num_parameters", num_parameters) * positive_number(
        "bytes_per_parameter", bytes_per_parameter
    )


def devices_needed(num_bytes, bytes_per_device):
    """Smallest number of devices whose memories together hold so many bytes.

    Parameters
    ----------
    num_bytes : float
        0 or greater.
    bytes_per_device : float
        Memory of one device, greater than 0.

    Returns
    -------
    num_devices : int

    Raises
    ------
    ValueError, TypeError
        If an argument is not allowed.
    """
    num_bytes = nonnegative_number("num_bytes", num_bytes)
    return math.ceil(num_bytes / positive_number("bytes_per_device", bytes_per_device))


def training_days(compute, num_devices, peak, utilisation):
    """Days that a number of devices take for so many floating-point operations.

    Parameters
    ----------
    compute : float
        C in FLOPs, greater than 0.
    num_devices : int
        At least 1.
    peak : float
        FLOPs per second of one device at its best, greater than 0.
    utilisation : float
        The share of the peak that the model's own arithmetic reaches, above 0 and at most 1.

    Returns
    -------
    days : float

    Raises
    ------
    ValueError, TypeError
        If an argument is not allowed.

    Notes
    -----
    Equation (0.2).
    """
    compute = positive_number("compute", compute)
    num_devices = whole_number("num_devices", num_devices, minimum=1)
    peak = positive_number("peak", peak)
    utilisation = positive_number("utilisation", fraction("utilisation", utilisation))
    return compute / (num_devices * peak * utilisation * SECONDS_PER_DAY)


def transformer_parameters(num_layers, width, vocabulary_size):
    """Estimate the parameters of a GPT-shaped model, 12 · layers · width² + vocabulary · width.

    Parameters
    ----------
    num_layers : int
        Transformer blocks, at least 1.
    width : int
        Numbers that stand for one token, at least 1.
    vocabulary_size : int
        Different tokens, at least 1.

    Returns
    -------
    num_parameters : int

    Raises
    ------
    ValueError, TypeError
        If an argument is not a whole number of at least 1.

    Notes
    -----
    Equation (0.3). A block holds four width × width matrices for attention, and two dense layers that widen to
    4 · width and back. Not counted: biases, normalisation and positions. The table of tokens serves the output as
    well, as in GPT-2.
    """
    num_layers = whole_number("num_layers", num_layers, minimum=1)
    width = whole_number("width", width, minimum=1)
    vocabulary_size = whole_number("vocabulary_size", vocabulary_size, minimum=1)
    return 12 * num_layers * width**2 + vocabulary_size * width


def training_energy(device_hours, watts, overhead=1.0):
    """Electrical energy of a training run in megawatt-hours.

    Parameters
    ----------
    device_hours : float
        Devices × hours, greater than 0.
    watts : float
        Power of one device, greater than 0.
    overhead : float
        What the building draws per watt of the devices (its power usage effectiveness), at least 1.

    Raises
    ------
    ValueError, TypeError
        If an argument is not allowed.
    """
    overhead = positive_number("overhead", overhead)
    if overhead < 1:
        raise ValueError(f"overhead must be at least 1, since the devices' own power is part of it; got {overhead:g}")
    return positive_number("device_hours", device_hours) * positive_number("watts", watts) * overhead / 1e6
