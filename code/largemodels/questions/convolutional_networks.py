"""Checkers of the practice exercises of chapter 5, convolutional networks.

Each ``check_<name>`` is called with the reader's function ``<name>``. Beside it stand the right answer and the known
mistakes, all of them as functions: a mistake is recognised by its results.
"""

import numpy as np

from largemodels.questions.checking import Case, Exercise, Mistake

# ---------------------------------------------------------------------------------------------------------
# 1. A kernel that moves the picture


def _single_one(row, column):
    kernel = np.zeros((3, 3))
    kernel[row, column] = 1
    return kernel


check_shift_kernel = Exercise(
    "shift_kernel",
    difficulty=1,
    reference=lambda down, right: _single_one(1 - down, 1 - right),
    task="Return a (3, 3) array with a single 1 at the right place.",
    success="all nine kernels move the picture as they should.",
    cases=[Case(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)],
    mistakes=[
        Mistake(
            lambda down, right: _single_one(1 + down, 1 + right),
            "your kernel moves the picture the other way. To move it down, each output takes the pixel above it.",
        ),
        Mistake(
            lambda down, right: _single_one(1 - right, 1 - down),
            "rows and columns are exchanged: the first index of the kernel goes down, the second to the right.",
        ),
        Mistake(
            lambda down, right: _single_one(1 + right, 1 + down),
            "rows and columns are exchanged, and the picture moves the other way: to move it down, each output takes "
            "the pixel above it.",
        ),
        Mistake(
            lambda down, right: _single_one(-down, -right),
            "the kernel that moves nothing has its 1 in the centre, at [1, 1]. Count from there.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 2. Count the parameters


def _count(conv_parameters, next_size, dense_parameters):
    """Make a version of the count from its three formulas."""

    def version(input_size, channels, conv_layers, num_classes):
        total = 0
        for kernel_size, channels_out in conv_layers:
            total += conv_parameters(kernel_size, channels, channels_out)
            input_size, channels = next_size(input_size, kernel_size), channels_out
        return total + dense_parameters(input_size, channels, num_classes)

    return version


def _conv_count(kernel_size, channels, channels_out):
    return (kernel_size**2 * channels + 1) * channels_out


def _size_after(input_size, kernel_size):
    return (input_size - kernel_size + 1) // 2


def _dense_count(size, channels, num_classes):
    return (size**2 * channels + 1) * num_classes


_network_parameters = _count(_conv_count, _size_after, _dense_count)

check_network_parameters = Exercise(
    "network_parameters",
    difficulty=1,
    reference=lambda input_size, channels, conv_layers, num_classes: _network_parameters(
        input_size, channels, conv_layers, num_classes
    ),
    task="Follow the size of the maps through the layers, and add up the weights and biases.",
    success="the count agrees for grey and colour images, odd sizes, one layer and several, and none.",
    cases=[
        Case(28, 1, [(3, 8), (3, 16)], 10),
        Case(32, 3, [(5, 6)], 10),
        Case(29, 3, [(3, 4), (2, 8), (3, 2)], 5),
        Case(8, 2, [], 3),
        Case(13, 1, [(4, 3)], 2),
    ],
    mistakes=[
        Mistake(
            _count(lambda k, c, o: k**2 * c * o, _size_after, lambda size, c, k: size**2 * c * k),
            "the biases are missing: one for each kernel, and one for each output of the dense layer.",
        ),
        Mistake(
            _count(lambda k, c, o: (k**2 + 1) * o, _size_after, _dense_count),
            "a kernel reaches through all channels of its input: it has kernel_size² · channels weights.",
        ),
        Mistake(
            _count(lambda k, c, o: (k**2 + 1) * c * o, _size_after, _dense_count),
            "one bias for each kernel, not one for each channel that it reads: (kernel_size² · channels + 1) per "
            "kernel.",
        ),
        Mistake(
            _count(_conv_count, lambda size, k: size // 2, _dense_count),
            "a convolution without padding makes the map smaller, by kernel_size − 1, before it is pooled.",
        ),
        Mistake(
            _count(_conv_count, lambda size, k: -(-(size - k + 1) // 2), _dense_count),
            "pooling leaves out what does not fill a window: half the size, rounded down.",
        ),
        Mistake(
            _count(_conv_count, lambda size, k: size - k + 1, _dense_count),
            "the pooling is missing: after each convolution the map has half the height and width.",
        ),
        Mistake(
            _count(_conv_count, lambda size, k: (size - k) // 2, _dense_count),
            "a window of kernel_size has size − kernel_size + 1 places, one more than you count.",
        ),
        Mistake(
            _count(_conv_count, _size_after, lambda size, c, k: (c + 1) * k),
            "that is a dense layer without the flatten step. After it there are height · width · channels inputs.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 3. What `same` pads


def _total_same(input_size, kernel_size, stride):
    return max((-(-input_size // stride) - 1) * stride + kernel_size - input_size, 0)


def _same_padding(input_size, kernel_size, stride):
    total = _total_same(input_size, kernel_size, stride)
    return total // 2, total - total // 2


def _same_padding_at_the_start(input_size, kernel_size, stride):
    return _same_padding(input_size, kernel_size, stride)[::-1]


def _same_padding_of_stride_1(input_size, kernel_size, stride):
    return (kernel_size - 1) // 2, kernel_size // 2


def _same_padding_on_both_sides(input_size, kernel_size, stride):
    return kernel_size // 2, kernel_size // 2


def _same_padding_negative(input_size, kernel_size, stride):
    total = (-(-input_size // stride) - 1) * stride + kernel_size - input_size
    return total // 2, total - total // 2


def _same_padding_that_keeps_the_size(input_size, kernel_size, stride):
    total = (input_size - 1) * stride + kernel_size - input_size
    return total // 2, total - total // 2


def _same_padding_rounded_down(input_size, kernel_size, stride):
    total = max((input_size // stride - 1) * stride + kernel_size - input_size, 0)
    return total // 2, total - total // 2


check_same_padding = Exercise(
    "same_padding",
    difficulty=2,
    reference=_same_padding,
    task="Return (before, after): work out how far the last window reaches beyond the input.",
    success="the zeros agree for odd and even sizes, kernels from 1 to 7 and strides from 1 to 4.",
    outputs=("before", "after"),
    cases=[
        Case(28, 3, 1),
        Case(28, 3, 2),
        Case(27, 3, 2),
        Case(10, 4, 1),
        Case(7, 5, 3),
        Case(10, 1, 3),
        Case(8, 2, 4),
        Case(224, 7, 2),
    ],
    mistakes=[
        Mistake(_same_padding_at_the_start, "where the number of zeros is odd, the one too many goes to the end."),
        Mistake(
            _same_padding_of_stride_1,
            "that is right for a stride of 1. With a larger one the last window starts elsewhere, and fewer zeros are "
            "needed.",
        ),
        Mistake(
            _same_padding_on_both_sides,
            "that is kernel_size // 2 on both sides, PyTorch's habit. TensorFlow adds no more zeros than the output "
            "size needs.",
        ),
        Mistake(
            _same_padding_negative,
            "your number of zeros can be negative, where the stride is larger than the kernel. Padding never cuts off.",
        ),
        Mistake(
            _same_padding_that_keeps_the_size,
            "you keep the size of the input. With a stride, the output has input_size / stride pixels, rounded up.",
        ),
        Mistake(_same_padding_rounded_down, "the output has input_size / stride pixels, rounded up, not down."),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 4. Max pooling, every size


def _max_pool_any(X, size, stride, reduce=np.max, cut=0):
    height, width = ((length - size) // stride + 1 - cut for length in X.shape[1:3])
    Z = np.empty((len(X), max(height, 0), max(width, 0), X.shape[3]))
    for i, j in np.ndindex(*Z.shape[1:3]):
        window = X[:, i * stride : i * stride + size, j * stride : j * stride + size]
        Z[:, i, j] = reduce(window, axis=(1, 2))
    return Z


def _max_pool_stride_ignored(X, size, stride):
    return _max_pool_any(X, size, size)


def _max_pool_step_1(X, size, stride):
    return _max_pool_any(X, size, 1)


def _max_pool_partial(X, size, stride):
    filled = np.full((len(X), X.shape[1] + size, X.shape[2] + size, X.shape[3]), -np.inf)
    filled[:, : X.shape[1], : X.shape[2]] = X
    height, width = (-(-length // stride) for length in X.shape[1:3])
    Z = np.empty((len(X), height, width, X.shape[3]))
    for i, j in np.ndindex(height, width):
        Z[:, i, j] = filled[:, i * stride : i * stride + size, j * stride : j * stride + size].max(axis=(1, 2))
    return Z


def _max_pool_across_channels(X, size, stride):
    Z = _max_pool_any(X, size, stride)
    return np.broadcast_to(Z.max(axis=3, keepdims=True), Z.shape)


def _max_pool_across_images(X, size, stride):
    Z = _max_pool_any(X, size, stride)
    return np.broadcast_to(Z.max(axis=0, keepdims=True), Z.shape)


_RNG = np.random.default_rng(5)
_POOLED = _RNG.integers(-9, 10, size=(2, 5, 6, 2)).astype(float)

check_max_pool_any = Exercise(
    "max_pool_any",
    difficulty=2,
    reference=lambda X, size, stride: _max_pool_any(X, size, stride),
    task="Take the maximum over rows and columns of every window.",
    success="the maxima agree for windows that overlap, touch and leave gaps, and negative values stay negative.",
    cases=[
        Case(_POOLED, 2, 2),
        Case(_POOLED, 3, 2),
        Case(_POOLED, 3, 1),
        Case(_POOLED, 2, 3),
        Case(-np.arange(1.0, 17).reshape(1, 4, 4, 1), 2, 2),
        Case(_POOLED, 1, 1),
    ],
    mistakes=[
        Mistake(
            lambda X, size, stride: _max_pool_any(X, size, stride, np.mean),
            "that is the mean of each window, not the maximum.",
        ),
        Mistake(_max_pool_stride_ignored, "the window moves by its own size in your version. Use the stride."),
        Mistake(_max_pool_step_1, "the window moves by 1 in your version. Use the stride."),
        Mistake(
            _max_pool_partial,
            "windows that reach beyond the image count in your version. They are left out: there are "
            "(H − size) // stride + 1 of them.",
        ),
        Mistake(
            _max_pool_across_channels,
            "the maximum runs over the channels too. Each channel keeps its own: only axes 1 and 2 of the window.",
        ),
        Mistake(
            _max_pool_across_images,
            "the maximum runs over the images too. Each keeps its own: only axes 1 and 2 of the window.",
        ),
        Mistake(
            lambda X, size, stride: np.maximum(_max_pool_any(X, size, stride), 0),
            "negative maxima have become 0. Start from the values of the window, not from an array of zeros.",
        ),
        Mistake(
            lambda X, size, stride: _max_pool_any(X, size, stride, cut=1),
            "the last row and column of windows are missing: the number of windows is (H − size) // stride + 1.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 5. Two layers in one


def _merge_kernels(first, second):
    (KH_1, KW_1), (KH_2, KW_2) = first.shape, second.shape
    merged = np.zeros((KH_1 + KH_2 - 1, KW_1 + KW_2 - 1))
    for p, q in np.ndindex(KH_2, KW_2):
        merged[p : p + KH_1, q : q + KW_1] += first * second[p, q]
    return merged


def _merge_overwriting(first, second):
    (KH_1, KW_1), (KH_2, KW_2) = first.shape, second.shape
    merged = np.zeros((KH_1 + KH_2 - 1, KW_1 + KW_2 - 1))
    for p, q in np.ndindex(KH_2, KW_2):
        merged[p : p + KH_1, q : q + KW_1] = first * second[p, q]
    return merged


check_merge_kernels = Exercise(
    "merge_kernels",
    difficulty=2,
    reference=_merge_kernels,
    task="Return the kernel whose cross-correlation equals that of first followed by second.",
    success="one kernel does the work of two, for square kernels and others, of the same size and of different ones.",
    cases=[
        Case(np.array([[1.0, 2.0], [3.0, 5.0]]), np.array([[1.0, -1.0], [0.0, 2.0]])),
        Case(np.array([[-1.0, 0.0, 1.0]]), np.array([[1.0], [2.0], [1.0]])),
        Case(np.array([[1.0, 2.0, 4.0], [0.0, 1.0, -1.0]]), np.array([[2.0, 1.0], [1.0, 0.0], [3.0, 1.0]])),
        Case(np.array([[2.0]]), np.array([[1.0, 3.0]])),
    ],
    mistakes=[
        Mistake(
            lambda first, second: _merge_kernels(first, second[::-1, ::-1]),
            "one kernel is flipped: that is the full cross-correlation of the two. Put equation (5.1) into itself and "
            "see to which pixel the product of two weights belongs.",
        ),
        Mistake(
            lambda first, second: _merge_kernels(first[::-1, ::-1], second),
            "the first kernel is flipped. Put equation (5.1) into itself and see to which pixel the product of two "
            "weights belongs.",
        ),
        Mistake(
            lambda first, second: _merge_kernels(first, second)[::-1, ::-1],
            "your kernel is flipped, as for a true convolution. It is used in a cross-correlation.",
        ),
        Mistake(
            _merge_overwriting,
            "several pairs of weights meet at the same pixel, and their products add up: += instead of =.",
        ),
        Mistake(
            lambda first, second: first * second,
            "multiplying entry by entry says nothing about other places. The merged kernel is larger: K₁ + K₂ − 1.",
        ),
        Mistake(
            lambda first, second: first + second,
            "adding the kernels gives two layers side by side, whose outputs are added, not one after the other.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 6. The gradient of a kernel


def _kernel_gradient(X, dZ, kernel_size, stride):
    height, width = dZ.shape
    dW = np.zeros((kernel_size, kernel_size))
    for u, v in np.ndindex(kernel_size, kernel_size):
        met = X[u : u + stride * height : stride, v : v + stride * width : stride][:height, :width]
        dW[u, v] = np.sum(met * dZ)
    return dW


def _windows(X, kernel_size, stride, dZ):
    for i, j in np.ndindex(*dZ.shape):
        yield X[i * stride : i * stride + kernel_size, j * stride : j * stride + kernel_size], dZ[i, j]


def _kernel_gradient_stride_1(X, dZ, kernel_size, stride):
    return _kernel_gradient(X, dZ, kernel_size, 1)


_IMAGE = _RNG.integers(-3, 4, size=(7, 6)).astype(float)
_GRADIENT_CASES = [
    (np.arange(1.0, 10).reshape(3, 3), 2, 1),
    (_IMAGE, 3, 1),
    (_IMAGE, 3, 2),
    (_IMAGE, 2, 3),
    (_IMAGE, 1, 2),
]


def _gradient_of_output(image, kernel_size, stride):
    shape = tuple((length - kernel_size) // stride + 1 for length in image.shape)
    return np.random.default_rng(kernel_size + 10 * stride).integers(-2, 4, size=shape).astype(float)


check_kernel_gradient = Exercise(
    "kernel_gradient",
    difficulty=2,
    reference=_kernel_gradient,
    task="For each weight, add up pixel times output gradient over all places of the window.",
    success="dW agrees for strides from 1 to 3, kernels from 1 to 3, and images whose last pixels no window sees.",
    cases=[
        Case(image, _gradient_of_output(image, size, stride), size, stride) for image, size, stride in _GRADIENT_CASES
    ],
    mistakes=[
        Mistake(
            lambda X, dZ, kernel_size, stride: _kernel_gradient(X, dZ, kernel_size, stride)[::-1, ::-1],
            "your result is flipped. With cross-correlation forward, dW is a cross-correlation too.",
        ),
        Mistake(
            _kernel_gradient_stride_1,
            "the window moved by the stride, so the pixels that a weight met lie that far apart.",
        ),
        Mistake(
            lambda X, dZ, kernel_size, stride: _kernel_gradient(X, dZ, kernel_size, stride) / dZ.size,
            "you take the mean over the outputs. Every one of them uses the weight, and their gradients add up.",
        ),
        Mistake(
            lambda X, dZ, kernel_size, stride: sum(window for window, _ in _windows(X, kernel_size, stride, dZ)),
            "the pixels that a weight met are added up without dZ: each counts as much as its output's gradient.",
        ),
        Mistake(
            lambda X, dZ, kernel_size, stride: _kernel_gradient(X, dZ, kernel_size, stride).T,
            "rows and columns of your result are exchanged.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 7. The gradient of a picture


def _image_gradient(dZ, W, image_shape, stride):
    dX = np.zeros(image_shape)
    KH, KW = W.shape
    for i, j in np.ndindex(*dZ.shape):
        dX[i * stride : i * stride + KH, j * stride : j * stride + KW] += dZ[i, j] * W
    return dX


def _image_gradient_overwriting(dZ, W, image_shape, stride):
    dX = np.zeros(image_shape)
    KH, KW = W.shape
    for i, j in np.ndindex(*dZ.shape):
        dX[i * stride : i * stride + KH, j * stride : j * stride + KW] = dZ[i, j] * W
    return dX


def _image_gradient_stride_1(dZ, W, image_shape, stride):
    return _image_gradient(dZ, W, image_shape, 1)


def _image_gradient_of_ones(dZ, W, image_shape, stride):
    return _image_gradient(np.ones_like(dZ), W, image_shape, stride)


def _image_gradient_cut(dZ, W, image_shape, stride):
    dX = _image_gradient(dZ, W, image_shape, stride)
    rows, columns = ((count - 1) * stride + size for count, size in zip(dZ.shape, W.shape, strict=True))
    return dX[:rows, :columns]


_KERNEL = np.array([[1.0, 2.0, -1.0], [0.0, 3.0, 1.0]])

check_image_gradient = Exercise(
    "image_gradient",
    difficulty=3,
    reference=_image_gradient,
    task="Each output hands its gradient, times the kernel, back to the window that it saw.",
    success="dX agrees for strides from 1 to 3, and pixels that no window covered get 0.",
    cases=[
        Case(np.array([[1.0, 2.0], [0.0, -1.0]]), np.array([[1.0, 2.0], [3.0, 4.0]]), (3, 3), 1),
        Case(np.array([[1.0, -2.0, 3.0], [2.0, 1.0, 1.0]]), _KERNEL, (3, 5), 1),
        Case(np.array([[1.0, -2.0], [2.0, 1.0]]), _KERNEL, (5, 6), 2),
        Case(np.array([[2.0, 1.0], [1.0, -3.0]]), np.array([[1.0, 2.0], [-1.0, 4.0]]), (6, 5), 3),
        Case(np.array([[2.0]]), _KERNEL, (3, 4), 2),
    ],
    mistakes=[
        Mistake(
            lambda dZ, W, image_shape, stride: _image_gradient(dZ, W[::-1, ::-1], image_shape, stride),
            "the kernel is flipped once too often. Spreading dZ[i, j] · W over the window needs no flip; a full "
            "cross-correlation of dZ would.",
        ),
        Mistake(
            _image_gradient_overwriting,
            "windows overlap, and a pixel collects a gradient from each of them: += instead of =.",
        ),
        Mistake(_image_gradient_stride_1, "output (i, j) saw the window at (stride · i, stride · j)."),
        Mistake(
            _image_gradient_of_ones, "your result does not depend on dZ: each window gets its output's dZ[i, j] · W."
        ),
        Mistake(
            _image_gradient_cut,
            "dX must have the shape of the image, also where the last rows or columns were seen by no window.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 8. Carry a dense layer over


def _reorder_dense(W, height, width, channels):
    return W.reshape(channels, height, width, -1).transpose(1, 2, 0, 3).reshape(height * width * channels, -1)


check_reorder_dense = Exercise(
    "reorder_dense",
    difficulty=3,
    reference=_reorder_dense,
    task="Split the first axis of W into three, put them into the other order, and join them again.",
    success="every row is at its new place, for square maps and others.",
    cases=[
        Case(np.arange(12.0).reshape(12, 1), 2, 3, 2),
        Case(np.arange(48.0).reshape(24, 2), 2, 3, 4),
        Case(np.arange(27.0).reshape(27, 1), 3, 3, 3),
        Case(np.arange(10.0).reshape(5, 2), 1, 1, 5),
    ],
    mistakes=[
        Mistake(
            lambda W, height, width, channels: W,
            "nothing has moved. (A reshape there and back leaves every number where it was.)",
        ),
        Mistake(
            lambda W, height, width, channels: (
                W.reshape(height, width, channels, -1).transpose(2, 0, 1, 3).reshape(W.shape)
            ),
            "that is the way back, from channels last to channels first. Split the rows of W as they lie now: "
            "(channel, row, column).",
        ),
        Mistake(
            lambda W, height, width, channels: (
                W.reshape(channels, height, width, -1).transpose(2, 1, 0, 3).reshape(W.shape)
            ),
            "rows and columns of the maps are exchanged. The new order is (row, column, channel).",
        ),
        Mistake(
            lambda W, height, width, channels: W.reshape(channels, height, width, -1).transpose(1, 2, 0, 3),
            "the three axes are in the right order. Join them again: the result has two axes.",
        ),
    ],
)
