"""A dense layer three ways: Python loops as chapter 2 writes them, NumPy's matrix product, and Keras."""

import statistics
import timeit

import numpy as np

TITLE = "A dense layer of 784 inputs and 32 units: loops, NumPy, Keras"

BATCH_SIZES = (1, 8, 64, 512)
NUM_REPEATS = 5


def measure(folder):
    # Imported late: TensorFlow takes seconds to load, and the other measurements do without.
    import keras

    from largemodels.layers import dense_forward

    print(f"float32; median of {NUM_REPEATS} runs in milliseconds a batch (loops: of one run).\n")
    rng = np.random.default_rng(0)
    W, b = rng.normal(size=(784, 32)).astype(np.float32), rng.normal(size=32).astype(np.float32)
    layer = keras.layers.Dense(32)
    layer.build((None, 784))
    layer.set_weights([W, b])
    for batch_size in BATCH_SIZES:
        X = rng.normal(size=(batch_size, 784)).astype(np.float32)
        tensor = keras.ops.convert_to_tensor(X)
        # More than 64 rows of loops would take longer than all the rest: scaled up from 64, and said so.
        rows = min(batch_size, 64)
        loops = timeit.timeit(lambda X=X, rows=rows: by_loops(X[:rows], W, b), number=1) * batch_size / rows
        product = milliseconds(lambda X=X: dense_forward(X, W, b))
        in_keras = milliseconds(lambda tensor=tensor: layer(tensor))
        note = "  (loops scaled from 64)" if rows < batch_size else ""
        print(
            f"  batch {batch_size:4d}   loops {loops * 1e3:9.1f}   NumPy {product:7.3f}   Keras {in_keras:7.3f}   "
            f"loops / NumPy {loops * 1e3 / product:7.0f}{note}"
        )


def by_loops(X, W, b):
    Z = np.zeros((len(X), W.shape[1]))
    for i in range(len(X)):
        for k in range(W.shape[1]):
            Z[i, k] = b[k]
            for j in range(W.shape[0]):
                Z[i, k] += X[i, j] * W[j, k]
    return Z


def milliseconds(function, number=200):
    function()  # the first call warms up
    return statistics.median(timeit.repeat(function, number=number, repeat=NUM_REPEATS)) / number * 1e3
