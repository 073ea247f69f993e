"""Update rules that turn a gradient into the next parameter (chapter 4).

Each rule stands twice. A step function works on one array, returns new arrays and keeps nothing. A class of the
same rule keeps the state (velocity, moments) of every parameter of a network by its name.

The conventions are those of Keras: the learning rate is inside the velocity, RMSProp adds epsilon inside the root,
Adam adds it to the root of the second moment that is not yet bias-corrected, and weight decay is decoupled from the
gradient. Step functions and classes keep the dtype of the parameter.
"""

import math

import numpy as np

from largemodels.checks import fraction_below_one, nonnegative_number, positive_number, same_shape, whole_number


def gradient_descent_step(parameter, gradient, learning_rate):
    """Take one step of gradient descent, equation (4.2).

    .. code-block:: text

        parameter = parameter - learning_rate * gradient

    Parameters
    ----------
    parameter, gradient : ndarray, of one shape
        A parameter and the gradient of the loss with respect to it.
    learning_rate : float
        Step size, finite and not negative.

    Returns
    -------
    parameter : ndarray
        The next parameter; the argument is left as it was.

    Raises
    ------
    ValueError, TypeError
        If the shapes differ or the learning rate is not allowed.
    """
    same_shape(parameter=parameter, gradient=gradient)
    learning_rate = nonnegative_number("learning_rate", learning_rate)
    return parameter - learning_rate * gradient


def momentum_step(parameter, velocity, gradient, learning_rate, momentum):
    """Take one step of gradient descent with momentum, equation (4.9).

    .. code-block:: text

        velocity  = momentum * velocity - learning_rate * gradient
        parameter = parameter + velocity

    Parameters
    ----------
    parameter, velocity, gradient : ndarray, of one shape
        The velocity is zero before the first step.
    learning_rate : float
        Step size, finite and not negative.
    momentum : float
        Part of the velocity that is kept, 0 <= momentum < 1. With 0 this is gradient descent.

    Returns
    -------
    parameter, velocity : ndarray
        Their next values; the arguments are left as they were.

    Raises
    ------
    ValueError, TypeError
        If the shapes differ or a number is not allowed.

    Notes
    -----
    Polyak (1964), in the form of ``keras.optimizers.SGD(momentum=...)``.
    """
    same_shape(parameter=parameter, velocity=velocity, gradient=gradient)
    learning_rate = nonnegative_number("learning_rate", learning_rate)
    momentum = fraction_below_one("momentum", momentum)
    velocity = momentum * velocity - learning_rate * gradient
    return parameter + velocity, velocity


def nesterov_step(parameter, velocity, gradient, learning_rate, momentum):
    """Take one step with Nesterov's variant of momentum, equation (4.9) with a look ahead.

    .. code-block:: text

        velocity  = momentum * velocity - learning_rate * gradient
        parameter = parameter + momentum * velocity - learning_rate * gradient

    The second line uses the new velocity. Parameters, returned values and errors are those of
    :func:`momentum_step`.

    Notes
    -----
    Nesterov (1983), in the form of ``keras.optimizers.SGD(momentum=..., nesterov=True)``: the parameter that is
    stored is already the point one momentum step ahead, so the gradient is taken where the parameter stands.
    """
    same_shape(parameter=parameter, velocity=velocity, gradient=gradient)
    learning_rate = nonnegative_number("learning_rate", learning_rate)
    momentum = fraction_below_one("momentum", momentum)
    velocity = momentum * velocity - learning_rate * gradient
    return parameter + momentum * velocity - learning_rate * gradient, velocity


def rmsprop_step(parameter, mean_square, gradient, learning_rate, decay=0.9, epsilon=1e-7):
    """Take one step of RMSProp, equation (4.11).

    .. code-block:: text

        mean_square = decay * mean_square + (1 - decay) * gradient**2
        parameter   = parameter - learning_rate * gradient / sqrt(mean_square + epsilon)

    Parameters
    ----------
    parameter, mean_square, gradient : ndarray, of one shape
        The mean square is zero before the first step.
    learning_rate : float
        Finite and not negative; a step is about this long in each coordinate, whatever the gradient's scale.
    decay : float
        Part of the mean square that is kept, 0 <= decay < 1 (Keras calls it rho).
    epsilon : float
        Positive; inside the root, so gradients well below sqrt(epsilon) = 3e-4 give shorter steps.

    Returns
    -------
    parameter, mean_square : ndarray
        Their next values; the arguments are left as they were.

    Raises
    ------
    ValueError, TypeError
        If the shapes differ or a number is not allowed.

    Notes
    -----
    Tieleman and Hinton (2012), in the form of ``keras.optimizers.RMSprop``. PyTorch adds epsilon outside the root.
    """
    same_shape(parameter=parameter, mean_square=mean_square, gradient=gradient)
    learning_rate = nonnegative_number("learning_rate", learning_rate)
    decay = fraction_below_one("decay", decay)
    epsilon = positive_number("epsilon", epsilon)
    mean_square = decay * mean_square + (1 - decay) * gradient**2
    return parameter - learning_rate * gradient / np.sqrt(mean_square + epsilon), mean_square


