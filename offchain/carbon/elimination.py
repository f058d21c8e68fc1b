"""Solve the equations of nodes that feed each other in a circle, without a subtraction.

In a strongly connected component the balance of carbon is, for each node w,

    (f_w + sum_u C_wu) rho_w - sum_u C_wu rho_u = b_w

where C_wu >= 0 is what w receives from u of the same component, f_w >= 0 what it is fed from elsewhere, and b_w >= 0
the carbon that comes with that. Elimination after Grassmann, Taksar and Heyman (Operations Research 33, 1985) forms
each pivot as a sum of what is left of its row, so every number stays a sum of products of non-negative ones: each
result is right to a few units in its last digits, however much more power circulates than is fed (O'Cinneide,
Numerische Mathematik 65, 1993).
"""

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]


@njit(cache=True)
def factor(inner: Floats, fed: Floats) -> Floats:
    """Eliminate the nodes from the last to the first, in place, and return the pivots (k,).

    `inner` (k, k) holds C and becomes the factors: below the diagonal the rows when they were eliminated, above it the
    multipliers. `fed` (k,) holds f and is used up. A pivot of 0 means that nothing feeds the component.
    """
    size = len(fed)
    pivots = np.zeros(size)
    for j in range(size - 1, -1, -1):
        pivot = fed[j]
        for u in range(j):
            pivot += inner[j, u]
        pivots[j] = pivot
        if pivot == 0.0:
            break
        for w in range(j):
            multiplier = inner[w, j] / pivot
            inner[w, j] = multiplier
            if multiplier != 0.0:
                fed[w] += multiplier * fed[j]
                for u in range(j):
                    if u != w:
                        inner[w, u] += multiplier * inner[j, u]
    return pivots


@njit(cache=True)
def solve(factors: Floats, pivots: Floats, right: Floats) -> None:
    """Turn `right` (k, columns), the carbon b of each node, into the intensities rho, in place."""
    size, columns = right.shape
    for j in range(size - 1, 0, -1):
        for w in range(j):
            for column in range(columns):
                right[w, column] += factors[w, j] * right[j, column]
    for j in range(size):
        for u in range(j):
            for column in range(columns):
                right[j, column] += factors[j, u] * right[u, column]
        for column in range(columns):
            right[j, column] /= pivots[j]


@njit(cache=True)
def solve_transposed(factors: Floats, pivots: Floats, right: Floats) -> None:
    """Turn `right` (k,), what each node loses at once, into what one MW there loses in all times, in place."""
    size = len(pivots)
    for u in range(size - 1, -1, -1):
        for j in range(u + 1, size):
            right[u] += factors[j, u] * right[j]
        right[u] /= pivots[u]
    for j in range(1, size):
        for w in range(j):
            right[j] += factors[w, j] * right[w]
