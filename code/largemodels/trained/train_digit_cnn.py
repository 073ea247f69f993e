"""Train the network of chapter 5 that reads digits, and store its weights in ``digit_cnn.npz``.

    python -m largemodels.trained.train_digit_cnn

Three runs differ in how far the training images are moved about, by up to 0, 1 or 2 pixels, anew in each epoch; the one
with the lowest validation loss is stored. The test set is not looked at. With the same versions on the same machine the
result is the same to the last bit; elsewhere additions are carried out in another order, and accuracies agree to
about a percentage point. It takes a few minutes.
"""

import argparse

import numpy as np

from largemodels.augmentation import random_shifts
from largemodels.data import load_digits_28
from largemodels.digit_cnn import SHAPES
from largemodels.trained import DIGIT_CNN_FILE

NUM_EPOCHS = 25
BATCH_SIZE = 64
PEAK_LEARNING_RATE = 3e-3
MAX_SHIFTS = (0, 1, 2)


def keras_digit_cnn():
    """Build the network of :mod:`largemodels.digit_cnn` in Keras, with logits as its outputs."""
    import keras  # takes seconds to load

    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(8, 3, activation="relu", name="conv1"),
            layers.MaxPooling2D(2, name="pool1"),
            layers.Conv2D(16, 3, activation="relu", name="conv2"),
            layers.MaxPooling2D(2, name="pool2"),
            layers.Flatten(name="flatten"),
            layers.Dense(10, name="dense"),
        ]
    )


def train(max_shift, num_epochs, digits):
    """Train one network; return its weights, and loss and accuracy on the validation digits."""
    import keras

    keras.utils.set_random_seed(5)
    rng = np.random.default_rng(5)
    model = keras_digit_cnn()
    num_steps = num_epochs * -(-len(digits.X_train) // BATCH_SIZE)
    model.compile(
        optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(PEAK_LEARNING_RATE, num_steps)),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    for _ in range(num_epochs):
        moved = random_shifts(digits.X_train, max_shift, rng)[..., None]  # (N, 28, 28, 1)
        model.fit(moved, digits.y_train, batch_size=BATCH_SIZE, epochs=1, verbose=0)
    loss, accuracy = model.evaluate(digits.X_validation[..., None], digits.y_validation, verbose=0)
    return model.get_weights(), loss, accuracy


def main():
    parser = argparse.ArgumentParser(prog="python -m largemodels.trained.train_digit_cnn")
    parser.add_argument("--epochs", type=int, default=NUM_EPOCHS, help=f"epochs of each run (default {NUM_EPOCHS})")
    parser.add_argument("--output", default=DIGIT_CNN_FILE, help="where the weights go (default: into the package)")
    arguments = parser.parse_args()

    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()
    digits = load_digits_28()
    runs = {}
    for max_shift in MAX_SHIFTS:
        weights, loss, accuracy = train(max_shift, arguments.epochs, digits)
        print(f"shifts up to {max_shift}: validation loss {loss:.3f}, accuracy {accuracy:.3f}", flush=True)
        runs[max_shift] = loss, weights
    chosen = min(runs, key=lambda max_shift: runs[max_shift][0])
    np.savez(arguments.output, **dict(zip(SHAPES, runs[chosen][1], strict=True)))
    print(f"stored the network with shifts up to {chosen}")


if __name__ == "__main__":
    main()
