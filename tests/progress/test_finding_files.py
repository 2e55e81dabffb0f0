"""Photos and documents that come with a finding, and with what a unit answers."""

from __future__ import annotations

import datetime as dt
import errno
import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import DatabaseError
from django.test import Client

from accounts.enums import Role
from plans.queries.verifying import Tally
from progress.models import Finding, FindingEntry, FindingFile, FindingOrigin
from progress.queries.verifying import altered_finding_files
from progress.services import findings
from progress.services.finding_files import MOST_FILES
from progress.services.findings import add_finding, take_finding_step
from tests.builders import make_district, make_holder, make_secretary
from tests.core.files import BAD, PDF, png
from tests.progress.rows import IN_FIRST, Year, make_year

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_first_quarter(settings: Any, tmp_path: Path) -> Any:
    settings.MEDIA_ROOT = str(tmp_path)
    with time_machine.travel(IN_FIRST, tick=False):
        yield


@pytest.fixture
def year() -> Year:
    return make_year()


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def find(year: Year, *names: str, origin: str = FindingOrigin.DISTRICT) -> Finding:
    return add_finding(
        year.plan,
        actor=year.secretary,
        origin=origin,
        unit=year.units["民政課"],
        line=None,
        checked_on=dt.date(2026, 3, 20),
        text="櫃檯無人。",
        measure="排定輪值。",
        due_on=dt.date(2026, 4, 10),
        at=IN_FIRST,
        files=[ContentFile(png(), name=name) for name in names],
    )


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def stored(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


def test_an_answer_takes_its_proof_along(year: Year) -> None:
    finding = find(year, "現場.png")
    unit = as_(year.staff())
    proof = [upload("值勤表.pdf", PDF), upload("櫃檯 改善後.png", png())]

    response = unit.post(f"/findings/{finding.pk}/answer/", {"text": "已排定輪值。", "file": proof})

    assert response.status_code == 302
    entry = finding.entries.get()
    assert [file.file_name for file in entry.files.all()] == ["值勤表.pdf", "櫃檯 改善後.png"]
    page = as_(year.secretary).get(f"/findings/{finding.pk}/").content.decode()
    for file in finding.files.all():
        assert f"/finding-files/{file.pk}/" in page
        assert file.file_name in page
    assert page.count("/picture/") == 2 * 2  # the photo of the check and that of the answer, to look at
    assert page.index("現場.png") < page.index("已排定輪值。") < page.index("值勤表.pdf")


def test_whoever_enters_one_takes_photos_along(year: Year) -> None:
    data = {
        "unit": year.units["民政課"].pk, "line": "", "checked_on": "115.3.19", "text": "櫃檯無人。",
        "measure": "排定輪值。", "due_on": "115.4.1", "file": [upload("現場.png", png())],
    }  # fmt: skip
    assert as_(year.secretary).post(f"/plans/{year.plan.pk}/findings/new/", data).status_code == 302
    file = FindingFile.objects.get()
    assert (file.finding, file.entry, file.content_type) == (Finding.objects.get(), None, "image/png")


@pytest.mark.parametrize("case", BAD)
def test_what_is_not_taken_is_named_and_nothing_is_sent(year: Year, tmp_path: Path, case: str) -> None:
    finding = find(year)
    name, data, words = BAD[case]
    files = [upload("好的.pdf", PDF), upload(name, data)]
    response = as_(year.staff()).post(
        f"/findings/{finding.pk}/answer/", {"text": "已排定輪值。", "file": files}
    )
    assert response.status_code == 422
    page = response.content.decode()
    assert "已排定輪值。" in page
    assert words in page
    assert "請重新選擇檔案" in page
    assert (FindingEntry.objects.count(), FindingFile.objects.count(), stored(tmp_path)) == (0, 0, 0)


def test_who_has_to_write_more_is_told_to_choose_the_files_again(year: Year) -> None:
    finding = find(year)
    files = [upload("好的.pdf", PDF)]
    response = as_(year.staff()).post(f"/findings/{finding.pk}/answer/", {"text": " ", "file": files})
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"text", "file"}


def test_too_many_at_once_are_refused(year: Year) -> None:
    with pytest.raises(ValidationError, match="10"):
        find(year, *(f"{place}.png" for place in range(MOST_FILES + 1)))
    assert not Finding.objects.exists()


