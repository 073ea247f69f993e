import keras
import numpy as np
import pytest

from largemodels import scale
from largemodels.network import initialise_network


def test_the_functions_by_hand():
    assert scale.training_compute(7e9, 2e12) == pytest.approx(8.4e22)
    assert scale.weight_bytes(7e9, 16) == pytest.approx(14e9)
    assert scale.weight_bytes(7e9, 4) == pytest.approx(3.5e9)
    assert scale.training_bytes(7e9) == pytest.approx(112e9)
    assert scale.training_bytes(7e9, 4) == pytest.approx(28e9)
    assert scale.devices_needed(112e9, 80e9) == 2
    assert scale.devices_needed(160e9, 80e9) == 2
    assert scale.devices_needed(160e9 + 1, 80e9) == 3
    assert scale.devices_needed(0, 80e9) == 0
    assert scale.training_days(8.64e19, 10, 1e14, 0.5) == pytest.approx(2.0)
    assert scale.transformer_parameters(2, 10, 100) == 2400 + 1000
    assert scale.training_energy(1000, 400, 1.5) == pytest.approx(0.6)
    assert scale.training_energy(1000, 400) == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("num_parameters", "num_tokens", "published", "within"),
    [
        (174.6e9, 300e9, 3.14e23, 0.005),  # GPT-3, table D.1
        (540e9, 780e9, 2.56e24, 0.02),  # PaLM, attention included
        (70e9, 1.4e12, 5.76e23, 0.025),  # Chinchilla, Gopher's budget
        (405e9, 15.6e12, 3.8e25, 0.005),  # Llama 3.1
    ],
)
def test_six_n_d_is_near_the_compute_that_papers_publish(num_parameters, num_tokens, published, within):
    assert scale.training_compute(num_parameters, num_tokens) == pytest.approx(published, rel=within)


def test_llama_took_the_days_and_the_energy_that_its_paper_publishes():
    compute = scale.training_compute(65.2e9, 1.4e12)
    utilisation = 6 * 65.2e9 * 380 / 312e12
    assert scale.training_days(compute, 2048, 312e12, utilisation) == pytest.approx(1_022_362 / 24 / 2048, rel=0.002)
    assert scale.training_energy(1_022_362, 400, 1.1) == pytest.approx(449, rel=0.005)


@pytest.mark.parametrize(
    ("num_layers", "width", "published"), [(48, 1600, 1_558e6), (12, 768, 124e6), (96, 12288, 174.6e9)]
)
def test_the_estimate_of_a_transformer_is_near_published_sizes(num_layers, width, published):
    assert scale.transformer_parameters(num_layers, width, 50_257) == pytest.approx(published, rel=0.01)


def test_a_block_built_in_keras_has_twelve_width_squared_weights():
    width = 16
    attention = keras.layers.MultiHeadAttention(num_heads=4, key_dim=width // 4, use_bias=False)
    x = keras.ops.zeros((1, 3, width))
    attention(x, x)
    widen, narrow = (keras.layers.Dense(size, use_bias=False) for size in (4 * width, width))
    narrow(widen(x))
    weights = sum(layer.count_params() for layer in (attention, widen, narrow))
    assert weights == scale.transformer_parameters(1, width, 1) - width


def test_forward_and_backward_of_a_dense_layer_take_six_operations_per_weight_and_example():
    W = initialise_network((30, 20), np.random.default_rng(0))["W1"]
    num_examples = 7
    # A product of (a, b) and (b, c) multiplies and adds a · b · c times: X W, dZ Wᵀ and Xᵀ dZ.
    products = [(num_examples, 30, 20), (num_examples, 20, 30), (30, num_examples, 20)]
    counted = sum(2 * a * b * c for a, b, c in products)
    assert counted == scale.training_compute(W.size, num_examples)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: scale.training_compute(0, 1e9), "num_parameters must be a finite number greater than 0; got 0"),
        (lambda: scale.training_compute(1e9, -1), "num_tokens must be a finite number greater than 0; got -1"),
        (lambda: scale.weight_bytes(1e9, 0), "bits must be a finite number greater than 0; got 0"),
        (lambda: scale.training_bytes(1e9, float("nan")), "bytes_per_parameter must be a finite number"),
        (lambda: scale.devices_needed(-1, 80e9), "num_bytes must be a finite number, 0 or greater; got -1"),
        (lambda: scale.devices_needed(1e9, 0), "bytes_per_device must be a finite number greater than 0; got 0"),
        (lambda: scale.training_days(1e20, 0, 1e14, 0.5), "num_devices must be a whole number of at least 1; got 0"),
        (lambda: scale.training_days(1e20, 8, 1e14, 40), "utilisation must be a number from 0 to 1; got 40"),
        (lambda: scale.training_days(1e20, 8, 1e14, 0), "utilisation must be a finite number greater than 0; got 0"),
        (lambda: scale.transformer_parameters(0, 8, 8), "num_layers must be a whole number of at least 1; got 0"),
        (lambda: scale.training_energy(1e3, 400, 0.9), "overhead must be at least 1"),
    ],
)
def test_an_argument_that_is_not_allowed_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_a_width_that_is_not_whole_is_refused():
    with pytest.raises(TypeError, match=r"width must be a whole number of at least 1; got 12\.5"):
        scale.transformer_parameters(2, 12.5, 100)
