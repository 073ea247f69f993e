"""Descending a surface of two weights, and what theory says about it.

On a quadratic, descent acts on each direction of curvature λ alone, so whether it converges, and how fast,
is decided by one number a direction: the factor by which that part of the distance changes each step
(chapter 4). For Adam, and off the quadratics, there is no such number, and the run itself decides.
"""

import math
from dataclasses import dataclass

import numpy as np

from largemodels.surfaces import SURFACES

OPTIMIZERS = ("gradient_descent", "momentum", "adam")

LARGEST_COORDINATE = 1e6
"""A run is stopped before a coordinate grows beyond this, so that every number stays finite."""

REACHED = 0.01
"""Distance to the stationary point, and gradient norm, below which a run counts as arrived."""

SETTLED_POINTS = 5
"""How many last points must be that close: a path that only passes by has not arrived."""

_ADAM_BETA_2 = 0.999
_ADAM_EPSILON = 1e-7
_FACTOR_TOLERANCE = 1e-12  # a factor this near to 1 is 1, up to the rounding of η λ


@dataclass(frozen=True)
class DescentRun:
    """A path of descent and the verdict on it.

    Attributes
    ----------
    points : ndarray of shape (T + 1, 2)
        The start and the point after each step. T is ``num_steps``, or fewer if the run was stopped.
    losses, gradient_norms : ndarray of shape (T + 1,)
        The loss and the length of its gradient at each point.
    curvatures : (float, float)
        λ₁, λ₂ of a quadratic; otherwise the eigenvalues of the Hessian at the minimum, smallest first.
    factors : (float, float) or None
        By what the distance along each direction is multiplied a step, in size: \\|1 - ηλᵢ\\|, or with momentum
        the spectral radius. Local to the minimum if the surface is not quadratic; None for Adam.
    motions : tuple of str, or None
        What each factor means: "at_once" (factor 0), "shrinks", "shrinks_flipping" (its sign flips each step),
        "swings" (momentum carries it past and back), "holds" (factor 1), "grows", "grows_flipping".
    bound : float or None
        The learning rate below which the directions of positive curvature converge; None for Adam.
    active : (bool, bool) or None
        Whether the start has a component in each direction; without one a direction of a quadratic never
        moves. None if the surface is not quadratic.
    dormant : tuple of int
        Unstable directions in which the start has no component.
    verdict : str
        By theory, for gradient descent and momentum on a quadratic: "converges_at_once",
        "converges_smoothly", "converges_zigzagging", "converges_swinging", "neither" (a factor of 1 keeps it
        bouncing), "diverges", "leaves_saddle", "stuck_on_ridge" (converges to the saddle, which is no minimum).
        By what the run shows, otherwise: "reached", "still_falling", "unsettled", "blew_up", and on the saddle
        "leaves_saddle" or "stuck_on_ridge". For all: "at_rest_minimum", "at_rest_saddle".
    rate : float or None
        The factor that decides, the largest among active directions; None where the run decides.
    steps_per_decade : float or None
        Steps for the deciding part to shrink (or grow, if ``rate`` > 1) tenfold; None if it does neither.
    reached_at : int or None
        First step from which distance and gradient stay below ``REACHED``, where the run decides.
    stopped_at : int or None
        Last step before a coordinate would have grown beyond ``LARGEST_COORDINATE``.
    """

    points: np.ndarray
    losses: np.ndarray
    gradient_norms: np.ndarray
    curvatures: tuple
    factors: tuple | None
    motions: tuple | None
    bound: float | None
    active: tuple | None
    dormant: tuple
    verdict: str
    rate: float | None
    steps_per_decade: float | None
    reached_at: int | None
    stopped_at: int | None


