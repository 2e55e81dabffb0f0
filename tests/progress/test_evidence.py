"""Files and links behind a report, as browsers and people who mean harm send them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.enums import Role
from plans.queries.verifying import Tally
from progress.models import Evidence, ProgressReport
from progress.queries.reports import values_of
from progress.queries.verifying import altered_evidence
from progress.services.evidence import MOST, add_file, add_link, remove_evidence, restore_evidence
from progress.services.reports import save_report
from progress.services.steps import take_step
from tests.builders import make_district, make_holder, make_secretary
from tests.core.files import BAD, GOOD, JPEG, PAGE, PDF, png
from tests.progress.rows import IN_FIRST, Year, make_year

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_first_quarter(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.MEDIA_ROOT = tmp_path
    with time_machine.travel(IN_FIRST, tick=False):
        yield


@pytest.fixture
def year() -> Year:
    return make_year()


@pytest.fixture
def report(year: Year) -> ProgressReport:
    return year.report("法律諮詢")


@pytest.fixture
def staff(year: Year) -> Client:
    return as_(year.staff())


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def send(client: Client, report: ProgressReport, *files: tuple[str, bytes], **data: Any) -> Any:
    uploads = [SimpleUploadedFile(name, content, "text/html") for name, content in files]
    return client.post(f"/reports/{report.pk}/evidence/add/", {"file": uploads, **data})


def add_by_page(client: Client, report: ProgressReport, link: str) -> Any:
    return client.post(f"/reports/{report.pk}/evidence/add/", {"link": link, "caption": "活動頁"})


def add(report: ProgressReport, year: Year, name: str = "現場.png", content: bytes = b"") -> Evidence:
    file = ContentFile(content or png(), name=name)
    return add_file(report.pk, actor=year.staff(), file=file, file_name=name, at=IN_FIRST)


def change(client: Client, evidence: Evidence, what: str, **data: Any) -> Any:
    return client.post(f"/evidence/{evidence.pk}/change/", {"do": what, **data})


def hand_in(report: ProgressReport, year: Year) -> None:
    values = {"narrative": "已辦理。", "actual": "25"}
    save_report(report.pk, actor=year.staff(), base=values_of(report), values=values, at=IN_FIRST)
    take_step(report.pk, "release", actor=year.chief(), at=IN_FIRST)


def stored_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


class TestAdding:
    def test_every_kind_of_file_several_at_once(self, staff: Client, report: ProgressReport) -> None:
        response = send(staff, report, *GOOD.items(), caption="三月活動")

        assert response["Location"] == f"/reports/{report.pk}/evidence/"
        assert [one.file_name for one in report.evidence.all()] == list(GOOD)
        for one in report.evidence.all():
            assert (one.caption, one.size) == ("三月活動", len(GOOD[one.file_name]))
            assert one.sha256 == hashlib.sha256(one.file.read()).hexdigest()

    def test_what_is_refused_is_named_with_the_reason_and_nothing_of_it_is_kept(
        self, staff: Client, report: ProgressReport, tmp_path: Path
    ) -> None:
        for case, (name, data, words) in BAD.items():
            response = send(staff, report, (name, data))

            page = response.content.decode()
            assert (case, response.status_code, words in page) == (case, 422, True)
        assert not report.evidence.exists()
        assert stored_files(tmp_path) == []

    def test_of_several_the_good_ones_are_kept_and_the_others_named(
        self, staff: Client, report: ProgressReport
    ) -> None:
        response = send(staff, report, ("一.pdf", PDF), ("頁.txt", PAGE), ("二.png", png()))

        page = response.content.decode()
        assert response.status_code == 422
        assert "頁.txt：" in page
        assert "已新增 2 項" in page
        assert [one.file_name for one in report.evidence.all()] == ["一.pdf", "二.png"]

    def test_a_file_over_the_limit_is_refused_and_its_bytes_are_let_go(
        self, staff: Client, report: ProgressReport, settings: Any, tmp_path: Path
    ) -> None:
        settings.UPLOAD_MAX_BYTES = 1024 * 1024
        settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)

        response = send(staff, report, ("大.pdf", PDF + bytes(15 * 1024 * 1024)))

        assert (response.status_code, "超過 1 MB" in response.content.decode()) == (422, True)
        (upload,) = response.wsgi_request.FILES.getlist("file")
        assert 11 * 1024 * 1024 <= upload.size <= 12 * 1024 * 1024
        assert not report.evidence.exists()

    def test_hostile_names_are_kept_harmless_and_lead_nowhere(
        self, staff: Client, report: ProgressReport, tmp_path: Path
    ) -> None:
        names = {
            "../../../etc/cron.pdf": "cron.pdf",
            "..\\..\\windows.pdf": "windows.pdf",
            "收據\u202efdp.pdf": "收據fdp.pdf",
            "...rc.pdf": "rc.pdf",
            "NUL.pdf": "_NUL.pdf",
            '"><script>alert(1)<script>.pdf': "___script_alert(1)_script_.pdf",
            "\u5340" * 300 + ".pdf": "\u5340" * 78 + ".pdf",
        }
        for number, name in enumerate(names):
            boundary = "a-boundary"
            head = f'Content-Disposition: form-data; name="file"; filename="{name.replace(chr(34), "%22")}"'
            body = f"--{boundary}\r\n{head}\r\nContent-Type: text/html\r\n\r\n".encode()
            body += PDF + str(number).encode() + f"\r\n--{boundary}--\r\n".encode()
            staff.generic(
                "POST",
                f"/reports/{report.pk}/evidence/add/",
                body,
                content_type=f"multipart/form-data; boundary={boundary}",
            )

        assert [one.file_name.replace("%22", "_") for one in report.evidence.all()] == list(names.values())
        places = {path.relative_to(tmp_path).parent.as_posix() for path in stored_files(tmp_path)}
        assert places == {"evidence"}
        assert all(len(path.name) == 32 and "." not in path.name for path in stored_files(tmp_path))

    def test_the_same_file_sent_again_is_there_once(self, staff: Client, report: ProgressReport) -> None:
        for _time in range(2):
            assert send(staff, report, ("一.pdf", PDF)).status_code == 302
        send(staff, report, ("二.pdf", PDF))

        assert [one.file_name for one in report.evidence.all()] == ["一.pdf", "二.pdf"]

    def test_a_script_is_answered_with_the_list(self, staff: Client, report: ProgressReport) -> None:
        path = f"/reports/{report.pk}/evidence/add/"
        headers = {"accept": "application/json"}
        good, bad = (
            staff.post(path, {"file": SimpleUploadedFile(name, content)}, headers=headers)
            for name, content in (("一.pdf", PDF), ("頁.txt", PAGE))
        )

        assert "一.pdf" in good.json()["html"]
        assert (bad.status_code, "SVG" in bad.json()["message"]) == (422, True)

    def test_there_is_an_end_to_it(self, year: Year, report: ProgressReport) -> None:
        for number in range(MOST):
            add_link(report.pk, actor=year.staff(), link=f"https://example.gov.tw/{number}", at=IN_FIRST)
        with pytest.raises(ValidationError, match=str(MOST)):
            add(report, year)

    def test_nothing_chosen_is_said(self, staff: Client, report: ProgressReport) -> None:
        assert staff.post(f"/reports/{report.pk}/evidence/add/", {}).status_code == 422

    def test_a_page_of_somebody_else_is_refused(
        self, staff: Client, year: Year, report: ProgressReport
    ) -> None:
        assert send(staff, report, ("一.pdf", PDF), person=str(year.secretary.pk)).status_code == 403

    def test_without_a_script_the_text_is_saved_on_the_way(
        self, staff: Client, report: ProgressReport
    ) -> None:
        response = staff.post(
            f"/reports/{report.pk}/edit/",
            {"base": "{}", "narrative": "寫到一半", "planned": "", "actual": "", "then": "evidence"},
        )
        report.refresh_from_db()
        assert report.narrative == "寫到一半"
        assert "寫到一半" not in staff.get(response["Location"]).content.decode()
        assert 'type="file"' in staff.get(response["Location"]).content.decode()


class TestLinks:
    def test_it_shows_where_it_leads(self, staff: Client, report: ProgressReport) -> None:
        link = "https://www.sanmin.gov.tw/活動?a=1&b=2"

        page = staff.get(add_by_page(staff, report, link)["Location"]).content.decode()

        assert report.evidence.get().link == link
        assert 'rel="noopener noreferrer nofollow"' in page
        assert "www.sanmin.gov.tw" in page

    @pytest.mark.parametrize(
        "link",
        [
            *("javascript:alert(1)", "JAVASCRIPT:alert(1)", "java\tscript:alert(1)", " javascript:alert(1)"),
            *("data:text/html,<script>", "vbscript:a", "ftp://a.tw/a", "file:///etc/passwd", "//a.tw/a"),
            *("https://gov.tw@evil.example/", "https://a:b@evil.example/", "https://", "http:///a", "a.tw"),
            *(
                "https://a.tw/\u202etxt",
                "https://a.tw/a b",
                "https://a.tw/\na",
                "https://[a",
                "https://a.tw:x/",
            ),
            "https://a.tw/" + "a" * 500,
            "",
        ],
    )
    def test_what_leads_elsewhere_is_refused(self, staff: Client, report: ProgressReport, link: str) -> None:
        response = add_by_page(staff, report, link)

        assert (response.status_code, report.evidence.exists()) == (422, False)

    def test_letters_that_pass_for_others_are_shown_for_what_they_are(
        self, year: Year, report: ProgressReport
    ) -> None:
        piece = add_link(report.pk, actor=year.staff(), link="https://gоv.tw/", at=IN_FIRST)

        assert piece.host == "gоv.tw (xn--gv-fmc.tw)"


class TestHandingOut:
    def test_a_file_is_handed_over_and_never_run(
        self, staff: Client, year: Year, report: ProgressReport
    ) -> None:
        piece = add(report, year, "三月 紀錄.pdf", PDF)

        response = staff.get(f"/evidence/{piece.pk}/")

        assert b"".join(response.streaming_content) == PDF
        assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''%E4%B8%89")
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Type"] == "application/pdf"
        assert "sandbox" in response["Content-Security-Policy"]
        assert "script-src" not in response["Content-Security-Policy"]
        assert response["Cache-Control"] == "private, no-cache"
        again = staff.get(f"/evidence/{piece.pk}/", headers={"if-none-match": response["ETag"]})
        assert (again.status_code, again.content) == (304, b"")

    def test_pictures_alone_are_shown_and_only_while_they_are_such(
        self, staff: Client, year: Year, report: ProgressReport
    ) -> None:
        picture, paper = add(report, year, "現場.jpg", JPEG), add(report, year, "紀錄.pdf", PDF)

        shown = staff.get(f"/evidence/{picture.pk}/picture/")

        assert b"".join(shown.streaming_content) == JPEG
        assert (shown["Content-Type"], shown["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
        assert shown["Content-Disposition"].startswith("attachment")
        assert "sandbox" in shown["Content-Security-Policy"]
        assert staff.get(f"/evidence/{paper.pk}/picture/").status_code == 404
        Path(picture.file.path).write_bytes(PAGE)
        assert staff.get(f"/evidence/{picture.pk}/picture/").status_code == 404

    def test_a_file_that_is_gone_is_not_there(
        self, staff: Client, year: Year, report: ProgressReport
    ) -> None:
        piece = add(report, year)
        Path(piece.file.path).unlink()
        link = add_link(report.pk, actor=year.staff(), link="https://a.gov.tw/", at=IN_FIRST)

        for path in (f"{piece.pk}/", f"{piece.pk}/picture/", f"{link.pk}/", f"{link.pk}/picture/"):
            assert staff.get(f"/evidence/{path}").status_code == 404

    def test_who_sees_the_report_sees_what_stands_behind_it(self, year: Year, report: ProgressReport) -> None:
        piece = add(report, year)
        city = as_(make_holder(Role.EVALUATOR, year.district.city))
        stranger = as_(make_secretary(make_district(year.district.city)))
        paths = [
            f"/evidence/{piece.pk}/",
            f"/evidence/{piece.pk}/picture/",
            f"/reports/{report.pk}/evidence/",
        ]

        assert [as_(year.secretary).get(path).status_code for path in paths] == [200] * 3
        assert [as_(year.staff("社會課")).get(path).status_code for path in paths] == [200] * 3
        assert [stranger.get(path).status_code for path in paths] == [404] * 3
        assert [city.get(path).status_code for path in paths] == [404] * 3
        hand_in(report, year)
        assert [city.get(path).status_code for path in paths] == [200] * 3
        assert [stranger.get(path).status_code for path in paths] == [404] * 3
        assert Client().get(paths[0]).status_code == 302
        assert "現場.png" in city.get(f"/reports/{report.pk}/").content.decode()


class TestChanging:
    def test_removed_it_is_retired_and_can_be_brought_back(
        self, staff: Client, year: Year, report: ProgressReport
    ) -> None:
        piece = add(report, year)

        page = staff.get(change(staff, piece, "remove")["Location"]).content.decode()

        piece.refresh_from_db()
        assert piece.removed_at == IN_FIRST
        assert Path(piece.file.path).exists()
        assert "已移除：現場.png" in page
        assert staff.get(f"/evidence/{piece.pk}/").status_code == 404
        assert "現場.png" not in as_(year.secretary).get(f"/reports/{report.pk}/").content.decode()
        change(staff, piece, "restore")
        assert staff.get(f"/evidence/{piece.pk}/").status_code == 200
        assert [one.history_user for one in piece.history.all()] == [year.staff()] * 3

    def test_what_it_shows_is_written_beside_it(
        self, staff: Client, year: Year, report: ProgressReport
    ) -> None:
        piece = add(report, year)
        change(staff, piece, "rename", caption=" 三月<b>  活動\n")
        assert "三月&lt;b&gt; 活動" in staff.get(f"/reports/{report.pk}/evidence/").content.decode()
        assert change(staff, piece, "rename", caption="a" * 201).status_code == 302
        assert change(staff, piece, "delete").status_code == 400
        piece.refresh_from_db()
        assert piece.caption == "三月<b> 活動"

    def test_nothing_changes_once_the_report_is_handed_in(
        self, staff: Client, year: Year, report: ProgressReport
    ) -> None:
        piece, gone = add(report, year), add(report, year, "舊.pdf", PDF)
        remove_evidence(gone.pk, actor=year.staff(), at=IN_FIRST)
        hand_in(report, year)
        for status in ("released", "accepted"):
            if status == "accepted":
                take_step(report.pk, "accept", actor=year.secretary, at=IN_FIRST)
            before = list(Evidence.objects.values_list("pk", "caption", "removed_at"))

            assert send(staff, report, ("二.pdf", PDF)).status_code == 422
            assert (
                staff.post(f"/reports/{report.pk}/evidence/add/", {"link": "https://a.tw/"}).status_code
                == 422
            )
            for what, one in (("remove", piece), ("rename", piece), ("restore", gone)):
                change(staff, one, what, caption="改")

            assert list(Evidence.objects.values_list("pk", "caption", "removed_at")) == before
            page = staff.get(f"/reports/{report.pk}/evidence/").content.decode()
            assert ("現場.png" in page, "舊.pdf" in page, 'type="file"' in page) == (True, False, False)
        take_step(report.pk, "reopen", actor=year.secretary, at=IN_FIRST, comment="請補。")
        assert send(staff, report, ("二.pdf", PDF)).status_code == 302

    def test_others_may_not(self, year: Year, report: ProgressReport) -> None:
        piece = add(report, year)
        for client, status in (
            (as_(year.staff("社會課")), 403),
            (as_(year.secretary), 403),
            (as_(make_secretary(make_district())), 404),
        ):
            assert send(client, report, ("一.pdf", PDF)).status_code == status
            assert change(client, piece, "remove").status_code == status
        piece.refresh_from_db()
        assert (piece.removed_at, report.evidence.count()) == (None, 1)

    def test_twice_is_once(self, year: Year, report: ProgressReport) -> None:
        piece = add(report, year)
        for _time in range(2):
            remove_evidence(piece.pk, actor=year.staff(), at=IN_FIRST)
            restore_evidence(piece.pk, actor=year.staff(), at=IN_FIRST)
        assert report.evidence.get().removed_at is None


class TestShowing:
    @pytest.mark.parametrize("pieces", [1, 3])
    def test_it_costs_the_same_for_any_number_of_pieces(
        self,
        year: Year,
        report: ProgressReport,
        pieces: int,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        for number in range(pieces):
            add(report, year, f"{number}.pdf", PDF)
        client = as_(year.staff())
        form = f"/periods/{year.period().pk}/units/{year.units['民政課'].pk}/"
        with django_assert_num_queries(9):
            page = client.get(form).content.decode()
        assert page.count('class="evidence__piece"') == pieces
        with django_assert_num_queries(9):
            client.get(f"/reports/{report.pk}/evidence/")


def test_an_altered_file_is_named_with_its_plan(year: Year, report: ProgressReport) -> None:
    whole, altered, gone = (add(report, year, f"{n}.pdf", PDF + str(n).encode()) for n in range(3))
    remove_evidence(gone.pk, actor=year.staff(), at=IN_FIRST)
    add_link(report.pk, actor=year.staff(), link="https://a.gov.tw/", at=IN_FIRST)
    tally = Tally()
    assert (list(altered_evidence(tally)), tally.files) == ([], 3)

    Path(altered.file.path).write_bytes(PDF + b"2")
    Path(gone.file.path).unlink()

    words = [str(one) for one in altered_evidence(Tally())]
    assert len(words) == 2
    assert all(one.startswith(f"{year.district.agency_name} 115年 ") for one in words)
    assert ("1.pdf is not what" in words[0], "2.pdf is missing" in words[1]) == (True, True)
    assert whole.file_name not in "".join(words)
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("verify_versions", stdout=out)
    assert set(words) <= set(out.getvalue().splitlines())
