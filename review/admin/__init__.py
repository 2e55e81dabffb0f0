"""Set-up of the review, and its records to be looked at."""

from __future__ import annotations

from review.admin import deadlines, mail, signing

__all__ = ["deadlines", "mail", "signing"]
