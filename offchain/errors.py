"""Every error Gridleaf raises on purpose, in one tree.

A command shows the message of a `GridleafError` on one line and exits with `exit_status`.
"""


class GridleafError(Exception):
    """Something went wrong that the user can read about in one line."""

    exit_status = 1


class InputError(GridleafError):
    """What the user handed in cannot be used: says what, which, and what is allowed."""

    exit_status = 2


class ChainError(GridleafError):
    """A chain could not be started, reached, or did not answer in time."""


class LawViolation(GridleafError):
    """A conservation law (power, carbon, money) does not hold on a result; the result must not be used."""
