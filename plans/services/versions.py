"""Keeping the plan as it stands: a version is written once, and nothing here changes or deletes one."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from plans.enums import VersionKind
from plans.models import Plan, PlanVersion
from plans.queries.digests import digest_of_text, seal_of
from plans.queries.documents import plan_document
from plans.services.locking import lock_plan

NAME_LIMIT = 100  # characters, as many as the column holds


@transaction.atomic
def keep_version(plan_pk: int, *, actor: User, name: str) -> PlanVersion:
    """Keep the working text as the plan's next version, in whatever state the plan is.

    Raises ValidationError when it has no name, or is the same as the last version.
    """
    name = " ".join(name.split())
    if not name:
        raise ValidationError(_("Give the version a name by which others will know it."))
    if len(name) > NAME_LIMIT:
        raise ValidationError(
            _("The name is longer than %(limit)d characters."), params={"limit": NAME_LIMIT}
        )
    # Under the lock numbers count up without a gap, and the text cannot change while it is read.
    plan = lock_plan(plan_pk)
    content = plan_document(plan).to_json()
    sha256 = digest_of_text(content)
    last = PlanVersion.objects.filter(plan=plan).defer("content").order_by("-number").first()
    if last is not None and last.sha256 == sha256:
        raise ValidationError(
            _("The plan is the same as version %(number)d “%(name)s”, so there is nothing new to keep."),
            params={"number": last.number, "name": last.name},
        )
    return write_version(
        plan, last, content=content, kind=VersionKind.KEPT, name=name, actor=actor, at=timezone.now()
    )


def write_version(
    plan: Plan,
    last: PlanVersion | None,
    *,
    content: str,
    kind: VersionKind,
    actor: User,
    at: dt.datetime,
    name: str = "",
) -> PlanVersion:
    """Write the next version of a locked plan, chained to the last one and sealed."""
    version = PlanVersion(
        plan=plan,
        number=last.number + 1 if last else 1,
        kind=kind,
        name=name,
        content=content,
        sha256=digest_of_text(content),
        previous_sha256=last.sha256 if last else "",
        made_by=actor,
        made_at=at,
    )
    version.seal = seal_of(version)
    version.save(force_insert=True)
    return version
