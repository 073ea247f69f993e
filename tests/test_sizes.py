"""Sizes and costs: against the operations themselves, Keras, and published counts."""

import keras
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from largemodels.conv import conv2d_backward, conv2d_forward
from largemodels.sizes import (
    conv2d_flops,
    conv2d_parameters,
    depthwise_separable_parameters,
    network_sizes,
    output_size,
    receptive_field,
    size_table,
)

DIGIT_CNN = [("conv", 3, 8), ("pool", 2), ("conv", 3, 16), ("pool", 2), ("flatten",), ("dense", 10)]


@settings(deadline=None)
@given(st.integers(1, 12), st.integers(1, 4), st.integers(1, 4), st.integers(0, 3), st.integers(1, 3))
def test_the_output_size_is_that_of_the_operation(input_size, kernel_size, stride, padding, dilation):
    assume(dilation * (kernel_size - 1) + 1 <= input_size + 2 * padding)
    X, W = np.zeros((1, input_size, 1, 1)), np.zeros((kernel_size, 1, 1, 1))
    Z = conv2d_forward(X, W, np.zeros(1), (stride, 1), (padding, 0), (dilation, 1))
    assert output_size(input_size, kernel_size, stride, padding, dilation) == Z.shape[1]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 2), st.integers(1, 2)), max_size=4))
def test_the_receptive_field_is_what_a_gradient_reaches(layers):
    size = receptive_field(layers)
    X, inputs = np.ones((1, size, 1, 1)), []
    for kernel_size, stride, dilation in layers:
        inputs.append(X)
        X = conv2d_forward(X, np.ones((kernel_size, 1, 1, 1)), np.zeros(1), (stride, 1), 0, (dilation, 1))
    assert X.shape[1] == 1  # the image of this size is just large enough for one output
    dX = np.ones_like(X)
    for (kernel_size, stride, dilation), seen in reversed(list(zip(layers, inputs, strict=True))):
        dX, _, _ = conv2d_backward(dX, seen, np.ones((kernel_size, 1, 1, 1)), (stride, 1), 0, (dilation, 1))
    assert dX[0, 0] != 0 and dX[0, -1] != 0  # its first and last pixels both count


def test_a_layer_without_a_dilation_has_dilation_1():
    assert receptive_field([(3, 1), (2, 2), (3, 1)]) == receptive_field([(3, 1, 1), (2, 2, 1), (3, 1, 1)]) == 8
    assert receptive_field([]) == 1


def test_parameters_equal_those_of_keras_layers():
    full = keras.layers.Conv2D(5, (3, 2))
    full.build((None, 8, 8, 4))
    separable = keras.layers.SeparableConv2D(5, 3, use_bias=False)
    separable.build((None, 8, 8, 4))
    assert conv2d_parameters((3, 2), 4, 5) == full.count_params() == 125
    assert depthwise_separable_parameters(3, 4, 5) == separable.count_params() == 56


def test_flops_are_two_per_weight_and_output_pixel():
    assert conv2d_flops(26, 3, 1, 8) == 2 * 26 * 26 * 9 * 8
    assert conv2d_flops((4, 5), (3, 2), 3, 7, batch_size=2) == 2 * 2 * 20 * 6 * 21


def test_the_digit_network_has_5258_parameters_and_sees_10_pixels():
    sizes = network_sizes((28, 28, 1), DIGIT_CNN)
    assert sum(layer.parameters for layer in sizes) == 5258
    assert [layer.output_shape for layer in sizes][3:] == [(5, 5, 16), (400,), (10,)]
    assert [layer.receptive_field for layer in sizes] == [3, 4, 8, 10, None, None]


def test_vgg_16_has_the_published_138_million_parameters():
    layers = []
    for count, channels in ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)):
        layers += [("conv", 3, channels, 1, 1)] * count + [("pool", 2)]
    layers += [("flatten",), ("dense", 4096), ("dense", 4096), ("dense", 1000)]
    assert sum(layer.parameters for layer in network_sizes((224, 224, 3), layers)) == 138_357_544


def test_a_stride_without_a_padding_and_a_global_mean_are_understood():
    sizes = network_sizes((9, 9, 2), [("conv", 3, 4, 2), ("global mean",), ("dense", 3)])
    assert [layer.output_shape for layer in sizes] == [(4, 4, 4), (4,), (3,)]


def test_the_table_ends_with_the_sum():
    assert "5,258" in size_table(network_sizes((28, 28, 1), DIGIT_CNN)).splitlines()[-1]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: output_size(4, 5), "reaches over 5 pixels; with padding 0 there are 4"),
        (lambda: output_size(28, 3, stride=0), "stride must be a whole number of at least 1"),
        (lambda: receptive_field([(3,)]), r"layers\[0\] must be \(kernel_size, stride\)"),
        (lambda: network_sizes((28, 28, 1), [("conv", 3, 8), ("dense", 10)]), r"flatten \(26, 26, 8\) first"),
        (lambda: network_sizes((28, 28, 1), [("convolution", 3, 8)]), "got 'convolution'"),
    ],
)
def test_an_error_says_what_is_wrong(call, words):
    with pytest.raises(ValueError, match=words):
        call()
