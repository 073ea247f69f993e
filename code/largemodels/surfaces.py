"""Loss surfaces over two weights, on which the ways of descending can be seen.

Chapter 4 and ``DescentLab`` share these four. Every function takes points ``w`` of shape (..., 2), the two
weights w₁ and w₂ on the last axis, so one call serves a point, a path, or a grid.
"""

import math

import numpy as np


class QuadraticSurface:
    """L(w) = ½ (λ₁ w₁² + λ₂ w₂²): a bowl, or a saddle where a curvature is negative.

    Parameters
    ----------
    name : str
        Key in :data:`SURFACES`.
    curvatures : (float, float)
        λ₁ and λ₂, the second derivatives along the axes. Not zero.
    """

    is_quadratic = True
    stationary_point = (0.0, 0.0)

    def __init__(self, name, curvatures):
        self.name = name
        self.curvatures = tuple(float(curvature) for curvature in curvatures)

    @property
    def minimum(self):
        """Where the loss is least, or None: a saddle is unbounded below."""
        return self.stationary_point if min(self.curvatures) > 0 else None

    def value(self, w):
        """Return the loss, of shape (...,)."""
        w = np.asarray(w, dtype=float)
        weighted = self.curvatures * w * w  # (..., 2)
        return 0.5 * (weighted[..., 0] + weighted[..., 1])

    def gradient(self, w):
        """Return ∂L/∂w = (λ₁ w₁, λ₂ w₂), of shape (..., 2)."""
        return self.curvatures * np.asarray(w, dtype=float)

    def hessian(self, w):
        """Return the matrices of second derivatives, of shape (..., 2, 2); here the same everywhere."""
        w = np.asarray(w, dtype=float)
        return np.broadcast_to(np.diag(self.curvatures), (*w.shape, 2)).copy()

    def __repr__(self):
        return f"QuadraticSurface({self.name!r}, curvatures={self.curvatures})"


class CurvedSurface:
    """L(w) = ½ (1 - w₁)² + ½ · 4 · (w₂ - w₁²)²: a valley bent along w₂ = w₁², with its minimum at (1, 1).

    A milder form of the function of Rosenbrock (1960), whose factor is 100 in place of 4.
    Its curvature changes from place to place. ``curvatures`` are those at the minimum, the eigenvalues of
    [[17, -8], [-8, 4]]: along the valley (0.19), then across it (20.8).
    """

    is_quadratic = False
    name = "curved"
    stationary_point = (1.0, 1.0)
    minimum = stationary_point
    _steep = (21 + math.sqrt(425)) / 2
    curvatures = (4 / _steep, _steep)  # their product is the determinant, 4

    def value(self, w):
        """Return the loss, of shape (...,)."""
        w1, gap = self._parts(w)
        return 0.5 * (1 - w1) * (1 - w1) + 2 * gap * gap

    def gradient(self, w):
        """Return ∂L/∂w, of shape (..., 2)."""
        w1, gap = self._parts(w)
        return np.stack([(w1 - 1) - 8 * w1 * gap, 4 * gap], axis=-1)

    def hessian(self, w):
        """Return the matrices of second derivatives, of shape (..., 2, 2)."""
        w1, gap = self._parts(w)
        mixed = -8 * w1
        rows = [[1 - 8 * gap + 16 * w1 * w1, mixed], [mixed, np.full_like(w1, 4)]]
        return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)

    @staticmethod
    def _parts(w):
        w = np.asarray(w, dtype=float)
        w1 = w[..., 0]
        return w1, w[..., 1] - w1 * w1

    def __repr__(self):
        return "CurvedSurface()"


SURFACES = {
    surface.name: surface
    for surface in (
        QuadraticSurface("round", curvatures=(1.0, 2.0)),
        QuadraticSurface("narrow", curvatures=(0.25, 5.0)),
        QuadraticSurface("saddle", curvatures=(1.0, -0.5)),
        CurvedSurface(),
    )
}
