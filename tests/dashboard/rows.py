"""Years that are followed, with reports in them, for the tests of dashboards."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.test import Client

from accounts.models import District, User
from plans.document import UnitName
from progress.enums import ReportStep
from progress.models import ProgressReport
from progress.queries.reports import values_of
from progress.services.reports import save_report
from progress.services.steps import take_step
from tests.builders import node
from tests.progress.rows import Year, counted, make_year

IN_SECOND = dt.datetime(2026, 4, 5, 2, tzinfo=dt.UTC)  # the first quarter is over and due on 10 April
AFTER_DUE = dt.datetime(2026, 4, 20, 2, tzinfo=dt.UTC)
BEHIND = {"reason": "合作機構調整人力。", "countermeasure": "下季補辦兩場。", "catch_up_on": "116.1.31"}


def write(report: ProgressReport, *, actor: User, at: dt.datetime = IN_SECOND, **values: Any) -> None:
    """Save a report, with the values of its targets by their names: 法律諮詢="3"."""
    fresh = ProgressReport.objects.get(pk=report.pk)
    keys = {target.name: target.pk for target in fresh.line.targets.all() if target.name}
    given = {f"value-{keys[name]}" if name in keys else name: value for name, value in values.items()}
    wanted = {"narrative": "已辦理。"} | given
    save_report(fresh.pk, actor=actor, base=values_of(fresh), values=wanted, at=at)


def release(report: ProgressReport, *, actor: User, at: dt.datetime = IN_SECOND, **values: Any) -> None:
    write(report, actor=actor, at=at, **values)
    take_step(report.pk, ReportStep.RELEASE, actor=actor, at=at, tells=False)


def wide_year(lines: int, *, district: District | None = None) -> Year:
    """Return a year of so many lines of one unit, each with a target of twelve sessions."""
    parts = [
        node(
            "heading",
            title=f"項目{number}",
            units=(UnitName("民政課"),),
            children=[counted(f"辦理活動{number}共12場次。", f"活動{number}", "12", "場次")],
        )
        for number in range(lines)
    ]
    return make_year(node("chapter", title="計畫內容", children=parts), district=district)


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
