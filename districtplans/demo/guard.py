"""The doors a demonstration account does not get through while DEBUG is off: sign-in and open sessions.

Demonstration accounts share a printed password. A copy of a development database, or DEBUG switched off
on a server that was tried out with it, must not leave them usable. Both backends of the site are
taken from here, so that the answer does not depend on which of them is asked; Django asks the same
question of a session already open, and of one opened by any other means.
"""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from accounts.queries import person_on

PREFIX = "demo-"


def is_shut(user: AbstractBaseUser | None) -> bool:
    """Say whether this is a demonstration account on a site that is not for development."""
    return user is not None and not settings.DEBUG and user.get_username().casefold().startswith(PREFIX)


class GuardedModelBackend(ModelBackend):
    def user_can_authenticate(self, user: Any) -> bool:
        return not is_shut(user) and super().user_can_authenticate(user)

    def get_user(self, user_id: int) -> User | None:
        user = person_on(timezone.localdate(), user_id)
        return user if self.user_can_authenticate(user) else None


class GuardedAccountBackend(AuthenticationBackend):  # type: ignore[misc]  # allauth ships no types
    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> AbstractBaseUser | None:
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        # allauth sets aside whoever has the right password but may not sign in, and its adapter takes
        # them up again, to send those who are switched off to a page that says so. Not these.
        aside = self.unstash_authenticated_user()
        if not is_shut(aside):
            self._stash_user(aside)
        return user

    def user_can_authenticate(self, user: Any) -> bool:
        return not is_shut(user) and bool(super().user_can_authenticate(user))

    def get_user(self, user_id: int) -> User | None:
        user = person_on(timezone.localdate(), user_id)
        return user if self.user_can_authenticate(user) else None
