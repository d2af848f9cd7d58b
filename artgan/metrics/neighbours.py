"""Nearest-neighbour search among many points, block by block, in constant memory."""

from collections.abc import Callable

import torch
from torch import Tensor

QUERY_BLOCK = 2048
POINT_BLOCK = 8192


def nearest(
    queries: Tensor,
    points: Callable[[int, int], Tensor],
    count: int,
    own: Tensor | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> tuple[Tensor, Tensor]:
    """Find the nearest point of each query, by Euclidean distance.

    Args:
        queries: (Q, F) float32.
        points: returns points ``start`` to ``stop`` as (stop - start, F) float32 on the queries' device.
        count: number of points.
        own: (Q,) index of a point to ignore for each query (itself), or None.
        progress: called with the number of points processed since the last call.

    Returns:
        Squared distances (Q,) float32, exact up to rounding of the difference, and indices of the points (Q,) int64.
    """
    best = torch.full((len(queries),), torch.inf, device=queries.device)
    where = torch.zeros(len(queries), dtype=torch.int64, device=queries.device)
    squares = queries.square().sum(1)
    for start in range(0, count, POINT_BLOCK):
        stop = min(start + POINT_BLOCK, count)
        block = points(start, stop)
        block_squares = block.square().sum(1)
        for first in range(0, len(queries), QUERY_BLOCK):
            rows = slice(first, min(first + QUERY_BLOCK, len(queries)))
            distances = torch.addmm(block_squares[None], queries[rows], block.T, alpha=-2)
            if own is not None:
                here = own[rows] - start
                mine = (here >= 0) & (here < stop - start)
                distances[mine.nonzero().squeeze(1), here[mine]] = torch.inf
            found, column = distances.min(1)
            found += squares[rows]
            closer = found < best[rows]
            best[rows] = torch.where(closer, found, best[rows])
            where[rows] = torch.where(closer, column + start, where[rows])
        progress(stop - start)
    return _exact(queries, points, where), where


def _exact(queries: Tensor, points: Callable[[int, int], Tensor], where: Tensor) -> Tensor:
    """Recompute squared distances: for nearly equal points, a² + b² - 2ab is only rounding error."""
    distances = torch.empty(len(queries), device=queries.device)
    order = where.argsort()
    for rows in order.split(QUERY_BLOCK):
        numbers = where[rows]
        start, stop = int(numbers[0]), int(numbers[-1]) + 1
        if stop - start <= POINT_BLOCK:
            found = points(start, stop)[numbers - start]
        else:
            found = torch.cat([points(number, number + 1) for number in numbers.tolist()])
        distances[rows] = (queries[rows] - found).square().sum(1)
    return distances
