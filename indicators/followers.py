"""Who above this app wants to know that what a year's target is measured against was written.

Last year's result is known later than the target, often when the plan that promises it is long in force: what
was counted without it is counted anew.
"""

from __future__ import annotations

from collections.abc import Callable

Follower = Callable[[int, int], None]  # the indicator's key and the year

_followers: list[Follower] = []


def follow_baselines(follower: Follower) -> None:
    """Have this called from now on, in the transaction that writes a baseline."""
    if follower not in _followers:
        _followers.append(follower)


def tell_of_baseline(indicator_pk: int, year: int) -> None:
    for follower in _followers:
        follower(indicator_pk, year)
