"""Exercises of chapter 5: the references are right, solutions pass, stubs and mistakes are told apart."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.signal import convolve2d, correlate2d

from largemodels.conv import conv2d_backward, padding_on_each_side
from largemodels.digit_cnn import SHAPES
from largemodels.pooling import max_pool_forward
from largemodels.questions import convolutional_networks
from tests.questions.exercises_of import exercises_of, flat

EXERCISES = exercises_of(convolutional_networks)


def reference(name):
    return EXERCISES[f"check_{name}"].reference


# ---------------------------------------------------------------------------------------------------------
# Other right and wrong answers


def test_the_chapter_has_eight_exercises_from_easy_to_hard():
    assert [exercise.difficulty for exercise in EXERCISES.values()] == [1, 1, 2, 2, 2, 2, 3, 3]


# ---------------------------------------------------------------------------------------------------------
# Other right answers pass


def shift_kernel_by_rolling(down, right):
    kernel = np.zeros((3, 3), int)
    kernel[1, 1] = 1
    return np.roll(kernel, (-down, -right), axis=(0, 1))


def parameters_of_keras(input_size, channels, conv_layers, num_classes):
    import keras

    layers = [keras.Input((input_size, input_size, channels))]
    for kernel_size, channels_out in conv_layers:
        layers += [keras.layers.Conv2D(channels_out, kernel_size), keras.layers.MaxPooling2D(2)]
    return keras.Sequential([*layers, keras.layers.Flatten(), keras.layers.Dense(num_classes)]).count_params()


def same_padding_of_the_package(input_size, kernel_size, stride):
    one_axis = (input_size, 1), (kernel_size, 1), (stride, 1), (1, 1)
    return padding_on_each_side("same", *one_axis)[0]


def kernel_gradient_of_the_package(X, dZ, kernel_size, stride):
    W = np.zeros((kernel_size, kernel_size, 1, 1))
    return conv2d_backward(dZ[None, :, :, None], X[None, :, :, None], W, stride)[1][:, :, 0, 0]


def image_gradient_of_the_package(dZ, W, image_shape, stride):
    X = np.zeros((1, *image_shape, 1))
    return conv2d_backward(dZ[None, :, :, None], X, W[:, :, None, None], stride)[0][0, :, :, 0]


def reordered_by_index(W, height, width, channels):
    rows = np.arange(len(W)).reshape(channels, height * width)
    return W[rows.T.ravel()]


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("shift_kernel", shift_kernel_by_rolling),
        ("network_parameters", parameters_of_keras),
        ("same_padding", same_padding_of_the_package),
        ("max_pool_any", max_pool_forward),
        ("max_pool_any", lambda X, size, stride: tf.nn.max_pool2d(X, size, stride, "VALID").numpy()),
        ("merge_kernels", convolve2d),
        ("kernel_gradient", kernel_gradient_of_the_package),
        ("image_gradient", image_gradient_of_the_package),
        ("reorder_dense", reordered_by_index),
    ],
)
def test_another_right_answer_passes(name, answer):
    exercise = EXERCISES[f"check_{name}"]
    assert flat(exercise(answer)) == f"Correct: {exercise.success}"


# ---------------------------------------------------------------------------------------------------------
# The references, against something else


def test_a_shift_kernel_moves_a_picture():
    picture = np.pad(np.random.default_rng(0).normal(size=(4, 5)), 2)
    for down, right in np.ndindex(3, 3):
        moved = correlate2d(picture, reference("shift_kernel")(down - 1, right - 1), "same")
        assert np.allclose(moved, np.roll(picture, (down - 1, right - 1), axis=(0, 1)))


def test_the_network_of_the_chapter_has_as_many_parameters_as_its_arrays():
    assert reference("network_parameters")(28, 1, [(3, 8), (3, 16)], 10) == sum(map(np.prod, SHAPES.values()))


def test_the_merged_kernel_does_the_work_of_two():
    rng = np.random.default_rng(1)
    picture, first, second = rng.normal(size=(9, 9)), rng.normal(size=(3, 2)), rng.normal(size=(2, 4))
    one = correlate2d(picture, reference("merge_kernels")(first, second), "valid")
    assert np.allclose(one, correlate2d(correlate2d(picture, first, "valid"), second, "valid"))
