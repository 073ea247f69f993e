import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from largemodels.costs import arithmetic_intensity, cost_table, dense_costs, peak_activation_bytes
from largemodels.network import initialise_network, network_forward

layer_sizes_of_any_depth = st.lists(st.integers(1, 30), min_size=2, max_size=6)


def test_costs_by_hand():
    first, second = dense_costs([3, 4, 2], batch_size=5, bytes_per_number=8)
    assert first.name == "dense 1"
    assert (first.weight_shape, first.output_shape) == ((3, 4), (5, 4))
    assert first.parameters == 16  # 12 weights and 4 biases
    assert (first.multiply_adds, first.flops, first.backward_flops) == (60, 120, 120)
    assert (first.parameter_bytes, first.activation_bytes) == (128, 160)
    assert (second.parameters, second.flops, second.backward_flops) == (10, 80, 160)


@given(layer_sizes=layer_sizes_of_any_depth, batch_size=st.integers(1, 9))
def test_parameters_and_bytes_are_those_of_a_real_network(layer_sizes, batch_size):
    parameters = initialise_network(layer_sizes, np.random.default_rng(0), np.float32)
    costs = dense_costs(layer_sizes, batch_size, bytes_per_number=4)
    assert sum(cost.parameters for cost in costs) == sum(array.size for array in parameters.values())
    assert sum(cost.parameter_bytes for cost in costs) == sum(array.nbytes for array in parameters.values())
    logits, cache = network_forward(np.zeros((batch_size, layer_sizes[0])), parameters)
    assert [cost.activation_bytes for cost in costs] == [Z.nbytes for _, Z in cache]
    assert costs[-1].output_shape == logits.shape


@pytest.mark.parametrize(("layer_sizes", "batch_size"), [([784, 32, 10], 64), ([20, 30, 40, 5], 1)])
def test_operations_equal_those_that_tensorflows_profiler_counts(layer_sizes, batch_size):
    model = keras.Sequential([keras.Input((layer_sizes[0],))] + [keras.layers.Dense(size) for size in layer_sizes[1:]])
    graph = tf.function(model).get_concrete_function(tf.TensorSpec((batch_size, layer_sizes[0]), tf.float32)).graph
    options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
    options["output"] = "none"
    counted = tf.compat.v1.profiler.profile(graph, options=options).total_float_ops
    costs = dense_costs(layer_sizes, batch_size)
    assert counted == sum(cost.flops for cost in costs) + batch_size * sum(layer_sizes[1:])  # one addition for a bias
    assert model.count_params() == sum(cost.parameters for cost in costs)


def test_the_table_holds_every_layer_and_the_sums():
    text = cost_table(dense_costs([784, 32, 10], batch_size=64))
    lines = text.splitlines()
    assert lines[0].split()[:5] == ["layer", "W", "output", "parameters", "FLOPs"]
    assert "(784, 32)" in lines[1]
    assert "(64, 32)" in lines[1]
    assert lines[-1].split() == ["all", "25,450", "3,252,224", "101,800", "10,752"]


def test_peak_memory_by_hand():
    # Widths 8, 3, 5: for inference the largest pair of neighbours, 8 + 3; for training all of them.
    assert peak_activation_bytes([8, 3, 5], batch_size=2, bytes_per_number=4) == 2 * 4 * 11
    assert peak_activation_bytes([8, 3, 5], batch_size=2, bytes_per_number=4, training=True) == 2 * 4 * 16


@given(layer_sizes=layer_sizes_of_any_depth, batch_size=st.integers(1, 9))
def test_training_never_needs_less_than_inference(layer_sizes, batch_size):
    inference = peak_activation_bytes(layer_sizes, batch_size)
    assert inference <= peak_activation_bytes(layer_sizes, batch_size, training=True)
    assert inference == batch_size * peak_activation_bytes(layer_sizes)


def test_intensity_of_one_example_is_one_operation_per_16_bit_byte_and_grows_with_the_batch():
    assert arithmetic_intensity(10_000, 10_000, 1, 2) == pytest.approx(1, rel=1e-3)
    assert arithmetic_intensity(2, 3, 5, 4) == pytest.approx(60 / (4 * (6 + 10 + 15)))
    values = [arithmetic_intensity(100, 100, N, 2) for N in (1, 10, 100, 1000)]
    assert values == sorted(values)
    assert arithmetic_intensity(100, 100, 10**9, 2) == pytest.approx(50, rel=1e-3)  # D / 2 at most


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: dense_costs([5]), ValueError, r"at least an input and an output size; got \[5\]"),
        (lambda: dense_costs([5, 0]), ValueError, r"layer_sizes\[1\] must be a whole number of at least 1; got 0"),
        (lambda: dense_costs([5, 3], 0), ValueError, "batch_size must be a whole number of at least 1; got 0"),
        (lambda: dense_costs([5, 3], 1, 0.5), TypeError, "bytes_per_number must be a whole number"),
        (lambda: peak_activation_bytes([5]), ValueError, "at least an input and an output size"),
        (lambda: arithmetic_intensity(0, 3), ValueError, "num_inputs must be a whole number of at least 1; got 0"),
    ],
)
def test_what_is_not_allowed_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
