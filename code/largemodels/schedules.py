"""Learning-rate schedules (chapter 4): each function returns a function from the step to the learning rate.

Steps count from 0, as in Keras: the value at 0 is that of the first update.
"""

import math

from largemodels.checks import fraction, nonnegative_number, positive_number, whole_number


def constant(learning_rate):
    """Return a schedule that is ``learning_rate``, positive and finite, at every step."""
    learning_rate = positive_number("learning_rate", learning_rate)

    def schedule(step):
        whole_number("step", step, minimum=0)
        return learning_rate

    return schedule


def exponential_decay(initial_learning_rate, decay_steps, decay_rate):
    """Return a schedule that changes smoothly, by the factor ``decay_rate`` every ``decay_steps`` steps.

    .. code-block:: text

        learning_rate = initial_learning_rate * decay_rate ** (step / decay_steps)

    Parameters
    ----------
    initial_learning_rate : float
        Positive and finite.
    decay_steps : int
        At least 1.
    decay_rate : float
        Positive and finite. Below 1 the learning rate falls; above 1 it rises, as a range test needs.

    Raises
    ------
    ValueError, TypeError
        If an argument, or later a step, is not allowed.

    Notes
    -----
    Equal to ``keras.optimizers.schedules.ExponentialDecay``.
    """
    initial_learning_rate = positive_number("initial_learning_rate", initial_learning_rate)
    decay_steps = whole_number("decay_steps", decay_steps, minimum=1)
    decay_rate = positive_number("decay_rate", decay_rate)

    def schedule(step):
        step = whole_number("step", step, minimum=0)
        return initial_learning_rate * decay_rate ** (step / decay_steps)

    return schedule


def step_decay(initial_learning_rate, decay_steps, decay_rate):
    """Return a schedule that is multiplied by ``decay_rate`` after every ``decay_steps`` steps, in jumps.

    .. code-block:: text

        learning_rate = initial_learning_rate * decay_rate ** (step // decay_steps)

    Parameters and errors are those of :func:`exponential_decay`; equal to Keras's with ``staircase=True``.
    """
    smooth = exponential_decay(initial_learning_rate, decay_steps, decay_rate)

    def schedule(step):
        step = whole_number("step", step, minimum=0)
        return smooth(step - step % decay_steps)

    return schedule


def cosine_decay(initial_learning_rate, decay_steps, final_fraction=0.0):
    """Return a schedule that falls along half a cosine, and stays at its end after that.

    .. code-block:: text

        cosine        = (1 + cos(pi * min(step, decay_steps) / decay_steps)) / 2
        learning_rate = initial_learning_rate * ((1 - final_fraction) * cosine + final_fraction)

    Parameters
    ----------
    initial_learning_rate : float
        Positive and finite.
    decay_steps : int
        At least 1.
    final_fraction : float
        Part of the initial learning rate that is left at the end, from 0 to 1 (Keras calls it alpha).

    Raises
    ------
    ValueError, TypeError
        If an argument, or later a step, is not allowed.

    Notes
    -----
    Loshchilov and Hutter (2017), without restarts; equal to ``keras.optimizers.schedules.CosineDecay``.
    """
    initial_learning_rate = positive_number("initial_learning_rate", initial_learning_rate)
    decay_steps = whole_number("decay_steps", decay_steps, minimum=1)
    final_fraction = fraction("final_fraction", final_fraction)

    def schedule(step):
        step = whole_number("step", step, minimum=0)
        cosine = (1 + math.cos(math.pi * min(step, decay_steps) / decay_steps)) / 2
        return initial_learning_rate * ((1 - final_fraction) * cosine + final_fraction)

    return schedule


def warmup_cosine(peak_learning_rate, warmup_steps, decay_steps, initial_learning_rate=0.0, final_fraction=0.0):
    """Return a schedule that rises linearly to its peak, then follows :func:`cosine_decay`.

    .. code-block:: text

        rise          = peak_learning_rate - initial_learning_rate
        learning_rate = initial_learning_rate + rise * step / warmup_steps    while step < warmup_steps
        learning_rate = cosine_decay(...)(step - warmup_steps)                from then on

    Parameters
    ----------
    peak_learning_rate : float
        Positive and finite.
    warmup_steps : int
        Steps of the rise, 0 or more.
    decay_steps : int
        Steps of the cosine, after the rise; at least 1.
    initial_learning_rate : float
        Value at step 0, from 0 to the peak. With 0 the first update does not move, as in Keras.
    final_fraction : float
        Part of the peak that is left at the end, from 0 to 1.

    Raises
    ------
    ValueError, TypeError
        If an argument, or later a step, is not allowed.

    Notes
    -----
    Equal to ``keras.optimizers.schedules.CosineDecay`` with ``warmup_target`` and ``warmup_steps``.
    """
    decay = cosine_decay(positive_number("peak_learning_rate", peak_learning_rate), decay_steps, final_fraction)
    warmup_steps = whole_number("warmup_steps", warmup_steps, minimum=0)
    initial_learning_rate = nonnegative_number("initial_learning_rate", initial_learning_rate)
    if initial_learning_rate > peak_learning_rate:
        raise ValueError(
            f"initial_learning_rate must not be above peak_learning_rate, {peak_learning_rate:g}; "
            f"got {initial_learning_rate:g}"
        )

    def schedule(step):
        step = whole_number("step", step, minimum=0)
        if step < warmup_steps:
            rise = peak_learning_rate - initial_learning_rate
            return initial_learning_rate + rise * step / warmup_steps
        return decay(step - warmup_steps)

    return schedule
