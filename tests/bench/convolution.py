"""The course's conv2d beside TensorFlow's, forward and backward, with and without oneDNN, and beside loops."""

import json
import os
import statistics
import subprocess
import sys
import time

import numpy as np

TITLE = "Convolution, forward and backward, float32"

# Both layers of the digit network, a larger layer, LeNet's first one, and a colour photograph.
SIZES = {
    "64 × 28×28×1,  3×3 to 8": ((64, 28, 28, 1), (3, 3, 1, 8)),
    "64 × 13×13×8,  3×3 to 16": ((64, 13, 13, 8), (3, 3, 8, 16)),
    "64 × 28×28×16, 3×3 to 32": ((64, 28, 28, 16), (3, 3, 16, 32)),
    "64 × 32×32×1,  5×5 to 6": ((64, 32, 32, 1), (5, 5, 1, 6)),
    "1 × 213×320×3, 3×3 to 8": ((1, 213, 320, 3), (3, 3, 3, 8)),
}
NUM_RUNS = 25


def measure(folder):
    print(f"Milliseconds, median of {NUM_RUNS} runs; both on one thread. Loops: one Python step per output pixel.\n")
    timings = {flag: _in_a_process_of_its_own(flag) for flag in ("0", "1")}
    heads = ("NumPy", "loops", "TensorFlow", "ratio", "oneDNN", "ratio")
    print(f"  {'':35s} " + " ".join(f"{head:>10s}" for head in heads))
    for name in SIZES:
        for way in ("forward", "backward"):
            plain, with_onednn = (timings[flag][name][way] for flag in ("0", "1"))
            # NumPy ran in both processes, each time beside the TensorFlow that it is compared with.
            ratios = [timing["numpy"] / timing["tensorflow"] for timing in (plain, with_onednn)]
            numbers = (plain["numpy"], plain["loops"], plain["tensorflow"], ratios[0])
            numbers += (with_onednn["tensorflow"], ratios[1])
            print(f"  {name:26s} {way:8s} " + " ".join(f"{number:10.2f}" for number in numbers))
    threads = timings["0"]["threads"]
    print(f"\n  threads: BLAS {threads['blas']}, TensorFlow {threads['tensorflow']}; ratio is NumPy / TensorFlow")


def _in_a_process_of_its_own(onednn):
    # TensorFlow reads the switch once, when it is loaded.
    environment = {**os.environ, "TF_ENABLE_ONEDNN_OPTS": onednn}
    command = [sys.executable, "-m", "tests.bench.convolution"]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(result.stdout.splitlines()[-1])


def _timings():
    import tensorflow as tf
    import threadpoolctl

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    timings = {name: _timings_of(*shapes) for name, shapes in SIZES.items()}
    pools = threadpoolctl.threadpool_info()  # SciPy brings a BLAS of its own, which takes no part in this
    blas = next(pool["num_threads"] for pool in pools if pool["user_api"] == "blas" and "numpy" in pool["filepath"])
    timings["threads"] = {"blas": blas, "tensorflow": tf.config.threading.get_intra_op_parallelism_threads()}
    return timings


def _timings_of(shape, kernel_shape):
    import tensorflow as tf

    from largemodels.conv import conv2d_backward, conv2d_forward  # the package limits BLAS to one thread

    rng = np.random.default_rng(0)
    X, W = rng.normal(size=shape).astype(np.float32), rng.normal(size=kernel_shape).astype(np.float32)
    b = np.zeros(kernel_shape[-1], np.float32)
    Z = conv2d_forward(X, W, b)  # serves as dZ as well
    X_tf, W_tf, b_tf, dZ_tf = (tf.constant(array) for array in (X, W, b, Z))

    @tf.function
    def forward(X, W, b):
        return tf.nn.conv2d(X, W, 1, "VALID") + b

    @tf.function
    def backward(dZ, X, W):
        settings = {"strides": [1, 1, 1, 1], "padding": "VALID"}
        dX = tf.raw_ops.Conv2DBackpropInput(input_sizes=tf.shape(X), filter=W, out_backprop=dZ, **settings)
        dW = tf.raw_ops.Conv2DBackpropFilter(input=X, filter_sizes=tf.shape(W), out_backprop=dZ, **settings)
        return dX, dW, tf.reduce_sum(dZ, axis=[0, 1, 2])

    assert np.allclose(Z, forward(X_tf, W_tf, b_tf), atol=1e-3)
    for ours, theirs in zip(conv2d_backward(Z, X, W), backward(dZ_tf, X_tf, W_tf), strict=True):
        assert np.allclose(ours, theirs, rtol=1e-3, atol=1e-3 * np.abs(ours).max())
    return {
        "forward": {
            **_side_by_side(lambda: conv2d_forward(X, W, b), lambda: forward(X_tf, W_tf, b_tf).numpy()),
            "loops": _median(lambda: loops_forward(X, W, b), num_runs=3),
        },
        "backward": {
            **_side_by_side(
                lambda: conv2d_backward(Z, X, W),
                lambda: [gradient.numpy() for gradient in backward(dZ_tf, X_tf, W_tf)],
            ),
            "loops": _median(lambda: loops_backward(Z, X, W), num_runs=3),
        },
    }


def loops_forward(X, W, b):
    KH, KW = W.shape[:2]
    Z = np.empty((len(X), X.shape[1] - KH + 1, X.shape[2] - KW + 1, W.shape[3]), X.dtype)
    for i, j in np.ndindex(*Z.shape[1:3]):
        Z[:, i, j] = np.tensordot(X[:, i : i + KH, j : j + KW], W, axes=3) + b
    return Z


def loops_backward(dZ, X, W):
    KH, KW = W.shape[:2]
    dX, dW = np.zeros_like(X), np.zeros_like(W)
    for i, j in np.ndindex(*dZ.shape[1:3]):
        window = (slice(None), slice(i, i + KH), slice(j, j + KW))
        dW += np.tensordot(X[window], dZ[:, i, j], axes=(0, 0))
        dX[window] += np.tensordot(dZ[:, i, j], W, axes=(1, 3))
    return dX, dW, dZ.sum(axis=(0, 1, 2))


def _side_by_side(ours, theirs):
    """Take turns, so that whatever else the machine does meets both."""
    ours(), theirs()
    seconds = {"numpy": [], "tensorflow": []}
    for _ in range(NUM_RUNS):
        for name, run in (("numpy", ours), ("tensorflow", theirs)):
            began = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - began)
    return {name: 1e3 * statistics.median(values) for name, values in seconds.items()}


def _median(run, num_runs):
    run()
    seconds = []
    for _ in range(num_runs):
        began = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - began)
    return 1e3 * statistics.median(seconds)


if __name__ == "__main__":
    print(json.dumps(_timings()))
