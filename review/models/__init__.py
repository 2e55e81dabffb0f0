"""Signing inside the district, the city's desk, deadlines and mail."""

from __future__ import annotations

from review.models.deadlines import (
    DeadlineKind,
    DeadlineRule,
    Extension,
    ExtensionDecision,
    ExtensionQuerySet,
    Holiday,
)
from review.models.filings import Filing
from review.models.mail import CLAIM_LASTS, Digest, Mail, MailKind, MailQuerySet
from review.models.remarks import LINE_LIMIT, TELLING_STEPS, Adoption, Answer, Remark, RemarkQuerySet
from review.models.signing import (
    LABEL_LIMIT,
    NOTE_LIMIT,
    Place,
    Signature,
    SignatureState,
    SigningChain,
    SigningPlace,
    SigningRound,
)

__all__ = [
    "CLAIM_LASTS",
    "LABEL_LIMIT",
    "LINE_LIMIT",
    "NOTE_LIMIT",
    "TELLING_STEPS",
    "Adoption",
    "Answer",
    "DeadlineKind",
    "DeadlineRule",
    "Digest",
    "Extension",
    "ExtensionDecision",
    "ExtensionQuerySet",
    "Filing",
    "Holiday",
    "Mail",
    "MailKind",
    "MailQuerySet",
    "Place",
    "Remark",
    "RemarkQuerySet",
    "Signature",
    "SignatureState",
    "SigningChain",
    "SigningPlace",
    "SigningRound",
]
