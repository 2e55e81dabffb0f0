"""What stands around the lines of a plan: its title page and foot, and its attachments."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.history import save_as
from core.uploads import check_upload
from plans.models import FACT_LIMIT, Attachment, Framework, Plan
from plans.services.items import StaleSave, clean_text, digest_of_words, is_repeat_of, remember, taken_step
from plans.services.locking import count_change, lock_open, store_change
from plans.services.plans import search_text

TEXTS = ("title", "subtitle", "attribute", "note", "sign_off", "scheme")


@transaction.atomic
def save_facts(
    pk: int,
    *,
    actor: User,
    base: Mapping[str, Any],
    values: Mapping[str, Any],
    token: uuid.UUID | None = None,
) -> Plan:
    """Write the facts, made from `base`; merge by field, raise StaleSave where the same was changed."""
    plan = lock_open(pk)
    now = _clean({name: getattr(plan, name) for name in TEXTS} | {"framework": plan.framework_id})
    values, base = _clean(values), _clean(base)
    said = digest_of_words("facts", values)
    earlier = taken_step(plan, actor, token)
    if is_repeat_of(earlier, said):
        return plan
    changed = [name for name in values if values[name] != base[name]]
    clash = [name for name in changed if now[name] not in (base[name], values[name])]
    if clash:
        raise StaleSave(
            fields=clash,
            base={name: base[name] for name in clash},
            mine={name: values[name] for name in clash},
            theirs={name: now[name] for name in clash},
        )
    changed = [name for name in changed if now[name] != values[name]]
    remember(plan, actor, token, {"said": said}, earlier=earlier)
    if not changed:
        return plan
    if "title" in changed and not values["title"]:
        raise ValidationError({"title": _("A plan needs a title.")})
    for name in changed:
        if name == "framework":
            plan.framework = _framework(plan, values[name])
        else:
            setattr(plan, name, values[name])
    plan.search_text = search_text(plan)
    count_change(plan)
    save_as(plan, actor)
    return plan


def add_attachment(pk: int, *, actor: User, title: str, file: File[bytes], file_name: str) -> Attachment:
    """Keep a file behind the plan, as the last of its attachments."""
    # Before the lock is taken: reading a large file takes longer than others should wait.
    known = check_upload(file, file_name, most=settings.UPLOAD_MAX_BYTES)
    title = clean_text(title).strip() or known.name
    if len(title) > FACT_LIMIT:
        raise ValidationError({"title": _("This title is too long.")})
    with transaction.atomic():
        plan = lock_open(pk)
        last = plan.attachments.aggregate(last=Max("position"))["last"]
        row = Attachment(
            plan=plan,
            position=0 if last is None else last + 1,
            title=title,
            file_name=known.name,
            size=known.size,
            sha256=known.sha256,
        )
        row.file.save(known.name, file, save=False)
        store_change(plan)
        save_as(row, actor)
    return row


@transaction.atomic
def rename_attachment(pk: int, key: int, *, actor: User, title: str) -> Attachment:
    plan = lock_open(pk)
    row = _attachment(plan, key)
    title = clean_text(title).strip()
    if not title or len(title) > FACT_LIMIT:
        raise ValidationError(
            {"title": _("Give a title of at most %(most)d characters.") % {"most": FACT_LIMIT}}
        )
    row.title = title
    store_change(plan)
    save_as(row, actor)
    return row


@transaction.atomic
def shift_attachment(pk: int, key: int, step: int, *, actor: User) -> None:
    """Move an attachment up (-1) or down (+1) among the others; at the end of the list nothing happens."""
    plan = lock_open(pk)
    rows = list(plan.attachments.filter(removed_at__isnull=True))
    at = next((number for number, row in enumerate(rows) if row.pk == key), None)
    if at is None:
        raise ValidationError(_("This attachment is no longer there."))
    to = min(max(at + step, 0), len(rows) - 1)
    rows.insert(to, rows.pop(at))
    store_change(plan)
    for position, row in enumerate(rows):
        if row.position != position:
            row.position = position
            save_as(row, actor)


@transaction.atomic
def remove_attachment(pk: int, key: int, *, actor: User) -> Attachment:
    """Take an attachment out of the plan. The file is kept, for versions may name it."""
    return _set_removed(pk, key, actor=actor, is_removed=True)


@transaction.atomic
def restore_attachment(pk: int, key: int, *, actor: User) -> Attachment:
    return _set_removed(pk, key, actor=actor, is_removed=False)


def _set_removed(pk: int, key: int, *, actor: User, is_removed: bool) -> Attachment:
    plan = lock_open(pk)
    row = _attachment(plan, key)
    row.removed_at = timezone.now() if is_removed else None
    store_change(plan)
    save_as(row, actor)
    return row


def _attachment(plan: Plan, key: int) -> Attachment:
    row = plan.attachments.filter(pk=key).first()
    if row is None:
        raise ValidationError(_("This attachment is no longer there."))
    return row


def _framework(plan: Plan, key: int | None) -> Framework | None:
    if key is None:
        return None
    found = Framework.objects.filter(city=plan.district.city_id, pk=key).first()
    if found is None:
        raise ValidationError({"framework": _("The city has no such framework.")})
    return found


def _clean(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: clean_text(value) if isinstance(value, str) else value for name, value in values.items()}
