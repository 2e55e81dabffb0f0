"""An audit event in words, in the reader's language. Events hold codes; what they are called is here.

An event may be older than a code's last name, or tell of a row whose kind is no longer there: what is not
known is shown as it is written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, Model
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.enums import Role
from accounts.models import City
from core.enums import AuditKind
from core.models import AuditEvent
from core.roc import roc_date
from core.text import fold
from plans.enums import PlanStatus
from plans.workflow import BY_NAME, CLOSE
from progress.enums import ReportStep, Rhythm
from progress.models import FindingStep
from review.words import label_of

Words = str | Promise
Details = Mapping[str, Any]

# The steps that are none of the workflow's table.
OTHER_STEPS: dict[str, Words] = {
    "extension_ask": gettext_lazy("Ask for the extension"),
    "extension_decide": gettext_lazy("Decide"),
    "extension_withdraw": gettext_lazy("Withdraw the request"),
    **{f"report_{step}": step.label for step in ReportStep},
    "period_dates": gettext_lazy("Changed the days of a period"),
    "period_moved": gettext_lazy("Moved a due day by the government's calendar"),
    "period_close": gettext_lazy("Closed a period"),
    "period_open": gettext_lazy("Opened a period again"),
    "period_allow": gettext_lazy("Let a unit file later"),
    "period_rhythm": gettext_lazy("Changed how often units file"),
    CLOSE.name: CLOSE.label,
    "year_file": gettext_lazy("Filed the results of the year"),
    "year_return": gettext_lazy("Returned the results of the year"),
    "year_decide": gettext_lazy("Receipt of the results of the year"),
    "finding_add": gettext_lazy("Entered a finding"),
    **{f"finding_{step}": step.label for step in FindingStep},
}
REASONS: dict[str, Words] = {
    "moved_on": gettext_lazy("the plan had moved on meanwhile"),
    "turn": gettext_lazy("other places sign first"),
    "decided": gettext_lazy("it was decided already"),
    "condition": gettext_lazy("a condition was not met"),
}
FAILURES: dict[str, Words] = {
    "unknown": gettext_lazy("Could not sign in: there is no such account"),
    "password": gettext_lazy("Could not sign in: the password was wrong"),
    "inactive": gettext_lazy("Could not sign in: the account is switched off"),
    "limit": gettext_lazy("Could not sign in: too many attempts"),
}
PASSWORDS: dict[str, Words] = {
    "changed": gettext_lazy("Changed the own password"),
    "reset": gettext_lazy("Set a new password by the link in a mail"),
    "set": gettext_lazy("Set the password of another person"),
    "removed": gettext_lazy("Took away the password of another person"),
}
EXTENSIONS: dict[str, Words] = {
    "asked": gettext_lazy("Asked for an extension until %(until)s"),
    "granted": gettext_lazy("Granted the extension until %(until)s"),
    "refused": gettext_lazy("Refused the extension"),
    "withdrawn": gettext_lazy("Withdrew the request for an extension"),
}
DOWNLOADS: dict[str, Words] = {
    "pdf": gettext_lazy("Downloaded the PDF"),
    "in_force": gettext_lazy("Downloaded the PDF of the version in force"),
    "filed": gettext_lazy("Downloaded the PDF of a filed version"),
    "compare": gettext_lazy("Downloaded the PDF of a comparison"),
    "package": gettext_lazy("Downloaded the file of what was filed"),
    "responses": gettext_lazy("Downloaded the PDF of remarks and answers"),
    "year_end": gettext_lazy("Downloaded the PDF of the results of the year"),
    "json": gettext_lazy("Downloaded the plan as JSON"),
    "json_in_force": gettext_lazy("Downloaded the version in force as JSON"),
    "lines": gettext_lazy("Downloaded the lines as a sheet"),
    "filing": gettext_lazy("Downloaded the reports of a unit as a sheet"),
    "findings": gettext_lazy("Downloaded findings of checks as a sheet"),
    "attachment": gettext_lazy("Downloaded the attachment “%(file)s”"),
    "evidence": gettext_lazy("Downloaded the evidence “%(file)s”"),
    "finding_file": gettext_lazy("Downloaded the file “%(file)s” of a finding"),
    "scan": gettext_lazy("Downloaded the scan of a signature “%(file)s”"),
    "overview": gettext_lazy("Downloaded the overview of the districts"),
    "rows": gettext_lazy("Downloaded a sheet of “%(of)s”, rows: %(count)s"),
    "audit": gettext_lazy("Downloaded the audit log, events: %(count)s"),
}
IMPORTS: dict[str, Words] = {
    "rows": gettext_lazy("Imported a sheet of “%(of)s”: %(added)s new, %(changed)s changed"),
    "lines": gettext_lazy("Imported a sheet of lines: %(added)s new, %(changed)s changed"),
    "filing": gettext_lazy("Imported a sheet of reports: %(changed)s changed"),
    "document": gettext_lazy("Imported a document of %(added)s lines"),
    "replaced": gettext_lazy("Replaced the plan by a document of %(added)s lines"),
}
CHANGES: dict[str, Words] = {
    "added": pgettext_lazy("in the audit log", "Added: %(row)s"),
    "changed": pgettext_lazy("in the audit log", "Changed: %(row)s"),
    "deleted": pgettext_lazy("in the audit log", "Deleted: %(row)s"),
}


@dataclass(frozen=True)
class Told:
    """What happened in a sentence, and what else is known of it, each with its name before it."""

    what: str
    more: tuple[str, ...] = ()


def tell(event: AuditEvent, city: City) -> Told:
    """Put an event of the city in words."""
    details: Details = event.details if isinstance(event.details, dict) else {}
    return Told(_WHAT.get(event.kind, _other)(event, details, city), tuple(_more(event, details)))


def codes_like(word: str, city: City) -> set[str]:
    """Return how the codes whose names hold the word stand in the text an event is searched by."""
    steps = [
        (step.name, label)
        for step in BY_NAME.values()
        for label in (step.label, label_of(step, city.decision))
    ]
    tables: Mapping[str, Iterable[tuple[str, Words]]] = {
        "step": [*steps, *OTHER_STEPS.items()],
        "role": Role.choices,
    }
    return {
        fold(f"{name}={code}")
        for name, table in tables.items()
        for code, label in table
        if word in fold(str(label))
    }


def kinds_like(word: str) -> list[str]:
    """Return the kinds of events whose names hold the folded word."""
    return [str(kind) for kind in AuditKind if word in fold(str(kind.label))]


def _step(event: AuditEvent, details: Details, city: City) -> str:
    before, after = _status(details.get("before")), _status(details.get("after"))
    name = _step_name(details, city)
    if before == after:
        return name
    words = {"step": name, "before": before, "after": after}
    return _("%(step)s: from “%(before)s” to “%(after)s”") % words


def _report(event: AuditEvent, details: Details, city: City) -> str:
    return _step_name(details, city)


def _step_refused(event: AuditEvent, details: Details, city: City) -> str:
    words = {"step": _step_name(details, city), "reason": _named(REASONS, details.get("reason"))}
    return _("“%(step)s” was refused: %(reason)s") % words


def _signature(event: AuditEvent, details: Details, city: City) -> str:
    words = {"place": details.get("place", ""), "name": details.get("name", "")}
    if details.get("how") == "outside":
        return _("Recorded that %(name)s signed outside the system, as “%(place)s”") % words
    return _("Signed as “%(place)s”") % words


def _extension(event: AuditEvent, details: Details, city: City) -> str:
    until = _day(details.get("until", ""))
    return _filled(_named(EXTENSIONS, details.get("how")), {"until": until})


def _refusal(event: AuditEvent, details: Details, city: City) -> str:
    if details.get("method") == "POST":
        return _("Was refused a change at %(address)s") % {"address": event.address}
    return _("Was refused to open %(address)s") % {"address": event.address}


def _download(event: AuditEvent, details: Details, city: City) -> str:
    return _filled(_named(DOWNLOADS, details.get("what")), _parameters(details))


def _import(event: AuditEvent, details: Details, city: City) -> str:
    what = "replaced" if details.get("replaced") else details.get("what")
    return _filled(_named(IMPORTS, what), _parameters(details))


def _row(event: AuditEvent, details: Details, city: City) -> str:
    return _filled(_named(CHANGES, details.get("change")), {"row": _model_name(event.subject)})


def _other(event: AuditEvent, details: Details, city: City) -> str:
    return str(event.get_kind_display())


_WHAT: dict[str, Callable[[AuditEvent, Details, City], str]] = {
    AuditKind.SIGN_IN: lambda event, details, city: _("Signed in"),
    AuditKind.SIGN_OUT: lambda event, details, city: _("Signed out"),
    AuditKind.SIGN_IN_FAILED: lambda event, details, city: _named(FAILURES, details.get("reason")),
    AuditKind.PASSWORD: lambda event, details, city: _named(PASSWORDS, details.get("how")),
    AuditKind.REFUSAL: _refusal,
    AuditKind.STEP: _step,
    AuditKind.STEP_REFUSED: _step_refused,
    AuditKind.SIGNATURE: _signature,
    AuditKind.EXTENSION: _extension,
    AuditKind.REPORT: _report,
    AuditKind.EXPORT: _download,
    AuditKind.IMPORT: _import,
    AuditKind.APPOINTMENT: _row,
    AuditKind.PERSON: _row,
    AuditKind.PLACE: _row,
    AuditKind.SETTING: _row,
}


# What else an event may say, in the order it is said: the detail, its name, and how its value is shown.
_MORE: tuple[tuple[str, Words, Callable[[Any], str]], ...] = (
    ("role", gettext_lazy("Role"), lambda value: _named(dict(Role.choices), value)),
    ("acting_for", gettext_lazy("Acting for"), str),
    ("version", gettext_lazy("Version"), str),
    ("document_number", gettext_lazy("Letter"), str),
    ("document_on", gettext_lazy("Date of the letter"), lambda value: _day(str(value))),
    ("unit", gettext_lazy("Unit"), str),
    ("period", gettext_lazy("Period"), str),
    ("line", gettext_lazy("Line"), str),
    ("rhythm", gettext_lazy("Rhythm"), lambda value: _named(dict(Rhythm.choices), value)),
    ("starts_on", gettext_lazy("From"), lambda value: _day(str(value))),
    ("ends_on", gettext_lazy("Until"), lambda value: _day(str(value))),
    ("due_on", gettext_lazy("Until"), lambda value: _day(str(value))),
    ("format", gettext_lazy("Format"), lambda value: str(value).upper()),
    ("source", gettext_lazy("File"), str),
    ("command", gettext_lazy("Command"), str),
)


def _more(event: AuditEvent, details: Details) -> Iterator[str]:
    for name, label, show in _MORE:
        if value := details.get(name):
            yield _said(str(label), show(value))
    changes = details.get("changes")
    if isinstance(changes, dict):
        # PostgreSQL keeps no order of names.
        yield from (_change(event.subject, name, values) for name, values in sorted(changes.items()))


def _change(model: str, name: str, values: Any) -> str:
    """Say from what to what a field went: 迄日：空白 → 115年7月31日."""
    before, after = values if isinstance(values, list) and len(values) == 2 else (None, values)
    field = _field(model, name)
    label = str(getattr(field, "verbose_name", name))
    return _said(label, f"{_value(field, before)} → {_value(field, after)}")


def _value(field: Field[Any, Any] | None, value: Any) -> str:
    if value in (None, "", []):
        return _("empty")
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return "、".join(_value(field, inner) for inner in value)
    choices = dict(field.flatchoices) if field is not None and getattr(field, "choices", None) else {}
    return str(choices.get(value) or _day(str(value)))


def _field(model: str, name: str) -> Field[Any, Any] | None:
    found = _model(model)
    try:
        return found._meta.get_field(name) if found else None  # type: ignore[return-value]  # noqa: SLF001 -- Django's API
    except FieldDoesNotExist:
        return None


def _model(label: str) -> type[Model] | None:
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        return None


def _model_name(label: str) -> str:
    model = _model(label)
    return str(model._meta.verbose_name) if model else label  # noqa: SLF001 -- Django's documented API for models


def _step_name(details: Details, city: City) -> str:
    name = details.get("step", "")
    step = BY_NAME.get(name)
    return str(label_of(step, city.decision)) if step else _named(OTHER_STEPS, name)


def _status(code: Any) -> str:
    return _named(dict(PlanStatus.choices), code)


def _named(table: Mapping[str, Words], code: Any) -> str:
    return str(table.get(str(code), code or ""))


def _parameters(details: Details) -> dict[str, str]:
    names = ("file", "count", "added", "changed")
    return {name: str(details.get(name, "")) for name in names} | {"of": _model_name(details.get("of", ""))}


def _filled(words: str, parameters: Mapping[str, str]) -> str:
    """Fill words in; those that are a code not known here may hold anything."""
    try:
        return words % parameters
    except (KeyError, ValueError, TypeError):
        return words


def _day(text: str) -> str:
    """Return a day that is written as 2026-04-30 in ROC years, and other text as it is."""
    try:
        return roc_date(dt.date.fromisoformat(text)) if len(text) == 10 else text
    except ValueError:
        return text


def _said(name: str, words: str) -> str:
    return _("%(name)s: %(words)s") % {"name": name, "words": words}
