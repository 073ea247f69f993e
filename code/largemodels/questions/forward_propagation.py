"""Checkers of the practice exercises of chapter 2, forward propagation.

Each ``check_<name>`` is called with the reader's function ``<name>``. Beside it stand the right answer and the known
mistakes, all of them as functions: a mistake is recognised by its results.
"""

import itertools
import math

import numpy as np

from largemodels.activations import gelu, relu, sigmoid
from largemodels.initialisation import second_moment
from largemodels.questions.checking import Case, Exercise, Mistake

# ---------------------------------------------------------------------------------------------------------
# 1. Shapes


def _trace_shapes(input_shape, weight_shapes):
    num_examples, num_features = input_shape
    shapes = []
    for layer, (num_inputs, num_outputs) in enumerate(weight_shapes, start=1):
        if num_features != num_inputs:
            raise ValueError(f"layer {layer} expects {num_inputs} features but gets {num_features}")
        num_features = num_outputs
        shapes.append((num_examples, num_outputs))
    return shapes


def _last_shape_only(input_shape, weight_shapes):
    return [_trace_shapes(input_shape, weight_shapes)[-1]]


check_trace_shapes = Exercise(
    "trace_shapes",
    difficulty=1,
    reference=_trace_shapes,
    task="Return the output shape of every layer, and raise a ValueError where a layer does not fit.",
    success="all shapes agree for one layer and for several, and layers that do not fit are refused.",
    cases=[
        Case((64, 784), [(784, 32), (32, 10)]),
        Case((1, 5), [(5, 3)]),
        Case((7, 4), [(4, 6), (6, 4), (4, 2), (2, 1)]),
        Case((64, 784), [(784, 32), (16, 10)]),
        Case((32, 10), [(32, 10)]),
        Case((5, 3), [(3, 4), (4, 4), (3, 4)]),
    ],
    mistakes=[
        Mistake(
            lambda input_shape, weight_shapes: [(num_inputs, num_outputs) for num_inputs, num_outputs in weight_shapes],
            "those are the shapes of the weights. The output of a layer has a row for every example.",
        ),
        Mistake(
            lambda input_shape, weight_shapes: [(input_shape[0], num_inputs) for num_inputs, _ in weight_shapes],
            "you return what goes into each layer. Its output has as many columns as W has.",
        ),
        Mistake(
            lambda input_shape, weight_shapes: [(num_outputs, input_shape[0]) for _, num_outputs in weight_shapes],
            "your shapes have the examples as columns. In this course each example is a row.",
        ),
        Mistake(_last_shape_only, "that is the last layer's shape alone. Collect one for every layer."),
        Mistake(
            lambda input_shape, weight_shapes: [
                tuple(input_shape),
                *_trace_shapes(input_shape, weight_shapes),
            ],
            "the input is not the output of a layer: leave its shape out of the list.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 2. Log-sum-exp


def _log_sum_exp(values, axis):
    largest = np.max(values, axis=axis, keepdims=True)
    result = largest + np.log(np.sum(np.exp(values - largest), axis=axis, keepdims=True))
    return np.squeeze(result, axis=axis)


def _log_sum_exp_without_adding_back(values, axis):
    largest = np.max(values, axis=axis, keepdims=True)
    return np.log(np.sum(np.exp(values - largest), axis=axis))


def _log_sum_exp_with_one_maximum(values, axis):
    largest = np.max(values)
    return largest + np.log(np.sum(np.exp(values - largest), axis=axis))


check_log_sum_exp = Exercise(
    "log_sum_exp",
    difficulty=1,
    reference=_log_sum_exp,
    task="Subtract the largest value along the axis, and add it back after the logarithm; the axis disappears.",
    success="the values agree along every axis, for large values, for very negative ones, and for both side by side.",
    cases=[
        Case(np.array([[2.0, 1.0, 0.0], [0.0, 0.0, 0.0]]), 1),
        Case(np.array([[2.0, 1.0, 0.0], [0.0, 0.0, 0.0]]), 0),
        Case(np.array([[1000.0, 999.0], [-1000.0, -1001.0]]), 1),
        Case(np.array([5.0, -3.0, 800.0]), 0),
        Case(np.arange(12.0).reshape(2, 3, 2), 1),
    ],
    mistakes=[
        Mistake(
            lambda values, axis: np.log(np.sum(np.exp(values), axis=axis)),
            "the exponential of 1000 is infinite, and that of −1000 is 0. Subtract the largest value first, and add "
            "it back after the logarithm.",
        ),
        Mistake(
            _log_sum_exp_without_adding_back,
            "the largest value was subtracted and is still missing: add it back after the logarithm.",
        ),
        Mistake(
            _log_sum_exp_with_one_maximum,
            "one maximum for the whole array is not enough: a row far below it underflows to log 0. Take the maximum "
            "along the axis, with keepdims=True.",
        ),
        Mistake(
            lambda values, axis: _log_sum_exp(values, -1),
            "you always work along the last axis. Use the axis that is handed in.",
        ),
        Mistake(
            lambda values, axis: np.max(values, axis=axis),
            "that is the maximum. Log-sum-exp is a little above it: add the logarithm of the sum.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 3. The loss of a guess


def _entropy(shares, logarithm=np.log):
    shares = np.asarray(shares, dtype=float)
    shares = shares[shares > 0]
    return float(-np.sum(shares * logarithm(shares)))


def _loss_at_chance(task, y):
    y = np.asarray(y, dtype=float)
    if task == "number":
        return float(np.var(y))
    if task == "yes or no":
        return _entropy([y.mean(), 1 - y.mean()])
    if task == "one of K":
        return _entropy(np.unique(y, return_counts=True)[1] / len(y))
    if task == "several labels":
        return float(np.mean([_entropy([share, 1 - share]) for share in y.mean(axis=0)]))
    if task == "count":
        return float(y.mean() - y.mean() * np.log(y.mean()))
    raise ValueError(f"unknown task {task}")


def _chance_with(**other):
    """Make a version of the right answer that treats some tasks in another way."""

    def version(task, y):
        name = task.replace(" ", "_")
        return other[name](np.asarray(y, dtype=float)) if name in other else _loss_at_chance(task, y)

    return version


def _uniform(y):
    return math.log(len(np.unique(y)))


def _naive_entropy_of_labels(y):
    shares = y.mean(axis=0)
    return float(np.mean(-shares * np.log(shares) - (1 - shares) * np.log(1 - shares)))


check_loss_at_chance = Exercise(
    "loss_at_chance",
    difficulty=2,
    reference=_loss_at_chance,
    task="For each of the five tasks, find the best constant prediction, and return its mean loss on y.",
    success="all five tasks agree, with classes that are not equally frequent and a label that is never true.",
    cases=[
        Case("number", np.array([1.0, 3.0, 8.0, 8.0])),
        Case("yes or no", np.array([1, 1, 1, 0])),
        Case("one of K", np.array([0, 1, 2, 2, 2, 2])),
        Case("one of K", np.arange(10)),
        Case("several labels", np.array([[1, 0, 1], [0, 0, 1], [0, 0, 1], [0, 1, 0]])),
        Case("several labels", np.array([[1, 0], [0, 0], [0, 0], [1, 0]])),
        Case("count", np.array([0, 2, 5, 1])),
        Case("ranking", np.array([1, 2])),
    ],
    mistakes=[
        Mistake(
            _chance_with(one_of_K=_uniform),
            "ln K is the loss of equal probabilities. Where classes are not equally frequent, their shares are a "
            "better constant guess.",
        ),
        Mistake(
            _chance_with(several_labels=_naive_entropy_of_labels),
            "a label that is never true gives 0 · log 0, which is nan in floating point. Its contribution is 0.",
        ),
        Mistake(
            _chance_with(
                several_labels=lambda y: sum(_entropy([share, 1 - share]) for share in y.mean(axis=0)),
            ),
            "with several labels the loss is a mean over the labels, as in Keras; you return the sum.",
        ),
        Mistake(
            _chance_with(several_labels=lambda y: _entropy([y.mean(), 1 - y.mean()])),
            "each label has a share of its own. You use one share for all of them.",
        ),
        Mistake(
            _chance_with(number=lambda y: float(np.std(y))),
            "the squared error of the mean is the variance; you return its root.",
        ),
        Mistake(
            _chance_with(number=lambda y: float(np.var(y, ddof=1))),
            "the mean loss divides by N. Your variance divides by N − 1.",
        ),
        Mistake(
            _chance_with(count=lambda y: float(np.var(y))),
            "a count is not scored by the squared error here, but by the Poisson loss ŷ − y ln ŷ.",
        ),
        Mistake(
            _chance_with(
                yes_or_no=lambda y: _entropy([y.mean(), 1 - y.mean()], np.log2),
                one_of_K=lambda y: _entropy(np.unique(y, return_counts=True)[1] / len(y), np.log2),
                several_labels=lambda y: float(
                    np.mean([_entropy([share, 1 - share], np.log2) for share in y.mean(axis=0)])
                ),
            ),
            "your logarithm has base 2. The losses of this chapter use the natural one.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 4. Binary cross-entropy from logits


def _bce_from_logits(logits, y):
    logits, y = np.asarray(logits), np.asarray(y)
    if logits.shape != y.shape:
        raise ValueError(f"logits and y must have the same shape; got {logits.shape} and {y.shape}")
    return float(np.mean(np.maximum(logits, 0) - y * logits + np.log1p(np.exp(-np.abs(logits)))))


def _bce_from_probabilities(logits, y):
    y_hat = sigmoid(np.asarray(logits))
    return float(np.mean(-y * np.log(y_hat) - (1 - y) * np.log(1 - y_hat)))


def _bce_clipped(logits, y):
    y_hat = np.clip(sigmoid(np.asarray(logits)), 1e-7, 1 - 1e-7)
    return float(np.mean(-y * np.log(y_hat) - (1 - y) * np.log(1 - y_hat)))


check_bce_from_logits = Exercise(
    "bce_from_logits",
    difficulty=2,
    reference=_bce_from_logits,
    task="Return the mean binary cross-entropy by a form that needs no sigmoid and never overflows.",
    success="the loss agrees for small and huge logits, for soft targets and tables, and other shapes are refused.",
    cases=[
        Case(np.array([0.0, 2.0, -1.0]), np.array([1.0, 1.0, 0.0])),
        Case(np.array([3.0]), np.array([0.25])),
        Case(np.array([[1000.0, -1000.0], [0.5, -0.5]]), np.array([[0.0, 1.0], [1.0, 1.0]])),
        Case(np.array([-900.0, 40.0]), np.array([0.0, 1.0])),
        Case(np.array([[1.0], [2.0]]), np.array([1.0, 0.0])),
    ],
    mistakes=[
        Mistake(
            _bce_from_probabilities,
            "you go through the probability. Where it is rounded to 0 or 1 its logarithm is infinite: write the loss "
            "with the logit, max(z, 0) − y z + log(1 + exp(−|z|)).",
        ),
        Mistake(
            _bce_clipped,
            "clipping the probability keeps the loss finite but caps it near 16. A logit of 1000 on the wrong side "
            "costs 1000.",
        ),
        Mistake(
            lambda logits, y: float(np.mean(np.log(1 + np.exp(logits)) - y * logits)),
            "the formula is right, but exp(1000) is infinite. Take the larger of z and 0 out of the logarithm.",
        ),
        Mistake(
            lambda logits, y: float(np.mean(np.log(1 + np.exp(-logits)) + (1 - y) * logits)),
            "the formula is right, but exp(1000) is infinite for a logit of −1000. Use exp(−|z|).",
        ),
        Mistake(
            lambda logits, y: _bce_from_logits(logits, y) * np.size(y),
            "that is the sum over all entries. Divide by their number.",
        ),
        Mistake(
            lambda logits, y: _bce_from_logits(-np.asarray(logits), y),
            "the sign of the logit is turned: a large positive logit says yes, and should be cheap when y is 1.",
        ),
        Mistake(
            lambda logits, y: float(np.mean(np.maximum(logits, 0) - y * logits)),
            "the last term, log(1 + exp(−|z|)), is missing. It matters near z = 0, where it is log 2.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 5. The standard deviation of the first weights


def _weight_std(activation, num_inputs):
    return 1 / math.sqrt(num_inputs * second_moment(activation))


def _variance_of(activation):
    z = np.linspace(-12, 12, 200_001)
    density = np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi)
    mean = np.sum(activation(z) * density) * (z[1] - z[0])
    return second_moment(activation) - mean**2


check_weight_std = Exercise(
    "weight_std",
    difficulty=2,
    reference=_weight_std,
    task="Compute E[f(z)²] for a standard normal z, and return the standard deviation that keeps Var z at 1.",
    success="the standard deviation agrees for ReLU, tanh, sigmoid, GELU and no activation, for several widths.",
    tolerance=5e-3,  # a sum over a million random z is a good answer too
    cases=[
        Case(lambda z: np.maximum(z, 0), 256),
        Case(lambda z: z, 100),
        Case(np.tanh, 784),
        Case(sigmoid, 50),
        Case(gelu, 12288),
    ],
    mistakes=[
        Mistake(
            lambda activation, num_inputs: math.sqrt(2 / num_inputs),
            "that is He's rule for every activation. Its 2 is 1/E[f²] of ReLU: compute the mean square of the "
            "activation that is handed in.",
        ),
        Mistake(
            lambda activation, num_inputs: 1 / (num_inputs * second_moment(activation)),
            "that is the variance. Return its root.",
        ),
        Mistake(
            lambda activation, num_inputs: math.sqrt(second_moment(activation) / num_inputs),
            "an activation that lets little through needs larger weights: divide by E[f²].",
        ),
        Mistake(
            lambda activation, num_inputs: 1 / math.sqrt(num_inputs * _variance_of(activation)),
            "you take the variance of f(z). What enters the next layer's sum is the mean square, E[f(z)²]: the mean "
            "is not subtracted.",
        ),
        Mistake(
            lambda activation, num_inputs: 1 / math.sqrt(second_moment(activation)),
            "the number of inputs is missing: a sum of D_in terms has D_in times the variance of one.",
        ),
        Mistake(
            lambda activation, num_inputs: math.sqrt(1 / num_inputs),
            "that keeps the size without an activation. Divide by E[f(z)²] as well.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 6. Costs


def _costs_with(biases=1, per_multiply_add=2, batch_in_flops=True, batch_in_parameters=False, first_kept=0):
    def version(layer_sizes, batch_size, bytes_per_number):
        pairs = list(itertools.pairwise(layer_sizes))
        parameters = sum(D_in * D_out + biases * D_out for D_in, D_out in pairs)
        if batch_in_parameters:
            parameters *= batch_size
        products = sum(D_in * D_out for D_in, D_out in pairs)
        return {
            "parameters": parameters,
            "flops": per_multiply_add * (batch_size if batch_in_flops else 1) * products,
            "parameter_bytes": parameters * bytes_per_number,
            "kept_bytes": sum(layer_sizes[first_kept:-1]) * batch_size * bytes_per_number,
        }

    return version


_network_costs = _costs_with()


def _costs_keeping_the_output(layer_sizes, batch_size, bytes_per_number):
    costs = _network_costs(layer_sizes, batch_size, bytes_per_number)
    return {**costs, "kept_bytes": sum(layer_sizes) * batch_size * bytes_per_number}


check_network_costs = Exercise(
    "network_costs",
    difficulty=2,
    reference=_network_costs,
    task="Count the parameters, the FLOPs, and the bytes of the parameters and of the inputs kept for training.",
    success="all four numbers agree, from one layer to a feed-forward block of GPT-3's size.",
    cases=[
        Case([784, 32, 10], 64, 4),
        Case([3, 2], 1, 8),
        Case([12288, 49152, 12288], 1, 2),
        Case([100, 100, 100, 100, 1], 5, 4),
    ],
    mistakes=[
        Mistake(_costs_with(biases=0), "the biases are missing: each layer has one for every unit."),
        Mistake(
            _costs_with(per_multiply_add=1),
            "you count multiply-adds. Each is a multiplication and an addition, so two FLOPs.",
        ),
        Mistake(_costs_with(batch_in_flops=False), "those are the FLOPs of one example. Every example takes as many."),
        Mistake(
            _costs_with(batch_in_parameters=True),
            "you multiply the parameters by the batch size. All examples share the same parameters.",
        ),
        Mistake(
            _costs_with(first_kept=1),
            "the first layer's input, X itself, must be kept for its backward pass as well.",
        ),
        Mistake(
            _costs_keeping_the_output,
            "you keep the last output too. The backward pass needs the input of each layer, and nobody's input is "
            "the output of the last.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 7. Residual layers


def _residual_with(layer):
    def version(X, W, b):
        A = X
        for W_layer, b_layer in zip(W, b, strict=True):
            A = layer(X, A, W_layer, b_layer)
        return A

    return version


_residual_forward = _residual_with(lambda X, A, W, b: A + relu(A @ W + b))

_X = np.array([[1.0, -2.0], [0.5, 3.0], [0.0, 1.0]])
_W = np.array([[[1.0, -1.0], [0.5, 1.0]], [[0.3, 0.7], [-0.6, 0.2]], [[0.5, -1.5], [1.0, 0.25]]])
_B = np.array([[0.1, -0.2], [0.0, 0.4], [-0.3, 0.5]])

check_residual_forward = Exercise(
    "residual_forward",
    difficulty=2,
    reference=_residual_forward,
    task="In every layer, add the ReLU of the dense layer to what went into it.",
    success="the output agrees for one layer, three and none, and layers of zeros let the input through.",
    cases=[
        Case(_X, _W[:1], _B[:1]),
        Case(_X, _W, _B),
        Case(_X, np.zeros((4, 2, 2)), np.zeros((4, 2))),
        Case(_X, np.zeros((0, 2, 2)), np.zeros((0, 2))),
    ],
    mistakes=[
        Mistake(
            _residual_with(lambda X, A, W, b: relu(A @ W + b)),
            "what went into the layer is missing: add it to the layer's output.",
        ),
        Mistake(
            _residual_with(lambda X, A, W, b: X + relu(A @ W + b)),
            "every layer adds its own input, not the network's.",
        ),
        Mistake(
            _residual_with(lambda X, A, W, b: A + relu(X @ W + b)),
            "every layer reads the one before it. Yours all read X, as in the source's formula.",
        ),
        Mistake(
            _residual_with(lambda X, A, W, b: relu(A + A @ W + b)),
            "the ReLU belongs around the dense layer alone. Around the sum it would cut off the way past the layer.",
        ),
        Mistake(
            _residual_with(lambda X, A, W, b: A + A @ W + b),
            "the ReLU is missing, so all layers together are one linear map.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 8. A temperature for an entropy


def _entropy_at(logits, temperature):
    shifted = (logits - np.max(logits)) / temperature
    p = np.exp(shifted) / np.sum(np.exp(shifted))
    return _entropy(p)


def _temperature_for_entropy(logits, entropy):
    logits = np.asarray(logits, dtype=float)
    if not 0 < entropy < math.log(len(logits)):
        raise ValueError(f"entropy must lie between 0 and ln {len(logits)}; got {entropy:g}")
    low, high = -40.0, 40.0  # of the logarithm of the temperature
    for _ in range(200):
        middle = (low + high) / 2
        if _entropy_at(logits, math.exp(middle)) < entropy:
            low = middle
        else:
            high = middle
    return math.exp((low + high) / 2)


def _temperature_without_shift(logits, entropy):
    logits = np.asarray(logits, dtype=float)
    low, high = 1e-3, 1e3
    for _ in range(100):
        middle = math.sqrt(low * high)
        exponentials = np.exp(logits / middle)
        p = exponentials / np.sum(exponentials)
        if -np.sum(p * np.log(p)) < entropy:
            low = middle
        else:
            high = middle
    return math.sqrt(low * high)


check_temperature_for_entropy = Exercise(
    "temperature_for_entropy",
    difficulty=3,
    reference=_temperature_for_entropy,
    task="Find, by halving an interval, the temperature at which softmax(logits / τ) has the given entropy.",
    success="the temperature agrees for mild and for huge logits, and impossible entropies are refused.",
    tolerance=1e-4,
    cases=[
        Case(np.array([3.0, 2.0, 1.0, 0.0]), 1.0),
        Case(np.array([1.0, 0.0]), 0.3),
        Case(np.array([5.0, 1.0, 0.0, -2.0, 0.5]), 1.5),
        Case(np.array([1000.0, 990.0, 900.0]), 0.5),
        Case(np.array([1.0, 0.0]), 0.7),
        Case(np.array([2.0, 1.0, 0.0]), 0.0),
    ],
    mistakes=[
        Mistake(
            lambda logits, entropy: 1 / _temperature_for_entropy(logits, entropy),
            "you return 1/τ. The temperature divides the logits.",
        ),
        Mistake(
            lambda logits, entropy: _temperature_for_entropy(logits, entropy * math.log(2)),
            "your entropy is in bits. Use the natural logarithm.",
        ),
        Mistake(
            _temperature_without_shift,
            "your exponentials overflow for logits near 1000, and nan compares as false. Subtract the largest logit "
            "first, and let 0 · log 0 count as 0.",
        ),
    ],
)


# ---------------------------------------------------------------------------------------------------------
# 9. Standardisation folded into the first layer


def _fold_standardisation(W, b, mean, std):
    folded = W / std[:, np.newaxis]
    return folded, b - mean @ folded


_W_SQUARE = np.array([[1.0, 2.0, -1.0], [0.5, -0.5, 1.5], [2.0, 0.0, 1.0]])
_MEAN, _STD = np.array([14.0, 0.1, -3.0]), np.array([3.5, 0.0125, 2.0])

check_fold_standardisation = Exercise(
    "fold_standardisation",
    difficulty=3,
    reference=_fold_standardisation,
    task="Find W′ and b′ with X W′ + b′ = ((X − mean) / std) W + b for every X.",
    success="raw inputs through the folded layer give what standardised inputs give through the old one.",
    outputs=("W", "b"),
    cases=[
        Case(_W_SQUARE, np.array([0.5, -0.5, 0.0]), _MEAN, _STD),
        Case(np.array([[2.0], [-1.0]]), np.array([0.25]), np.array([1.0, -2.0]), np.array([0.5, 4.0])),
        Case(np.array([[1.0, -1.0]]), np.array([0.0, 1.0]), np.array([10.0]), np.array([5.0])),
    ],
    mistakes=[
        Mistake(
            lambda W, b, mean, std: (W / std[:, np.newaxis], b - mean @ W),
            "the mean is divided by the spread too before it meets the weights: use the folded weights in the bias.",
        ),
        Mistake(
            lambda W, b, mean, std: (W / std[:, np.newaxis], b + mean @ (W / std[:, np.newaxis])),
            "the mean is subtracted from the input, so its share is subtracted from the bias.",
        ),
        Mistake(
            lambda W, b, mean, std: (W / std[:, np.newaxis], b),
            "the weights are right. The subtracted mean has to go into the bias.",
        ),
        Mistake(
            lambda W, b, mean, std: (W * std[:, np.newaxis], b - mean @ (W * std[:, np.newaxis])),
            "a feature is divided by its spread, so its row of weights is divided by it, not multiplied.",
        ),
        Mistake(
            lambda W, b, mean, std: (
                W / np.resize(std, W.shape[1]),
                b - mean @ (W / np.resize(std, W.shape[1])),
            ),
            "you divide the columns of W. A feature's weights stand in its row: divide by std[:, np.newaxis].",
        ),
        Mistake(
            lambda W, b, mean, std: (W / std[:, np.newaxis], b - (mean / std**2) @ W),
            "the mean is divided by the spread twice: the folded weights already hold the division.",
        ),
    ],
)
