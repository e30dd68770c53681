"""The Wilson score interval of a share, for the figures of a labelled sample."""

from statistics import NormalDist

_Z = NormalDist().inv_cdf(0.975)


def interval(hits: int, n: int) -> tuple[float, float]:
    """Between which shares the true one is, at 95 %; (0, 1) where nothing was counted."""
    if n == 0:
        return 0.0, 1.0
    share = hits / n
    middle = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * (share * (1 - share) / n + _Z**2 / (4 * n**2)) ** 0.5
    return max(middle - half, 0.0), min(middle + half, 1.0)
