"""Signing inside the district, the city's desk, deadlines and mail."""

from __future__ import annotations

from review.models.remarks import LINE_LIMIT, Adoption, Answer, Remark, RemarkQuerySet

__all__ = ["LINE_LIMIT", "Adoption", "Answer", "Remark", "RemarkQuerySet"]
