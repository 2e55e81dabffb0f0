"""Sign-ins, sign-outs and changed passwords in the audit log.

Told by signals, against the rule of the house: Django's are the one point that the site's sign-in page, the
admin's and a session opened by any other means pass alike. A sign-in refused for too many attempts, of which
no signal tells, comes from `adapter.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.utils import timezone

from accounts.models import User
from accounts.recording import places_of_person, subject_of
from core.audit import NOWHERE, record
from core.enums import AuditKind


def listen() -> None:
    user_logged_in.connect(_signed_in, dispatch_uid="audit")
    user_logged_out.connect(_signed_out, dispatch_uid="audit")
    user_login_failed.connect(_failed, dispatch_uid="audit")
    password_changed.connect(_changed_password, dispatch_uid="audit")
    password_set.connect(_changed_password, dispatch_uid="audit")
    password_reset.connect(_reset_password, dispatch_uid="audit")


def record_failed(credentials: Mapping[str, Any], *, reason: str = "") -> None:
    """Tell of a sign-in that failed: by the account where there is one, else by the name that was typed.

    `reason` is found here where it is not given: no such account, one that is switched off, or the password.
    """
    typed = str(credentials.get("username") or credentials.get("email") or "")
    # A NUL in a name is none that PostgreSQL would look for.
    user = User.objects.filter(username=typed.replace("\x00", "")).first()
    reason = reason or ("unknown" if user is None else "password" if user.is_active else "inactive")
    places = places_of_person(user, on=timezone.localdate()) if user else [NOWHERE]
    subject = subject_of(user) if user else None
    record(
        AuditKind.SIGN_IN_FAILED,
        actor=None,
        typed=typed,
        places=places,
        subject=subject,
        details={"reason": reason},
    )


def record_password(user: User, how: str, *, actor: User) -> None:
    record(
        AuditKind.PASSWORD,
        actor=actor,
        places=places_of_person(user, on=timezone.localdate()),
        subject=subject_of(user),
        details={"how": how},
    )


def _signed_in(sender: Any, user: User, **kwargs: Any) -> None:
    record(AuditKind.SIGN_IN, actor=user, places=places_of_person(user, on=timezone.localdate()))


def _signed_out(sender: Any, user: User | None, **kwargs: Any) -> None:
    if user is not None:  # nobody was signed in any more
        record(AuditKind.SIGN_OUT, actor=user, places=places_of_person(user, on=timezone.localdate()))


def _failed(sender: Any, credentials: Mapping[str, Any], **kwargs: Any) -> None:
    record_failed(credentials)


def _changed_password(sender: Any, user: User, **kwargs: Any) -> None:
    record_password(user, "changed", actor=user)


def _reset_password(sender: Any, user: User, **kwargs: Any) -> None:
    record_password(user, "reset", actor=user)
