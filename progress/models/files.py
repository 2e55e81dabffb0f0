"""Files from outside, as they are kept: behind reports and behind findings."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.files import File
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.uploads import PICTURES, Upload

SHOWN_BYTES = 8 * 1024 * 1024  # of a picture on a page


def place_of_file(row: models.Model, name: str) -> str:
    """Return a place that tells nothing and leads to nothing else."""
    return f"evidence/{uuid.uuid4().hex}"


class KeptFile(models.Model):
    """A file under a name that tells nothing, with what core.uploads told of it when it came in."""

    file = models.FileField(_("file"), upload_to=place_of_file, max_length=300, blank=True)
    file_name = models.CharField(_("file name"), max_length=200, blank=True)
    content_type = models.CharField(_("type"), max_length=100, blank=True)
    size = models.PositiveBigIntegerField(_("size in bytes"), default=0)
    sha256 = models.CharField(_("digest"), max_length=64, blank=True)

    class Meta:
        abstract = True

    def keep(self, file: File[Any], known: Upload) -> None:
        """Take over what is known of a file and write its bytes; the row is still to be saved.

        Where the disk takes only some of them, none are left.
        """
        self.file_name, self.content_type = known.name, known.content_type
        self.size, self.sha256 = known.size, known.sha256
        place, storage = place_of_file(self, ""), self.file.storage
        try:
            self.file = storage.save(place, file)
        except BaseException:
            storage.delete(place)
            raise

    @property
    def is_picture(self) -> bool:
        """Say whether it is shown as a picture; too large ones, a phone would fetch whole, are not."""
        return self.content_type in PICTURES and self.size <= SHOWN_BYTES

    @property
    def kind(self) -> str:
        """PDF, JPG, ODS: the ending of its name, as a sign beside it."""
        return self.file_name.rpartition(".")[2].upper()
