"""What comes between: a plan revised or a period closed under an open page, a worker killed at its work."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import signal
import subprocess
import sys

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from documents.models import FileState, RenderedFile
from documents.services import STUCK_AFTER, request_year_end, take_up_stuck_files
from indicators.models import YearlyTarget
from plans.models import Item
from progress.models import ProgressReport
from progress.queries.reports import values_of
from progress.queries.yearend import year_end_sheet
from progress.services.periods import close_period
from tests.dashboard.rows import IN_SECOND, as_
from tests.progress.rows import IN_FIRST, make_year, put_in_force
from tests.shared_database import shared_database  # noqa: F401 -- a fixture
from tests.test_worker import ROOT, WAIT, until, workers_of

JSON = {"HTTP_ACCEPT": "application/json"}


@pytest.mark.django_db
def test_a_page_that_was_open_when_the_period_closed_keeps_its_text_and_is_told_why() -> None:
    year = make_year()
    report = year.report("法律諮詢")
    base = json.dumps(values_of(report))
    close_period(year.period(1).pk, actor=year.secretary, at=IN_SECOND)

    with time_machine.travel(IN_SECOND, tick=False):
        response = as_(year.staff()).post(
            f"/reports/{report.pk}/edit/", {"base": base, "narrative": "寫了很久的執行情形。", "actual": "25"}
        )

    page = response.content.decode()
    assert response.status_code == 422
    assert "本期已截止，請洽秘書室為貴課室重新開放。" in page
    assert "寫了很久的執行情形。</textarea>" in page
    report.refresh_from_db()
    assert report.narrative == ""


@pytest.mark.django_db
@time_machine.travel(IN_FIRST, tick=False)
def test_a_line_that_a_revision_took_out_is_refused_with_the_text_kept() -> None:
    year = make_year()
    report = year.report("法律諮詢")
    base = json.dumps(values_of(report))
    item = year.line("法律諮詢").item
    below = item.children.values_list("pk", flat=True)
    Item.objects.filter(pk__in=[item.pk, *below]).update(removed_at=timezone.now())
    put_in_force(year.plan, actor=year.secretary, at=IN_FIRST)

    response = as_(year.staff()).post(
        f"/reports/{report.pk}/edit/", {"base": base, "narrative": "已辦三場。"}
    )

    page = response.content.decode()
    assert response.status_code == 422
    assert "已辦三場。</textarea>" in page
    assert "此條目已不在計畫中" in page


@pytest.mark.django_db
@time_machine.travel(IN_FIRST, tick=False)
def test_what_was_written_of_a_target_that_a_revision_took_out_is_named() -> None:
    year = make_year()
    report, target = year.report("法律諮詢"), year.target("法律諮詢")
    base = json.dumps(values_of(report))
    Item.objects.filter(pk=target.item_id).update(removed_at=timezone.now())
    YearlyTarget.objects.filter(indicator=target.indicator).delete()
    put_in_force(year.plan, actor=year.secretary, at=IN_FIRST)
    data = {"base": base, "narrative": "已辦三場。", f"value-{target.pk}": "3"}
    client, address = as_(year.staff()), f"/reports/{report.pk}/edit/"

    told = client.post(address, data, **JSON).json()
    page = client.post(address, data, follow=True).content.decode()

    words = "計畫已於您填寫期間修訂，下列內容不再填報，未予儲存：法律諮詢 3"
    assert told["left"] == words
    assert words in page
    assert ProgressReport.objects.get(pk=report.pk).narrative == "已辦三場。"
    # Nothing is told of what was not written.
    assert client.post(address, data | {f"value-{target.pk}": ""}, **JSON).json()["left"] == ""


@pytest.mark.slow
def test_a_worker_killed_while_it_prints_the_results_is_followed_by_one_that_does(
    shared_database: str,  # noqa: F811 -- the fixture
) -> None:
    year = make_year()
    sheet = year_end_sheet(year.plan)
    file = request_year_end(year.plan, sheet)
    # As a site: the settings of tests give each process a place of its own for files.
    variables = {"DJANGO_SETTINGS_MODULE": "districtplans.settings"}
    variables |= {"DATABASE_URL": shared_database, "DEBUG": "true", "MEDIA_ROOT": str(settings.MEDIA_ROOT)}
    supervisor = subprocess.Popen(
        [sys.executable, "manage.py", "work", "--interval", "0.1"],
        cwd=ROOT,
        env=os.environ | variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def state() -> str:
        return RenderedFile.objects.values_list("state", flat=True).get(pk=file.pk)

    try:
        assert until(lambda: state() == FileState.RENDERING)
        (worker,) = workers_of(supervisor)
        os.kill(worker, signal.SIGKILL)
        assert state() == FileState.RENDERING
        # Asked for once more meanwhile, it stays one file.
        assert request_year_end(year.plan, sheet).pk == file.pk
        assert take_up_stuck_files(timezone.now()) == 0
        take_up_stuck_files(timezone.now() + STUCK_AFTER + dt.timedelta(seconds=1))
        assert until(lambda: state() == FileState.READY)
    finally:
        supervisor.kill()
        supervisor.wait(WAIT)
    made = RenderedFile.objects.get(format="year_end")
    with made.file.open() as stream:
        data = stream.read()
    assert (data[:5], hashlib.sha256(data).hexdigest(), made.attempts) == (b"%PDF-", made.sha256, 2)