def adam_step(
    parameter, first_moment, second_moment, gradient, step, learning_rate, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """Take one step of Adam, equation (4.12).

    .. code-block:: text

        first_moment  = beta_1 * first_moment + (1 - beta_1) * gradient
        second_moment = beta_2 * second_moment + (1 - beta_2) * gradient**2
        alpha         = learning_rate * sqrt(1 - beta_2**step) / (1 - beta_1**step)
        parameter     = parameter - alpha * first_moment / (sqrt(second_moment) + epsilon)

    Parameters
    ----------
    parameter, first_moment, second_moment, gradient : ndarray, of one shape
        Both moments are zero before the first step.
    step : int
        Number of this step, counted from 1.
    learning_rate : float
        Finite and not negative; about the length of a step in each coordinate.
    beta_1, beta_2 : float
        Parts of the moments that are kept, each from 0 up to but not including 1.
    epsilon : float
        Positive; added to the root before the bias correction, which the factor alpha carries.

    Returns
    -------
    parameter, first_moment, second_moment : ndarray
        Their next values; the arguments are left as they were.

    Raises
    ------
    ValueError, TypeError
        If the shapes differ or a number is not allowed.

    Notes
    -----
    Kingma and Ba (2015), in the faster form at the end of their section 2, which ``keras.optimizers.Adam`` takes.
    Their algorithm 1 adds epsilon after the bias correction; the two differ where the gradient is not much larger
    than epsilon.
    """
    same_shape(parameter=parameter, first_moment=first_moment, second_moment=second_moment, gradient=gradient)
    step = whole_number("step", step, minimum=1)
    learning_rate = nonnegative_number("learning_rate", learning_rate)
    beta_1 = fraction_below_one("beta_1", beta_1)
    beta_2 = fraction_below_one("beta_2", beta_2)
    epsilon = positive_number("epsilon", epsilon)
    first_moment = beta_1 * first_moment + (1 - beta_1) * gradient
    second_moment = beta_2 * second_moment + (1 - beta_2) * gradient**2
    alpha = learning_rate * math.sqrt(1 - beta_2**step) / (1 - beta_1**step)
    return parameter - alpha * first_moment / (np.sqrt(second_moment) + epsilon), first_moment, second_moment


class _Optimizer:
    """What all optimizers share: a checked learning rate, state by parameter name, decoupled weight decay."""

    # How many arrays of state, zero at first, the rule keeps for each parameter.
    num_state_arrays = 0

    def __init__(self, learning_rate, weight_decay=0.0):
        self.learning_rate = positive_number("learning_rate", learning_rate)
        self.weight_decay = nonnegative_number("weight_decay", weight_decay)
        self.num_steps = 0
        self._state = {}

    @property
    def learning_rate(self):
        """Learning rate of the next step. May be set; 0 is accepted then, as some schedules begin or end there."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, learning_rate):
        self._learning_rate = nonnegative_number("learning_rate", learning_rate)

    def step(self, parameters, gradients):
        """Return the parameters after one step; the arrays that are passed in are left as they were.

        Parameters
        ----------
        parameters : dict of str to ndarray
            Of a floating-point dtype, which the result keeps.
        gradients : dict of str to ndarray
            The same names and shapes.

        Returns
        -------
        parameters : dict of str to ndarray
            The same names in the same order.

        Raises
        ------
        ValueError
            If a gradient is missing, too many or of the wrong shape, or if the parameters are not those of this
            optimizer's earlier steps (its state belongs to one network: make a new optimizer for another).
        TypeError
            If a parameter is not of a floating-point dtype.
        """
        parameters = {name: np.asarray(parameter) for name, parameter in parameters.items()}
        gradients = {name: np.asarray(gradient) for name, gradient in gradients.items()}
        self._check(parameters, gradients)
        self.num_steps += 1
        updated = {}
        for name, parameter in parameters.items():
            state = self._state.get(name) or [np.zeros_like(parameter)] * self.num_state_arrays
            gradient = gradients[name].astype(parameter.dtype, copy=False)
            decayed = parameter - self.learning_rate * self.weight_decay * parameter if self.weight_decay else parameter
            updated[name], *state = self._rule(decayed, state, gradient)
            if state:
                self._state[name] = state
        return updated

    def _rule(self, parameter, state, gradient):
        """Return the parameter after one step, followed by its new state arrays."""
        raise NotImplementedError

    def _check(self, parameters, gradients):
        missing = [name for name in parameters if name not in gradients]
        extra = [name for name in gradients if name not in parameters]
        if missing or extra:
            raise ValueError(
                f"gradients must have the names of the parameters, {_listed(parameters)}; "
                f"missing: {_listed(missing)}; extra: {_listed(extra)}"
            )
        if self._state and set(self._state) != set(parameters):
            raise ValueError(
                f"this optimizer holds the state of {_listed(self._state)} but was given {_listed(parameters)}; "
                "make a new optimizer for another network"
            )
        for name, parameter in parameters.items():
            if not np.issubdtype(parameter.dtype, np.floating):
                raise TypeError(f"{name} must have a floating-point dtype; got {parameter.dtype}")
            if gradients[name].shape != parameter.shape:
                raise ValueError(f"{name} has shape {parameter.shape} but its gradient has {gradients[name].shape}")
            for array in self._state.get(name, []):
                if array.shape != parameter.shape:
                    raise ValueError(
                        f"this optimizer holds state of shape {array.shape} for {name}, which now has shape "
                        f"{parameter.shape}; make a new optimizer for another network"
                    )


class SGD(_Optimizer):
    """Gradient descent, (4.2), with momentum, (4.9), or Nesterov's variant of it; ``keras.optimizers.SGD``.

    Parameters
    ----------
    learning_rate : float
        Positive and finite.
    momentum : float
        From 0 (plain gradient descent) up to but not including 1.
    nesterov : bool
        Use :func:`nesterov_step`; needs a momentum above 0.
    weight_decay : float
        0 or greater. Before each step every parameter, biases included, loses learning_rate * weight_decay times
        itself, as in Keras.
    """

    def __init__(self, learning_rate, momentum=0.0, nesterov=False, weight_decay=0.0):
        super().__init__(learning_rate, weight_decay)
        self.momentum = fraction_below_one("momentum", momentum)
        if nesterov and self.momentum == 0:
            raise ValueError("nesterov=True needs a momentum greater than 0; got momentum=0")
        self.nesterov = nesterov
        self.num_state_arrays = 1 if self.momentum else 0

    def __repr__(self):
        nesterov = ", nesterov=True" if self.nesterov else ""
        momentum = f", momentum={self.momentum:g}" if self.momentum else ""
        return f"SGD(learning_rate={self.learning_rate:g}{momentum}{nesterov}{_decay_text(self)})"

    def _rule(self, parameter, state, gradient):
        if not state:
            return (gradient_descent_step(parameter, gradient, self.learning_rate),)
        rule = nesterov_step if self.nesterov else momentum_step
        return rule(parameter, *state, gradient, self.learning_rate, self.momentum)


class RMSProp(_Optimizer):
    """RMSProp, (4.11); ``keras.optimizers.RMSprop``.

    Parameters
    ----------
    learning_rate : float
        Positive and finite.
    decay, epsilon : float
        As in :func:`rmsprop_step`.
    weight_decay : float
        As in :class:`SGD`.
    """

    num_state_arrays = 1

    def __init__(self, learning_rate, decay=0.9, epsilon=1e-7, weight_decay=0.0):
        super().__init__(learning_rate, weight_decay)
        self.decay = fraction_below_one("decay", decay)
        self.epsilon = positive_number("epsilon", epsilon)

    def __repr__(self):
        return f"RMSProp(learning_rate={self.learning_rate:g}, decay={self.decay:g}{_decay_text(self)})"

    def _rule(self, parameter, state, gradient):
        return rmsprop_step(parameter, *state, gradient, self.learning_rate, self.decay, self.epsilon)


class Adam(_Optimizer):
    """Adam, (4.12); ``keras.optimizers.Adam``.

    Parameters
    ----------
    learning_rate : float
        Positive and finite.
    beta_1, beta_2, epsilon : float
        As in :func:`adam_step`.
    """

    num_state_arrays = 2

    def __init__(self, learning_rate, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
        super().__init__(learning_rate)
        self.beta_1 = fraction_below_one("beta_1", beta_1)
        self.beta_2 = fraction_below_one("beta_2", beta_2)
        self.epsilon = positive_number("epsilon", epsilon)

    def __repr__(self):
        return (
            f"{type(self).__name__}(learning_rate={self.learning_rate:g}, "
            f"beta_1={self.beta_1:g}, beta_2={self.beta_2:g}{_decay_text(self)})"
        )

    def _rule(self, parameter, state, gradient):
        return adam_step(
            parameter, *state, gradient, self.num_steps, self.learning_rate, self.beta_1, self.beta_2, self.epsilon
        )


class AdamW(Adam):
    """Adam with decoupled weight decay; ``keras.optimizers.AdamW``.

    .. code-block:: text

        parameter = parameter - learning_rate * weight_decay * parameter

    comes before the step of Adam, and the decay does not pass through the moments. Loshchilov and Hutter (2019).

    Parameters
    ----------
    learning_rate : float
        Positive and finite.
    weight_decay : float
        0 or greater; it acts on every parameter, biases included, as in Keras unless some are excluded there.
    beta_1, beta_2, epsilon : float
        As in :func:`adam_step`.
    """

    def __init__(self, learning_rate, weight_decay=0.004, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
        super().__init__(learning_rate, beta_1, beta_2, epsilon)
        self.weight_decay = nonnegative_number("weight_decay", weight_decay)


def _decay_text(optimizer):
    return f", weight_decay={optimizer.weight_decay:g}" if optimizer.weight_decay else ""


def _listed(names):
    return ", ".join(names) or "none"
