"""Whose notices a person may read: their own."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from accounts.models import Notice, NoticeQuerySet, User


def get_notices_to_read(user: User) -> NoticeQuerySet:
    return Notice.objects.filter(recipient=user)


def get_notice_to_open(user: User, pk: int) -> Notice:
    """Return the notice, or raise 404: another person's notice does not exist."""
    return get_object_or_404(get_notices_to_read(user), pk=pk)
