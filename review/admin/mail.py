"""Mails and digests to look at: what was sent, what waits, and why."""

from __future__ import annotations

from django.contrib import admin

from core.admin import ReadOnlyAdmin
from review.models import Digest, Mail


@admin.register(Mail)
class MailAdmin(ReadOnlyAdmin, admin.ModelAdmin[Mail]):
    list_display = ["subject", "recipient", "address", "kind", "made_at", "sent_at", "dropped_at", "attempts"]
    list_filter = [
        "kind",
        ("sent_at", admin.EmptyFieldListFilter),
        ("dropped_at", admin.EmptyFieldListFilter),
    ]
    list_select_related = ["recipient"]
    search_fields = ["subject", "address", "recipient__full_name", "recipient__username", "message_id"]
    date_hierarchy = "made_at"


@admin.register(Digest)
class DigestAdmin(ReadOnlyAdmin, admin.ModelAdmin[Digest]):
    list_display = ["recipient", "on", "lines", "mail", "made_at"]
    list_select_related = ["recipient", "mail"]
    search_fields = ["recipient__full_name", "recipient__username"]
    date_hierarchy = "on"
