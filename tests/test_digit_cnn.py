"""The network that reads digits, and the weights that the package carries."""

import numpy as np
import pytest

from largemodels.data import load_digits_28
from largemodels.digit_cnn import SHAPES, digit_cnn_forward, digit_cnn_loss_and_gradients, initialise_digit_cnn
from largemodels.gradcheck import gradient_errors
from largemodels.trained import DIGIT_CNN_FILE, load_digit_cnn
from largemodels.trained.train_digit_cnn import keras_digit_cnn, train


@pytest.fixture(scope="module")
def digits():
    return load_digits_28()


def test_the_shipped_weights_are_small_and_have_the_documented_layout():
    parameters = load_digit_cnn()
    assert {name: array.shape for name, array in parameters.items()} == SHAPES
    assert list(parameters) == list(SHAPES)
    assert all(array.dtype == np.float32 and np.isfinite(array).all() for array in parameters.values())
    assert DIGIT_CNN_FILE.stat().st_size <= 60_000


def test_the_shipped_network_reads_validation_digits_well(digits):
    answers = digit_cnn_forward(digits.X_validation, load_digit_cnn())["logits"].argmax(axis=1)
    assert np.mean(answers == digits.y_validation) >= 0.97


def test_every_layer_equals_keras_with_the_same_weights(digits):
    import keras

    parameters, model = load_digit_cnn(), keras_digit_cnn()
    model.set_weights(list(parameters.values()))
    maps = keras.Model(model.inputs[0], [layer.output for layer in model.layers])
    *before, flat, logits = (np.asarray(output) for output in maps(digits.X_validation[:50, ..., None]))
    ours = digit_cnn_forward(digits.X_validation[:50], parameters)
    for name, theirs in zip(("conv1", "pool1", "conv2", "pool2"), before, strict=True):
        assert np.allclose(ours[name], theirs, atol=1e-4), name
    assert np.array_equal(flat, before[-1].reshape(50, 400))  # the order that W3's rows follow
    assert np.allclose(ours["logits"], logits, atol=1e-3)


def test_probabilities_add_up_to_one(digits):
    probabilities = digit_cnn_forward(digits.X_validation[:5], load_digit_cnn())["probabilities"]
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-6)


def test_all_six_gradients_pass_a_check(digits):
    rng = np.random.default_rng(0)
    parameters = initialise_digit_cnn(rng)
    for name in ("b1", "b2", "b3"):
        parameters[name] = rng.normal(size=SHAPES[name])  # off the kink of ReLU, where blank paper would put them
    images, y = digits.X_train[:8].astype(np.float64), digits.y_train[:8]
    _, gradients = digit_cnn_loss_and_gradients(images, y, parameters)

    def loss(parameters):
        return digit_cnn_loss_and_gradients(images, y, parameters)[0]

    errors = gradient_errors(loss, parameters, gradients, num_entries=6, rng=rng)
    assert max(errors.values()) < 1e-5, errors


def test_the_training_script_trains(digits):
    few = digits._replace(X_train=digits.X_train[:640], y_train=digits.y_train[:640])
    weights, _, accuracy = train(max_shift=1, num_epochs=6, digits=few)
    assert [array.shape for array in weights] == list(SHAPES.values())
    assert accuracy > 0.7


def test_wrong_shapes_are_named():
    parameters = load_digit_cnn()
    with pytest.raises(ValueError, match=r"images must have the shape \(N, 28, 28\); got \(28, 28\)"):
        digit_cnn_forward(np.zeros((28, 28)), parameters)
    with pytest.raises(ValueError, match=r"W3 must have the shape \(400, 10\); got \(256, 10\)"):
        digit_cnn_forward(np.zeros((1, 28, 28)), {**parameters, "W3": np.zeros((256, 10))})