def run_descent(surface, optimizer, learning_rate, momentum=0.0, start=(-1.5, 1.5), num_steps=60):
    """Descend a surface and judge the run.

    Parameters
    ----------
    surface : str or surface
        A key of :data:`~largemodels.surfaces.SURFACES`, or an object like those in it.
    optimizer : str
        "gradient_descent": w ← w - η g. "momentum", in Keras's form: v ← β v - η g, w ← w + v.
        "adam": as in Keras, with β₁ = ``momentum``, β₂ = 0.999, ε = 1e-7.
    learning_rate : float
        η > 0.
    momentum : float
        β (Adam's β₁) from 0 to below 1. Gradient descent takes no notice of it.
    start : (float, float)
        The first point.
    num_steps : int
        How many steps to take, at least 1.

    Returns
    -------
    DescentRun

    Raises
    ------
    ValueError
        If a setting is not one of these; the message says what was expected and what came.
    """
    if isinstance(surface, str):
        if surface not in SURFACES:
            raise ValueError(f"surface must be one of {', '.join(SURFACES)}; got {surface!r}")
        surface = SURFACES[surface]
    if optimizer not in OPTIMIZERS:
        raise ValueError(f"optimizer must be one of {', '.join(OPTIMIZERS)}; got {optimizer!r}")
    if not (math.isfinite(learning_rate) and learning_rate > 0):
        raise ValueError(f"learning_rate must be a finite number above 0; got {learning_rate!r}")
    if not 0 <= momentum < 1:
        raise ValueError(f"momentum must be from 0 to below 1; got {momentum!r}")
    start = np.array(start, dtype=float)
    if start.shape != (2,) or not np.all(np.abs(start) <= LARGEST_COORDINATE):
        raise ValueError(f"start must be two numbers of size at most {LARGEST_COORDINATE:g}; got {start.tolist()!r}")
    if num_steps != int(num_steps) or num_steps < 1:
        raise ValueError(f"num_steps must be a whole number from 1; got {num_steps!r}")

    if optimizer == "gradient_descent":
        momentum = 0.0
    points, stopped_at = _path(surface, optimizer, learning_rate, momentum, start, int(num_steps))
    gradients = surface.gradient(points)
    losses = surface.value(points)
    gradient_norms = np.sqrt(gradients[:, 0] * gradients[:, 0] + gradients[:, 1] * gradients[:, 1])

    curvatures = surface.curvatures
    factors = motions = bound = active = rate = steps_per_decade = reached_at = None
    if optimizer != "adam":
        factors = tuple(float(spectral_radius(learning_rate, curvature, momentum)) for curvature in curvatures)
        motions = tuple(_motion(learning_rate, curvature, momentum) for curvature in curvatures)
        bound = learning_rate_bound(curvatures, momentum)
    dormant = ()
    if surface.is_quadratic:
        active = tuple(bool(coordinate != 0) for coordinate in start)
        unstable = [curvature < 0 for curvature in curvatures] if motions is None else [m in _GROWS for m in motions]
        dormant = tuple(i for i in range(2) if unstable[i] and not active[i])

    if gradient_norms[0] == 0:
        verdict = "at_rest_saddle" if surface.minimum is None else "at_rest_minimum"
    elif surface.is_quadratic and optimizer != "adam":
        rate = max(factor for factor, is_active in zip(factors, active, strict=True) if is_active)
        verdict = _verdict_by_theory(curvatures, motions, active)
        if verdict not in ("neither", "converges_at_once") and rate > 0:
            steps_per_decade = 1 / abs(math.log10(rate))
    else:
        distances = np.sqrt(((points - surface.stationary_point) ** 2).sum(axis=-1))
        reached_at = _first_step_of_rest(np.maximum(distances, gradient_norms))
        verdict = _verdict_by_run(surface, points, losses, reached_at, stopped_at)

    return DescentRun(
        points=points,
        losses=losses,
        gradient_norms=gradient_norms,
        curvatures=curvatures,
        factors=factors,
        motions=motions,
        bound=bound,
        active=active,
        dormant=dormant,
        verdict=verdict,
        rate=rate,
        steps_per_decade=steps_per_decade,
        reached_at=reached_at,
        stopped_at=stopped_at,
    )


def learning_rate_bound(curvatures, momentum=0.0):
    """Return the learning rate below which every direction of positive curvature converges.

    It is 2 (1 + β) / λmax: 2/λmax for plain gradient descent, up to twice that with momentum
    (Polyak, 1964). A direction of negative curvature converges at no learning rate.

    Raises
    ------
    ValueError
        If no curvature is positive.
    """
    largest = max(curvatures)
    if not largest > 0:
        raise ValueError(f"a bound needs a positive curvature; got {tuple(curvatures)!r}")
    return float(2 * (1 + momentum) / largest)


def spectral_radius(learning_rate, curvature, momentum=0.0):
    """Return the factor by which the distance along a direction of that curvature changes each step.

    One step of momentum, on the distance now and one step earlier, is the matrix
    [[1 + β - ηλ, -β], [1, 0]]; the factor is the size of its largest eigenvalue, that is, of the largest root
    of z² - (1 + β - ηλ) z + β. Without momentum it is \\|1 - ηλ\\|. Arguments broadcast.
    """
    trace = (1 + np.asarray(momentum)) - np.asarray(learning_rate) * np.asarray(curvature)
    discriminant = trace * trace - 4 * np.asarray(momentum)
    real_roots = (np.abs(trace) + np.sqrt(np.maximum(discriminant, 0))) / 2
    return np.where(discriminant < 0, np.sqrt(momentum), real_roots)[()]


