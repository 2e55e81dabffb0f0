from __future__ import annotations

import subprocess
import sys

from django.conf import settings

from core.memory import MIDDLE, OLD, YOUNG

ASK = "import gc, districtplans.wsgi; print(gc.get_threshold(), gc.get_freeze_count() > 10_000)"


def test_a_server_spares_the_collector_what_is_loaded() -> None:
    said = subprocess.run(  # noqa: S603 -- our own program
        [sys.executable, "-c", ASK], cwd=settings.BASE_DIR, check=True, capture_output=True, text=True
    ).stdout

    assert said.split("\n")[-2] == f"({YOUNG}, {MIDDLE}, {OLD}) True"
