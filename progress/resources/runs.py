"""A filled sheet tried out, and then written: by the service that the form uses, all of it or nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Unit, User
from core.enums import AuditKind
from plans.recording import record_plan
from plans.services.items import StaleSave
from progress.models import Period, ProgressReport
from progress.queries.milestones import milestones_of
from progress.queries.reports import values_of, what_lacks
from progress.resources.columns import MILESTONE_FIELDS, REPORT_FIELDS, TARGET_FIELDS
from progress.resources.reading import FilledSheet, Place, Problem, read_filled
from progress.services.reports import lock_reports, save_report

FIELDS = {one.name: one for one in (*REPORT_FIELDS, *TARGET_FIELDS, *MILESTONE_FIELDS)}


@dataclass(frozen=True)
class Change:
    """What a cell changes on the site."""

    place: Place
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Clash:
    """What was changed in the sheet and, meanwhile, on the site too. The site's stays unless chosen."""

    key: str
    place: Place
    label: str
    site: str
    sheet: str
    stored: Any  # the site's, as it is stored


@dataclass
class ReportRun:
    """What the sheet does to one report. `left` says why nothing of it is written, "" where it is."""

    report: ProgressReport
    changes: list[Change] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)
    lacks: list[str] = field(default_factory=list)
    left: str = ""


@dataclass
class SheetRun:
    """What a sheet does: nothing with `problems`. `is_stale`: it is not what was looked at any more."""

    reports: list[ReportRun] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    is_stale: bool = False

    @property
    def written(self) -> list[ReportRun]:
        return [one for one in self.reports if one.changes]

    @property
    def clashes(self) -> list[Clash]:
        return [clash for one in self.reports for clash in one.clashes]

    @property
    def left(self) -> list[ReportRun]:
        return [one for one in self.reports if one.left]

    @property
    def may_be_written(self) -> bool:
        return not self.problems and bool(self.written or self.clashes)


def run_sheet(
    period: Period,
    unit: Unit,
    data: bytes,
    *,
    actor: User,
    at: dt.datetime,
    is_preview: bool,
    looked_at: Mapping[str, Any] | None = None,
    chosen: Collection[str] = (),
) -> SheetRun:
    """Bring a filled sheet in, in one transaction; a preview does all of it and takes it back.

    `looked_at` holds what the site had, by the keys of the clashes that were shown, and `chosen` the keys of
    those in which the sheet's is to stand. Raises ValidationError where the file is no sheet of this unit.
    """
    filled = read_filled(data, period=period.pk, unit=unit.pk)
    run = SheetRun(problems=list(filled.problems))
    rows = ProgressReport.objects.filter(period=period, unit=unit, pk__in=filled.entries)
    reports = rows.select_related("line", "unit", "period").prefetch_related("line__targets", "measurements")
    with transaction.atomic():
        lock_reports(rows)
        for report in reports:
            trial = _Trial(report, filled, actor=actor, at=at, looked_at=looked_at or {}, chosen=chosen)
            trial.go()
            run.reports.append(trial.run)
            run.problems += trial.problems
            run.is_stale |= trial.is_stale and not is_preview
        if is_preview or run.problems or run.is_stale:
            transaction.set_rollback(True)
        else:
            details = {"what": "filing", "changed": len(run.written)}
            record_plan(AuditKind.IMPORT, period.plan, actor=actor, at=at, details=details)
    run.problems.sort(key=lambda one: one.place)
    return run


class _Trial:
    """One report of the sheet, saved as the form saves it."""

    def __init__(
        self,
        report: ProgressReport,
        filled: FilledSheet,
        *,
        actor: User,
        at: dt.datetime,
        looked_at: Mapping[str, Any],
        chosen: Collection[str],
    ) -> None:
        self.report, self.actor, self.at = report, actor, at
        self.looked_at, self.chosen = looked_at, chosen
        self.entries = filled.entries[report.pk]
        self.base = dict(filled.base[report.pk])
        self.values = {name: entry.value for name, entry in self.entries.items()}
        self.names = {("T", target.pk): str(target) for target in report.line.targets.all()}
        self.names |= {("M", one.milestone.pk): str(one.milestone) for one in milestones_of(report)}
        self.run = ReportRun(report)
        self.problems: list[Problem] = []
        self.is_stale = False

    def go(self) -> None:
        before = values_of(self.report)
        while True:
            try:
                with transaction.atomic():
                    saved = save_report(
                        self.report.pk, actor=self.actor, base=self.base, values=self.values, at=self.at
                    )
            except StaleSave as stale:
                self._settle(stale)  # then once more: what two people changed is decided now
            except ValidationError as error:
                self._refuse(error)
                return
            else:
                break
        self.run.changes = [
            Change(
                self.entries[name].place,
                self._label(name),
                self._shown(name, before[name]),
                self._shown(name, saved.values[name]),
            )
            for name in saved.changed
        ]
        if self.run.changes:
            self.run.lacks = list(what_lacks(ProgressReport.objects.get(pk=self.report.pk)).values())

    def _settle(self, stale: StaleSave) -> None:
        """Keep what the site has, unless the sheet's was chosen by one who saw what the site has."""
        for name in stale.fields:
            key, site = f"{self.report.pk}:{name}", stale.theirs[name]
            self.run.clashes.append(
                Clash(
                    key,
                    self.entries[name].place,
                    self._label(name),
                    self._shown(name, site),
                    self._shown(name, stale.mine[name]),
                    site,
                )
            )
            self.is_stale |= key not in self.looked_at or self.looked_at[key] != site
            if key in self.chosen:
                self.base[name] = site
            else:
                del self.values[name]

    def _refuse(self, error: ValidationError) -> None:
        if not hasattr(error, "error_dict"):
            self.run.left = " ".join(error.messages)
            return
        for name, words in error.message_dict.items():
            entry = self.entries.get(name)
            if entry is None or name == NON_FIELD_ERRORS:
                self.run.left = " ".join(words)
            else:
                is_number = FIELDS[name.partition("-")[0]].is_number
                said = [*words, _("Write digits alone, such as 12.5.")] if is_number else words
                self.problems.append(Problem(entry.place, entry.shown, " ".join(said)))

    def _label(self, name: str) -> str:
        stem, _dash, target = name.partition("-")
        label = str(FIELDS[stem].label)
        kind = "M" if FIELDS[stem] in MILESTONE_FIELDS else "T"
        return f"{self.names[kind, int(target)]}：{label}" if target else label

    def _shown(self, name: str, value: Any) -> str:
        shown = FIELDS[name.partition("-")[0]].show(value)
        return _("empty") if shown in {None, ""} else str(shown)