def test_what_fails_in_the_middle_leaves_nothing(
    year: Year, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = FindingFile.save

    def save_the_first(self: FindingFile, *args: Any, **kwargs: Any) -> None:
        if FindingFile.objects.exists():
            raise DatabaseError
        save(self, *args, **kwargs)

    monkeypatch.setattr(FindingFile, "save", save_the_first)
    with pytest.raises(DatabaseError):
        find(year, "一.png", "二.png")
    assert (Finding.objects.count(), FindingFile.objects.count(), stored(tmp_path)) == (0, 0, 0)


def answer(finding: Finding, actor: Any, *names: str, at: dt.datetime = IN_FIRST, **said: Any) -> None:
    words = {"text": "已改善。"} | said
    files = [ContentFile(PDF + name.encode(), name=name) for name in names]
    take_finding_step(finding.pk, "answer", actor=actor, at=at, files=files, **words)


def test_the_same_sent_twice_is_there_once(year: Year) -> None:
    finding, again = find(year, "現場.png"), find(year, "現場.png")
    assert finding == again
    for _ in range(2):
        answer(finding, year.staff(), "改善.pdf")
    assert (finding.entries.count(), finding.files.count()) == (1, 2)
    assert year.secretary.notices.count() == 1


LATER = IN_FIRST + findings.JUST_NOW + dt.timedelta(seconds=1)


def test_the_same_later_or_by_another_is_another_step(year: Year) -> None:
    finding = find(year)
    answer(finding, year.staff())
    answer(finding, year.chief())
    answer(finding, year.staff(), at=LATER)
    assert finding.entries.count() == 3
    for day in (LATER.date(), LATER.date() + dt.timedelta(days=1)):
        take_finding_step(finding.pk, "follow", actor=year.secretary, text="請補。", due_on=day, at=IN_FIRST)
    assert finding.entries.count() == 5


def test_a_photo_that_was_forgotten_is_not_lost(year: Year) -> None:
    finding = find(year)
    assert find(year, "現場.png") == finding
    assert [file.file_name for file in finding.files.all()] == ["現場.png"]
    answer(finding, year.staff())
    answer(finding, year.staff(), "一.pdf", "二.pdf")
    answer(finding, year.staff(), "二.pdf", "三.pdf")
    kept = [[file.file_name for file in entry.files.all()] for entry in finding.entries.all()]
    assert kept == [["一.pdf", "二.pdf", "三.pdf"]]
    take_finding_step(finding.pk, "release", actor=year.secretary, text="好。", at=IN_FIRST)
    photo = [ContentFile(png(), name="複查.png")]
    take_finding_step(finding.pk, "release", actor=year.secretary, text="好。", at=IN_FIRST, files=photo)
    assert [file.file_name for file in finding.entries.last().files.all()] == ["複查.png"]


def test_what_was_done_with_is_entered_anew(year: Year) -> None:
    finding = find(year)
    answer(finding, year.staff())
    assert find(year) == finding
    take_finding_step(finding.pk, "release", actor=year.secretary, text="誤登。", at=IN_FIRST)
    again = find(year)
    assert (again == finding, again.state) == (False, "followed")
    another = add_finding(
        year.plan, actor=make_secretary(year.district), origin=again.origin, unit=again.unit, line=None,
        checked_on=again.checked_on, text=again.text, measure=again.measure, due_on=again.due_on, at=IN_FIRST,
    )  # fmt: skip
    assert another != again


def test_a_release_sent_twice_is_no_error_but_one_by_another_is(year: Year) -> None:
    finding = find(year)
    for _ in range(2):
        take_finding_step(finding.pk, "release", actor=year.secretary, text="好。", at=IN_FIRST)
    assert finding.entries.count() == 1
    with pytest.raises(ValidationError, match="解除列管"):
        take_finding_step(
            finding.pk, "release", actor=make_secretary(year.district), text="好。", at=IN_FIRST
        )


def test_they_are_seen_with_their_finding_alone(year: Year) -> None:
    own, city = find(year, "區.png"), find(year, "市.png", origin=FindingOrigin.CITY)
    evaluator = as_(make_holder(Role.EVALUATOR, year.district.city))
    stranger = as_(make_secretary(make_district(year.district.city)))
    for finding, seen in ((own, 404), (city, 200)):
        address = f"/finding-files/{finding.files.get().pk}/"
        for end in ("", "picture/"):
            assert evaluator.get(address + end).status_code == seen
            assert stranger.get(address + end).status_code == 404
            assert Client().get(address + end).status_code == 302


def test_they_are_handed_over_sealed(year: Year) -> None:
    file = find(year, "櫃檯\u202egnp.png").files.get()
    response = as_(year.secretary).get(f"/finding-files/{file.pk}/")
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert b"".join(response) == png()  # type: ignore[call-overload]  # a stream
    assert "\u202e" not in file.file_name
    document = take_finding_step(
        file.finding_id, "answer", actor=year.staff(), text="好。", at=IN_FIRST,
        files=[ContentFile(PDF, name="值勤表.pdf")],
    ).files.last()  # fmt: skip
    assert document is not None
    assert as_(year.secretary).get(f"/finding-files/{document.pk}/picture/").status_code == 404


def test_an_altered_one_is_named_with_its_plan(year: Year) -> None:
    finding = find(year, "一.png", "二.png", "三.png")
    _whole, altered, gone = finding.files.order_by("pk")
    tally = Tally()
    assert (list(altered_finding_files(tally)), tally.files) == ([], 3)
    Path(altered.file.path).write_bytes(PDF)
    Path(gone.file.path).unlink()
    words = [str(one) for one in altered_finding_files(Tally())]
    assert len(words) == 2
    assert all(one.startswith(f"{year.district.agency_name} 115年 ") for one in words)
    assert ("二.png is not what" in words[0], "三.png is missing" in words[1]) == (True, True)


def test_the_command_names_it(year: Year) -> None:
    find(year, "一.png")
    told = []
    for _ in range(2):
        out = io.StringIO()
        with pytest.raises(SystemExit):  # the plan of these tests is not sealed
            call_command("verify_versions", stdout=out)
        told.append("一.png is missing" in out.getvalue())
        Path(FindingFile.objects.get().file.path).unlink(missing_ok=True)
    assert told == [False, True]


class Cut(ContentFile[bytes]):
    """A file of which the disk takes only the beginning."""

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        yield from islice(super().chunks(4), 2)
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_leaves_no_half_of_a_file(year: Year, tmp_path: Path) -> None:
    finding, files = find(year), [ContentFile(PDF, name="一.pdf"), Cut(png(), name="二.png")]
    with pytest.raises(OSError, match="No space"):
        take_finding_step(finding.pk, "answer", actor=year.staff(), text="好。", at=IN_FIRST, files=files)
    assert (finding.entries.count(), stored(tmp_path)) == (0, 0)
