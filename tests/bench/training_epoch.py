"""One epoch of training: the course's NumPy network beside the same network in Keras."""

import statistics
import time

import numpy as np

TITLE = "One epoch of training on 3,500 digits"

NUM_EPOCHS = 15


def measure(folder):
    # Imported late: TensorFlow takes seconds to load, and the other measurements do without.
    from largemodels import data

    print(f"Batches of 64, float32, gradient descent with momentum; median of {NUM_EPOCHS} epochs in milliseconds.\n")
    digits = data.load_digits_28()
    X = digits.X_train.reshape(len(digits.X_train), -1).astype(np.float32)
    for sizes in ([784, 32, 10], [784, 256, 10]):
        ours, keras = numpy_epoch(sizes, X, digits.y_train), keras_epoch(sizes, X, digits.y_train)
        name = "-".join(map(str, sizes))
        print(f"  {name:12s} NumPy {ours * 1e3:7.1f}   Keras {keras * 1e3:7.1f}   ratio {ours / keras:.2f}")


def numpy_epoch(sizes, X, y):
    from largemodels.network import initialise_network
    from largemodels.optimizers import SGD
    from largemodels.training import train

    rng = np.random.default_rng(0)
    parameters, optimizer = initialise_network(sizes, rng, np.float32), SGD(0.05, momentum=0.9)
    seconds = []
    for _ in range(NUM_EPOCHS + 1):
        began = time.perf_counter()
        parameters, _ = train(parameters, X, y, optimizer, num_epochs=1, batch_size=64, rng=rng)
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds[1:])  # the first one warms up


def keras_epoch(sizes, X, y):
    import keras

    class Clock(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.seconds = []

        def on_epoch_begin(self, epoch, logs=None):
            self.began = time.perf_counter()

        def on_epoch_end(self, epoch, logs=None):
            self.seconds.append(time.perf_counter() - self.began)

    keras.utils.set_random_seed(0)
    hidden, outputs = sizes[1:]
    layers = [keras.Input((sizes[0],)), keras.layers.Dense(hidden, activation="relu"), keras.layers.Dense(outputs)]
    model = keras.Sequential(layers)
    model.compile(
        optimizer=keras.optimizers.SGD(0.05, momentum=0.9),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    clock = Clock()
    model.fit(X, y, batch_size=64, epochs=NUM_EPOCHS + 1, verbose=0, callbacks=[clock])
    return statistics.median(clock.seconds[1:])
