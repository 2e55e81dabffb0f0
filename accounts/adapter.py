from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import ValidationError
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up: people are entered by an administrator, with their appointments."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt; one too many is refused before the password is looked at, and told of."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            # allauth loads this class from the settings while models are not there yet.
            from accounts.signing_in import record_failed

            record_failed(credentials, reason="limit")
            raise
