"""What becomes of a file while it is still coming in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler

from core.sheet_files import MAX_BYTES

# Sheets and plans to import have limits of their own, which must not be cut short by a small one for files.
LEAST_KEPT = MAX_BYTES + 1024 * 1024


class CutAtLimit(FileUploadHandler):
    """Lets a file's bytes go once there are more than the site takes, so that nobody fills its disk.

    One piece too much is kept, by which whoever reads the file sees that it is too large, and says so.
    """

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        is_over = start > max(settings.UPLOAD_MAX_BYTES, LEAST_KEPT)
        return b"" if is_over else raw_data

    def file_complete(self, file_size: int) -> Any:
        return None  # the next handler has the file
