"""One 3 × 3 kernel over one picture: against the chapter's layers, and by hand."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from largemodels.conv import conv2d_forward
from largemodels.kernels import KERNELS, PICTURES, flip_effect, kernel_name, load_picture, run_kernel
from largemodels.pooling import max_pool_forward, mean_pool_forward

COUNTED = np.arange(49.0).reshape(7, 7) / 48


def test_a_window_by_hand():
    image = np.zeros((7, 7))
    image[2:5, 2:5] = [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6], [0.7, 0.8, 0.9]]
    run = run_kernel(KERNELS["sobel_x"], image, bias=0.5, row=2, column=2)
    # (-0.1 + 0.3) + 2 (-0.4 + 0.6) + (-0.7 + 0.9)
    assert run.total == pytest.approx(0.8)
    assert run.value == pytest.approx(1.3)
    assert run.products.tolist() == [[-0.1, 0, 0.3], [-0.8, 0, 1.2], [-0.7, 0, 0.9]]
    assert run.window_rows == (2, 3, 4)
    assert run.output.shape == (5, 5)


@given(
    kernel=st.one_of(
        st.sampled_from(list(KERNELS.values())),
        st.tuples(*[st.floats(-10, 10, allow_subnormal=False)] * 9),
    ),
    picture=st.sampled_from(["flower", "square", "dot"]),
    stride=st.integers(1, 3),
    padding=st.integers(0, 2),
    dilation=st.integers(1, 3),
    bias=st.floats(-5, 5),
    relu=st.sampled_from(["none", "relu"]),
)
def test_it_is_the_chapters_convolution_and_pooling(kernel, picture, stride, padding, dilation, bias, relu):
    X = load_picture(picture)[None, :, :, None]
    W = np.reshape(kernel, (3, 3, 1, 1)).astype(float)
    Z = conv2d_forward(X, W, np.array([bias]), stride, padding, dilation)
    A = np.maximum(Z, 0) if relu == "relu" else Z
    for pooling, forward in (("max", max_pool_forward), ("mean", mean_pool_forward)):
        run = run_kernel(kernel, picture, stride, padding, dilation, bias, relu, pooling)
        np.testing.assert_allclose(run.z, Z[0, :, :, 0], rtol=1e-12, atol=1e-13)
        if min(run.output.shape) < 2:
            assert run.pooled is None
        else:
            np.testing.assert_allclose(run.pooled, forward(A)[0, :, :, 0], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("dilation", [1, 2, 3])
@pytest.mark.parametrize("padding", [0, 1, 2])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_the_inspected_pixel_is_the_sum_of_its_products_wherever_it_is(stride, padding, dilation):
    kernel = KERNELS["emboss"]
    whole = run_kernel(kernel, COUNTED, stride, padding, dilation, bias=0.25)
    for row, column in np.ndindex(*whole.output.shape):
        run = run_kernel(kernel, COUNTED, stride, padding, dilation, bias=0.25, row=row, column=column)
        assert run.value == pytest.approx(run.products.sum() + 0.25)
        assert run.value == whole.output[row, column]
        assert run.num_padding == np.sum(np.pad(np.zeros((7, 7)), padding, constant_values=1)[
            np.ix_(run.window_rows, run.window_columns)
        ])  # fmt: skip


def test_a_pixel_beyond_the_output_is_its_last_one():
    run = run_kernel(KERNELS["identity"], "flower", row=65, column=65)
    assert (run.row, run.column) == (45, 61)


def test_a_row_that_fills_no_pooling_window_is_left_out():
    run = run_kernel(KERNELS["identity"], COUNTED, pooling="max", row=4, column=0)
    assert run.pooled.shape == (2, 2)
    assert run.pool_window is None
    inside = run_kernel(KERNELS["identity"], COUNTED, pooling="max", row=3, column=1)
    assert (inside.pool_row, inside.pool_column) == (1, 0)
    assert inside.pool_value == inside.pool_window.max() == inside.output[3, 1]


@pytest.mark.parametrize(("name", "kernel_sum"), [
    ("identity", 1), ("mean", 1), ("gaussian", 1), ("sharpen", 1), ("sobel_x", 0), ("sobel_y", 0), ("laplacian", 0),
    ("emboss", 1), ("shift_down", 1),
])  # fmt: skip
def test_a_flat_area_gives_its_value_times_the_sum_of_the_entries_plus_the_bias(name, kernel_sum):
    run = run_kernel(KERNELS[name], np.full((8, 9), 0.6), bias=0.125)
    np.testing.assert_allclose(run.output, 0.6 * kernel_sum + 0.125)
    assert run.kernel_sum == pytest.approx(kernel_sum)
    plain = run_kernel(KERNELS[name], "pagoda")
    assert plain.flat == ("same" if kernel_sum else "zero")
    assert plain.scale_kind == ("picture" if kernel_sum else "symmetric")


def test_the_shift_moves_the_picture_down_by_one_pixel():
    run = run_kernel(KERNELS["shift_down"], "digit", padding=1)
    np.testing.assert_array_equal(run.output[1:], run.image[:-1])
    np.testing.assert_array_equal(run.output[0], 0)


def test_the_sobel_kernels_find_edges_of_one_direction_only():
    steps = np.zeros((8, 8))
    steps[:, 4:] = 1
    assert run_kernel(KERNELS["sobel_x"], steps).high == 4
    assert run_kernel(KERNELS["sobel_y"], steps).answer == "all_zero"
    assert run_kernel(KERNELS["sobel_y"], steps.T).high == 4
    darker = run_kernel(KERNELS["sobel_x"], 1 - steps, relu="relu")
    assert darker.answer == "all_cut"


def test_a_dot_shows_the_kernel_upside_down_and_the_flip_puts_it_right():
    kernel = np.arange(1.0, 10).reshape(3, 3)
    dot = run_kernel(kernel, "dot")
    np.testing.assert_array_equal(dot.output[2:5, 2:5], kernel[::-1, ::-1])
    turned = run_kernel(kernel[::-1, ::-1], "dot")
    np.testing.assert_array_equal(turned.output[2:5, 2:5], kernel)


def test_flips_are_told_apart():
    effects = {name: flip_effect(kernel) for name, kernel in KERNELS.items()}
    assert effects == {
        "identity": "same", "mean": "same", "gaussian": "same", "sharpen": "same", "laplacian": "same",
        "sobel_x": "negated", "sobel_y": "negated", "emboss": "different", "shift_down": "different",
    }  # fmt: skip


def test_a_kernel_is_known_by_its_entries():
    assert kernel_name(np.full((3, 3), 1 / 9)) == "mean"
    assert kernel_name(np.full(9, 0.111)) == "own"


@pytest.mark.parametrize("name", PICTURES)
def test_the_pictures_are_small_grey_and_read_only(name):
    image = load_picture(name)
    assert min(image.shape) >= 7
    assert max(image.shape) <= 64
    assert image.dtype == np.float64
    assert 0 <= image.min() < 0.1
    assert 0.8 < image.max() <= 1
    np.testing.assert_array_equal(255 * image, np.rint(255 * image))
    with pytest.raises(ValueError, match="read-only"):
        image[0, 0] = 1


@pytest.mark.parametrize(("settings", "error", "message"), [
    ({"kernel": (1, 2, 3)}, ValueError, "kernel must be nine numbers or 3 rows of 3; got the shape (3,)"),
    ({"kernel": (0,) * 8 + (11,)}, ValueError, "the kernel's entries must be from -10 to 10; got"),
    ({"kernel": (0,) * 8 + (np.nan,)}, ValueError, "the kernel's entries must be from -10 to 10; got"),
    ({"picture": "cat"}, ValueError, "picture must be one of pagoda, flower, digit, square, dot; got 'cat'"),
    ({"picture": np.zeros((5, 5))}, ValueError, "at least 7 x 7 pixels; got the shape (5, 5)"),
    ({"picture": np.full((8, 8), 255)}, ValueError, "a picture's values must be from 0 to 1; got 255.0 to 255.0"),
    ({"stride": 4}, ValueError, "stride must be at most 3; got 4"),
    ({"stride": 0}, ValueError, "stride must be a whole number of at least 1; got 0"),
    ({"padding": 3}, ValueError, "padding must be at most 2; got 3"),
    ({"dilation": 1.5}, TypeError, "dilation must be a whole number of at least 1; got 1.5"),
    ({"bias": 6}, ValueError, "bias must be from -5 to 5; got 6"),
    ({"relu": True}, ValueError, "relu must be one of none, relu; got True"),
    ({"pooling": "sum"}, ValueError, "pooling must be one of none, max, mean; got 'sum'"),
    ({"row": -1}, ValueError, "row must be a whole number of at least 0; got -1"),
])  # fmt: skip
def test_a_bad_setting_is_refused_and_the_message_says_what_is_allowed(settings, error, message):
    with pytest.raises(error, match=re.escape(message)):
        run_kernel(**{"kernel": KERNELS["identity"], "picture": "dot", **settings})
