"""How the memory of a process that serves pages is looked after."""

from __future__ import annotations

import gc

# So many objects more than there were have the young ones looked through; Python's own number is 700. A page
# makes some ten thousand, nearly all of which go with it.
YOUNG, MIDDLE, OLD = 20_000, 20, 20


def settle() -> None:
    """Spare the collector of cycles what will never go: call it once all is loaded.

    It looked through the young objects several times in each request, and through all that is loaded now and
    then: a twentieth of the time a page takes.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
