"""Checkers of the practice exercises of the welcome page, the arithmetic of scale.

Each ``check_<name>`` is called with the reader's function ``<name>``. Beside it stand the right answer and the known
mistakes, all of them as functions: a mistake is recognised by its results.
"""

import itertools
import math

from largemodels.questions.checking import Case, Exercise, Mistake

# ---------------------------------------------------------------------------------------------------------
# 1. Parameters of a stack


def _stack(count):
    """Make a version that adds up ``count(num_inputs, num_outputs)`` over the layers."""
    return lambda layer_sizes: sum(count(*pair) for pair in itertools.pairwise(layer_sizes))


check_stack_parameters = Exercise(
    "stack_parameters",
    difficulty=1,
    reference=_stack(lambda num_inputs, num_outputs: num_inputs * num_outputs + num_outputs),
    task="Add up the weights and the biases of every layer.",
    success="the number agrees for one layer, for several, and for a narrow one in the middle.",
    cases=[Case([784, 10]), Case([784, 32, 10]), Case([3, 4, 2, 5, 1]), Case([784, 512, 10])],
    mistakes=[
        Mistake(_stack(lambda a, b: a * b), "the biases are missing: every output of a layer has one."),
        Mistake(_stack(lambda a, b: a * b + a), "a layer has one bias for each of its outputs, not of its inputs."),
        Mistake(_stack(lambda a, b: a * b + 1), "a layer has one bias for each of its outputs, not one in all."),
        Mistake(
            lambda layer_sizes: _stack(lambda a, b: a * b)(layer_sizes) + sum(layer_sizes),
            "the input numbers have no biases: they are given, not computed.",
        ),
        Mistake(
            lambda layer_sizes: math.prod(layer_sizes),
            "you multiply all sizes. Only neighbours are joined; the layers are added.",
        ),
        Mistake(
            lambda layer_sizes: sum(layer_sizes),
            "that is the number of units. Every pair of neighbours in two layers has a weight.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 2. Does it fit?


def _bits(fits, widths=(32, 16, 8, 4)):
    """Make a version that returns the first width for which ``fits(num_parameters, bits, memory_gb)``."""

    def version(num_parameters, memory_gb):
        return next((bits for bits in widths if fits(num_parameters, bits, memory_gb)), 0)

    return version


check_largest_bits = Exercise(
    "largest_bits",
    difficulty=1,
    reference=_bits(lambda n, bits, gb: n * bits / 8 <= 0.8 * gb * 1e9),
    task="Return the largest of 32, 16, 8, 4 whose bytes fit into four fifths of the memory, or 0.",
    success="the width agrees for small and large models, at the border, and where nothing fits.",
    cases=[
        Case(7e9, 80),
        Case(7e9, 16),
        Case(7e9, 24),
        Case(13e9, 8.5),
        Case(70e9, 80),
        Case(175e9, 80),
        Case(4e9, 10),
        Case(1.3e9, 4),
        Case(7e9, 17),
    ],
    mistakes=[
        Mistake(
            _bits(lambda n, bits, gb: n * bits / 8 <= gb * 1e9),
            "you use all of the memory. A fifth is kept for everything else.",
        ),
        Mistake(
            _bits(lambda n, bits, gb: n * bits <= 0.8 * gb * 1e9),
            "you compare bits with bytes. Eight bits are a byte.",
        ),
        Mistake(
            _bits(lambda n, bits, gb: n * bits / 8 <= 0.8 * gb * 1e9, widths=(4, 8, 16, 32)),
            "you return the smallest width that fits. Begin with the largest.",
        ),
        Mistake(
            _bits(lambda n, bits, gb: n * bits / 8 <= 0.2 * gb * 1e9),
            "the weights may take four fifths of the memory; the one fifth is for everything else.",
        ),
        Mistake(
            _bits(lambda n, bits, gb: n * bits / 8 <= 0.8 * gb * 2**30),
            "here a gigabyte is 10⁹ bytes, not 2³⁰.",
        ),
        Mistake(
            _bits(lambda n, bits, gb: n * bits / 8 < 0.8 * gb * 1e9),
            "what takes exactly four fifths still fits.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 3. Devices to train


def _devices_to_train(num_parameters, device_gb, activation_gb):
    room = device_gb - activation_gb
    if room <= 0:
        raise ValueError(f"activations of {activation_gb} GB leave no room in {device_gb} GB")
    return math.ceil(16 * num_parameters / (room * 1e9))


check_devices_to_train = Exercise(
    "devices_to_train",
    difficulty=2,
    reference=_devices_to_train,
    task="Divide 16 bytes per parameter by the room left on a device, round up, and refuse if there is no room.",
    success="the number agrees for small and large models, where it comes out even, and a device without room is "
    "refused.",
    cases=[
        Case(7e9, 80, 10),
        Case(70e9, 80, 20),
        Case(5e9, 80, 0),
        Case(175e9, 80, 16),
        Case(9e9, 80, 20),
        Case(1e9, 24, 7),
        Case(8e9, 80, 48),
        Case(1e9, 24, 24),
        Case(1e9, 16, 20),
    ],
    mistakes=[
        Mistake(
            lambda n, device, activation: math.ceil((16 * n / 1e9 + activation) / device),
            "every device holds activations of its own. Take them from the memory of each device.",
        ),
        Mistake(
            lambda n, device, activation: math.ceil(16 * n / (device * 1e9)),
            "the activations take memory on every device: divide by what is left.",
        ),
        Mistake(
            lambda n, device, activation: math.ceil(2 * n / ((device - activation) * 1e9)),
            "2 bytes hold the weight to answer. Training with Adam takes 16 per parameter.",
        ),
        Mistake(
            lambda n, device, activation: 16 * n / ((device - activation) * 1e9),
            "there are no parts of devices: round up to a whole number.",
        ),
        Mistake(
            lambda n, device, activation: 16 * n // ((device - activation) * 1e9),
            "rounding down leaves some of the state without a place: round up.",
        ),
        Mistake(
            lambda n, device, activation: round(16 * n / ((device - activation) * 1e9)),
            "rounding to the nearest may round down, and the state does not fit: round up.",
        ),
        Mistake(
            lambda n, device, activation: 16 * n // ((device - activation) * 1e9) + 1,
            "where the division comes out even, you count one device too many: `math.ceil` does not.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 4. Days to train


def _days_to_train(num_parameters, num_tokens, num_devices, peak, utilisation, lost=0.0):
    return 6 * num_parameters * num_tokens / (num_devices * peak * utilisation * 86_400) / (1 - lost)


def _days_with(change):
    """Make a version whose result is ``change(days without loss, utilisation, lost)``."""

    def version(num_parameters, num_tokens, num_devices, peak, utilisation, lost=0.0):
        days = _days_to_train(num_parameters, num_tokens, num_devices, peak, utilisation)
        return change(days, utilisation, lost)

    return version


check_days_to_train = Exercise(
    "days_to_train",
    difficulty=2,
    reference=_days_to_train,
    task="Divide 6ND by the operations of a day, and then by the share of the days that counts.",
    success="the days agree for small and large runs, at several utilisations, with and without losses.",
    cases=[
        Case(65.2e9, 1.4e12, 2048, 312e12, 0.476),
        Case(7e9, 140e9, 8, 1e15, 0.4),
        Case(405e9, 15.6e12, 16_384, 989e12, 0.4, lost=0.13),
        Case(1e9, 20e9, 1, 1e14, 0.25, lost=0.5),
    ],
    mistakes=[
        Mistake(
            _days_with(lambda days, u, lost: days * (1 + lost)),
            "lost is a share of all days, so the days that count are (1 − lost) of them: divide by that. With half of "
            "them lost, a run takes twice as long, not half as long again.",
        ),
        Mistake(
            _days_with(lambda days, u, lost: days * (1 - lost)),
            "days that are lost make the run longer, not shorter: divide by 1 − lost.",
        ),
        Mistake(_days_with(lambda days, u, lost: days), "you leave out the lost days."),
        Mistake(
            _days_with(lambda days, u, lost: days * 86_400 / (1 - lost)),
            "those are seconds. A day has 86,400 of them.",
        ),
        Mistake(
            _days_with(lambda days, u, lost: days * 24 / (1 - lost)),
            "those are hours. A day has 24 of them.",
        ),
        Mistake(
            _days_with(lambda days, u, lost: days / 3 / (1 - lost)),
            "2 operations per parameter and token are the forward pass alone. Training takes 6.",
        ),
        Mistake(
            _days_with(lambda days, u, lost: days * u / (1 - lost)),
            "that is as fast as the peak allows. At a utilisation of a half it takes twice as long.",
        ),
        Mistake(
            _days_with(lambda days, u, lost: days * u * u / (1 - lost)),
            "a lower utilisation must give more days: it belongs to the divisor.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 5. Energy of an answer


def _answer_energy(num_parameters, num_tokens, peak, utilisation, watts):
    return watts * 2 * num_parameters * num_tokens / (peak * utilisation) / 3600


def _energy_times(factor):
    """Make a version that is wrong by ``factor(utilisation, watts)``."""

    def version(num_parameters, num_tokens, peak, utilisation, watts):
        right = _answer_energy(num_parameters, num_tokens, peak, utilisation, watts)
        return right * factor(utilisation, watts)

    return version


check_answer_energy = Exercise(
    "answer_energy",
    difficulty=2,
    reference=_answer_energy,
    task="Work out the operations, from them the seconds, and from these and the power the energy in Wh.",
    success="the energy agrees for models, answers and devices of several sizes.",
    cases=[
        Case(70e9, 500, 1e15, 0.4, 700),
        Case(7e9, 1000, 312e12, 0.5, 400),
        Case(405e9, 10, 989e12, 0.25, 700),
        Case(1e9, 1, 1e12, 1.0, 15),
    ],
    mistakes=[
        Mistake(
            _energy_times(lambda u, watts: 3),
            "6 operations are those of training. An answer needs the forward pass alone, 2.",
        ),
        Mistake(
            _energy_times(lambda u, watts: 0.5),
            "a multiplication and an addition are 2 operations per parameter and token.",
        ),
        Mistake(
            _energy_times(lambda u, watts: 3600),
            "watts times seconds are joules. A watt-hour is 3,600 of them.",
        ),
        Mistake(_energy_times(lambda u, watts: 1 / watts), "those are hours. Energy is power times time."),
        Mistake(_energy_times(lambda u, watts: 3600 / watts), "those are seconds. Energy is power times time."),
        Mistake(_energy_times(lambda u, watts: 1 / 1000), "that is in kilowatt-hours; watt-hours are asked for."),
        Mistake(
            _energy_times(lambda u, watts: u),
            "the utilisation is missing: at half the peak it takes twice as long.",
        ),
        Mistake(
            _energy_times(lambda u, watts: u * u),
            "a lower utilisation must cost more energy: it belongs to the divisor.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 6. The best size for a budget


def _compute_optimal(compute, tokens_per_parameter=20):
    num_parameters = math.sqrt(compute / (6 * tokens_per_parameter))
    return num_parameters, tokens_per_parameter * num_parameters


def _optimal_from(num_parameters_of):
    """Make a version that finds N in another way, and D as it should be."""

    def version(compute, tokens_per_parameter=20):
        num_parameters = num_parameters_of(compute, tokens_per_parameter)
        return num_parameters, tokens_per_parameter * num_parameters

    return version


check_compute_optimal = Exercise(
    "compute_optimal",
    difficulty=3,
    reference=_compute_optimal,
    task="Return N and D with 6ND = C and D = rN.",
    success="N and D use up the compute exactly, at 20 tokens per parameter and at others.",
    outputs=("N", "D"),
    cases=[Case(3.14e23), Case(5.76e23), Case(1e20, 2), Case(3.8e25, 38.5)],
    mistakes=[
        Mistake(
            lambda compute, r=20: _compute_optimal(compute, r)[::-1],
            "N and D are right but in the wrong order: N comes first.",
        ),
        Mistake(
            _optimal_from(lambda compute, r: compute / (6 * r)),
            "C = 6 · N · rN has N squared in it: take the root.",
        ),
        Mistake(
            _optimal_from(lambda compute, r: math.sqrt(compute / 6) / r),
            "the r stands under the root as well: N² = C / (6r).",
        ),
        Mistake(
            _optimal_from(lambda compute, r: math.sqrt(compute / r)),
            "the 6 is missing: C = 6 · N · rN.",
        ),
        Mistake(
            _optimal_from(lambda compute, r: math.sqrt(compute * r / 6)),
            "more tokens per parameter leave fewer parameters: divide by r under the root.",
        ),
        Mistake(
            lambda compute, r=20: (math.sqrt(compute / 6), math.sqrt(compute / 6)),
            "you share the compute alike, N = D. There are to be r tokens for each parameter.",
        ),
        Mistake(
            lambda compute, r=20: (math.sqrt(compute / (6 * r)), math.sqrt(compute / (6 * r)) / r),
            "N is right. There are r tokens for each parameter: D = rN.",
        ),
        Mistake(
            lambda compute, tokens_per_parameter=20: _compute_optimal(compute, 20),
            "you always use 20 tokens per parameter; use the argument.",
        ),
    ],
)
