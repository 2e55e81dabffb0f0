"""What is put together once and asked often."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Made = TypeVar("Made")
MOST = 16  # by their arguments, in each thread


def kept_by_thread(make: Callable[Arguments, Made]) -> Callable[Arguments, Made]:
    """Keep what `make` returns for the arguments it was asked with last, in each thread for itself.

    For questions to the database: one with a subquery counts in it while it is put into SQL, also where it
    was cloned, so that two threads must not share it.
    """
    own = threading.local()

    @wraps(make)
    def kept(*arguments: Arguments.args, **named: Arguments.kwargs) -> Made:
        if not hasattr(own, "made"):
            own.made = lru_cache(maxsize=MOST)(make)
        found: Made = own.made(*arguments, **named)
        return found

    return kept