_GROWS = ("grows", "grows_flipping")


def _motion(learning_rate, curvature, momentum):
    """Name what a direction does; see ``DescentRun.motions``."""
    factor = spectral_radius(learning_rate, curvature, momentum)
    trace = (1 + momentum) - learning_rate * curvature
    if abs(factor - 1) <= _FACTOR_TOLERANCE:
        return "holds"
    if trace * trace - 4 * momentum < 0:
        return "swings"
    if factor == 0:
        return "at_once"
    return ("grows" if factor > 1 else "shrinks") + ("_flipping" if trace < 0 else "")


def _verdict_by_theory(curvatures, motions, active):
    moving = {motion for motion, is_active in zip(motions, active, strict=True) if is_active}
    if any(motions[i] in _GROWS for i in range(2) if active[i] and curvatures[i] > 0):
        return "diverges"
    if any(active[i] and curvatures[i] < 0 for i in range(2)):
        return "leaves_saddle"
    if "holds" in moving:
        return "neither"
    if min(curvatures) < 0:
        return "stuck_on_ridge"
    if "shrinks_flipping" in moving:
        return "converges_zigzagging"
    if "swings" in moving:
        return "converges_swinging"
    return "converges_smoothly" if "shrinks" in moving else "converges_at_once"


def _verdict_by_run(surface, points, losses, reached_at, stopped_at):
    if stopped_at is not None:
        return "blew_up"
    # Adam never turns back towards a saddle: along a negative curvature every gradient points away.
    if surface.minimum is None and np.any(np.abs(points[-1]) > np.abs(points[0]), where=_negative(surface)):
        return "leaves_saddle"
    if reached_at is not None:
        return "stuck_on_ridge" if surface.minimum is None else "reached"
    return "still_falling" if _falls_steadily(losses) else "unsettled"


def _falls_steadily(losses):
    """Tell whether the loss fell at every step of the last half, or its peaks from quarter to quarter.

    The peaks must fall by a twentieth twice in a row: those of a run that circles for ever vary by chance.
    """
    quarter = max(1, (len(losses) - 1) // 4)
    if np.all(np.diff(losses[-2 * quarter :]) < 0):
        return True
    if len(losses) < 3 * quarter:
        return False
    peaks = losses[-3 * quarter :].reshape(3, quarter).max(axis=1)
    return bool(np.all(peaks[1:] <= 0.95 * peaks[:-1]))


def _negative(surface):
    return np.asarray(surface.curvatures) < 0


def _first_step_of_rest(remaining):
    """Return the first step from which ``remaining`` (T + 1,) stays below ``REACHED``, or None."""
    far = np.flatnonzero(remaining >= REACHED)
    first = int(far[-1]) + 1 if far.size else 0
    return first if len(remaining) - first >= min(SETTLED_POINTS, len(remaining)) else None


def _path(surface, optimizer, learning_rate, momentum, start, num_steps):
    """Return the points (T + 1, 2), and the last step before a coordinate grows too large, or None."""
    step = {"gradient_descent": _plain_steps, "momentum": _momentum_steps, "adam": _adam_steps}[optimizer]
    update = step(learning_rate, momentum)
    points = [start]
    for t in range(num_steps):
        w = update(points[-1], surface.gradient(points[-1]))
        if not np.all(np.abs(w) <= LARGEST_COORDINATE):
            return np.array(points), t
        points.append(w)
    return np.array(points), None


def _plain_steps(learning_rate, momentum):
    def update(w, gradient):
        return w - learning_rate * gradient

    return update


def _momentum_steps(learning_rate, momentum):
    velocity = np.zeros(2)

    def update(w, gradient):
        nonlocal velocity
        velocity = momentum * velocity - learning_rate * gradient
        return w + velocity

    return update


def _adam_steps(learning_rate, momentum):
    mean, mean_square = np.zeros(2), np.zeros(2)
    # Running products, not powers: JavaScript's `**` and NumPy's may differ in the last bit.
    beta_1_power = beta_2_power = 1.0

    def update(w, gradient):
        nonlocal mean, mean_square, beta_1_power, beta_2_power
        beta_1_power, beta_2_power = beta_1_power * momentum, beta_2_power * _ADAM_BETA_2
        alpha = learning_rate * math.sqrt(1 - beta_2_power) / (1 - beta_1_power)
        mean = mean + (gradient - mean) * (1 - momentum)
        mean_square = mean_square + (gradient * gradient - mean_square) * (1 - _ADAM_BETA_2)
        return w - mean * alpha / (np.sqrt(mean_square) + _ADAM_EPSILON)

    return update
