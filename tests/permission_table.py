"""Every endpoint of the site and who may use it. `test_permission_table.py` holds the site to it.

For each endpoint: the methods it takes, how its address is made from a Case, and what each kind of
person gets. A person who is not listed gets `otherwise`. 302 in answer to a stranger is the way to the
sign-in page. The admin has its own table in Django; here it is one line, tried as staff and as not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from accounts.models import District, Notice
from documents.models import ImportDraft, RenderedFile
from plans.models import Plan

STRANGER = "stranger"
ANYBODY_SIGNED_IN = ("secretariat", "secretariat_chief", "section_chief", "unit_staff", "district_head")
CITY = ("evaluator", "city_admin", "auditor")
OTHERS = ("other_secretariat", "other_evaluator", "no_appointment", "superuser", "past_secretariat")
PEOPLE = (STRANGER, *ANYBODY_SIGNED_IN, *CITY, *OTHERS)
SECRETARIAT = ("secretariat", "secretariat_chief")


@dataclass(frozen=True)
class Case:
    """The rows addresses are made of: all of one district."""

    district: District
    plan: Plan
    draft: ImportDraft
    file: RenderedFile
    notice: Notice | None = None
    followed: Plan | None = None  # another plan of the district, in force, on which units report


@dataclass(frozen=True)
class Endpoint:
    """`allowed` people get `status`; the others get `otherwise`, strangers 302 unless `is_public`."""

    path: Callable[[Case], str]
    allowed: tuple[str, ...] = PEOPLE
    status: int = 200
    otherwise: int = 404
    methods: tuple[str, ...] = ("GET",)
    data: dict[str, Any] = field(default_factory=dict)
    is_public: bool = False
    seen_by: tuple[str, ...] = ()  # may read what stands there but not do this: 403

    def expected(self, person: str) -> int:
        if person == STRANGER and not self.is_public:
            return 302
        if person in self.allowed:
            return self.status
        return 403 if person in self.seen_by else self.otherwise


READERS = (*ANYBODY_SIGNED_IN,)  # of a draft: the district alone
WRITERS = SECRETARIAT


def item_path(case: Case) -> str:
    """Return where the first chapter of the plan is written."""
    return f"/plans/{case.plan.pk}/items/{case.plan.items.order_by('pk')[0].uid}/"


def part_address(case: Case) -> str:
    unit = case.district.units.get(name="民政課")
    return f"/plans/{case.plan.pk}/round/units/{unit.pk}/"


def target_path(case: Case) -> str:
    """Return the addresses about the targets of a line that has one."""
    item = case.plan.items.filter(indicators__isnull=False).order_by("pk")[0]
    return f"/plans/{case.plan.pk}/items/{item.uid}/targets/"


def target_edit_path(case: Case) -> str:
    item = case.plan.items.filter(indicators__isnull=False).order_by("pk")[0]
    return f"{target_path(case)}{item.indicators.get().pk}/edit/"


def comment_path(case: Case) -> str:
    return f"/plans/{case.plan.pk}/comments/{case.plan.comments.get().pk}/"


def extension_path(case: Case) -> str:
    return f"/extensions/{case.plan.extensions.get().pk}/"


def period_path(case: Case) -> str:
    """Return the addresses about the first period of the plan's year."""
    return f"/periods/{case.followed.periods.order_by('number')[0].pk}/"


def filing_path(case: Case) -> str:
    """Return the addresses about what a unit files in it: that of the secretariat."""
    period = case.followed.periods.order_by("number")[0]
    return f"/periods/{period.pk}/units/{period.reports.order_by('pk')[0].unit_id}/"


def evidence_path(case: Case) -> str:
    period = case.followed.periods.order_by("number")[0]
    return f"/evidence/{period.reports.order_by('pk')[0].evidence.get().pk}/"


def finding_path(case: Case) -> str:
    return f"/findings/{case.followed.findings.get().pk}/"


def finding_file_path(case: Case) -> str:
    return f"/finding-files/{case.followed.findings.get().files.get().pk}/"


def report_path(case: Case) -> str:
    period = case.followed.periods.order_by("number")[0]
    return f"/reports/{period.reports.order_by('pk')[0].pk}/"


def indicator_path(case: Case) -> str:
    """Return the addresses about an indicator that a line of the plan shows."""
    item = case.plan.items.filter(indicators__isnull=False).order_by("pk")[0]
    return f"/indicators/{item.indicators.get().pk}/"


def sheets_path(case: Case) -> str:
    return f"/indicators/sheets/{case.district.pk}/"


# Chief and staff of the table work in another unit than the one that answers for the line of the indicator.
WHOLE = (*SECRETARIAT, "district_head")


def board_path(case: Case) -> str:
    return f"/dashboard/plans/{case.followed.pk}/"


ENDPOINTS: dict[str, Endpoint] = {
    "home": Endpoint(lambda case: "/"),
    "about": Endpoint(lambda case: "/about/", is_public=True),
    # What is shown of which city is in tests/audit/test_pages.py.
    "audit-log": Endpoint(lambda case: "/audit/", ("city_admin", "auditor"), otherwise=403),
    "admin-change-password": Endpoint(lambda case: "/admin/password_change/", status=302, is_public=True),
    "health-live": Endpoint(lambda case: "/health/live/", is_public=True),
    "health-ready": Endpoint(lambda case: "/health/ready/", is_public=True),
    "set_language": Endpoint(
        lambda case: "/language/", methods=("POST",), status=302, is_public=True, data={"language": "en"}
    ),
    "accounts:notice-list": Endpoint(lambda case: "/notices/", methods=("GET", "POST")),
    # Nobody of the table may: it is the notice of a person who is not in it.
    "accounts:notice-open": Endpoint(
        lambda case: f"/notices/{case.notice.pk}/", (STRANGER,), methods=("POST",)
    ),
    "plans:plan-list": Endpoint(lambda case: "/plans/"),
    "plans:plan-new": Endpoint(
        lambda case: "/plans/new/",
        (*SECRETARIAT, "other_secretariat"),
        otherwise=403,
        methods=("GET", "POST"),
    ),
    "plans:plan-detail": Endpoint(lambda case: f"/plans/{case.plan.pk}/", READERS),
    "plans:plan-copy": Endpoint(
        lambda case: f"/plans/{case.plan.pk}/copy/", WRITERS, methods=("GET", "POST"), seen_by=READERS
    ),
    "plans:plan-checks": Endpoint(lambda case: f"/plans/{case.plan.pk}/checks/", READERS),
    "plans:plan-restore": Endpoint(
        lambda case: f"/plans/{case.plan.pk}/restore/", WRITERS, methods=("GET", "POST"), seen_by=READERS
    ),
    "plans:plan-edit": Endpoint(lambda case: f"/plans/{case.plan.pk}/edit/", WRITERS, seen_by=READERS),
    "plans:facts-edit": Endpoint(
        lambda case: f"/plans/{case.plan.pk}/facts/", WRITERS, methods=("GET", "POST"), seen_by=READERS
    ),
    "plans:attachment-list": Endpoint(lambda case: f"/plans/{case.plan.pk}/attachments/", READERS),
    "plans:attachment-add": Endpoint(
        lambda case: f"/plans/{case.plan.pk}/attachments/add/", WRITERS, methods=("POST",), seen_by=READERS
    ),
    "plans:attachment-change": Endpoint(
        lambda case: f"/plans/{case.plan.pk}/attachments/change/",
        WRITERS,
        status=302,
        methods=("POST",),
        seen_by=READERS,
    ),
    "plans:attachment-download": Endpoint(
        lambda case: f"/plans/{case.plan.pk}/attachments/{case.plan.attachments.get().pk}/", READERS
    ),
    "plans:plan-marks": Endpoint(lambda case: f"/plans/{case.plan.pk}/marks/", READERS),
    "plans:presence-tell": Endpoint(
        lambda case: f"/plans/{case.plan.pk}/presence/", READERS, methods=("POST",)
    ),
    "plans:item-add": Endpoint(
        lambda case: f"/plans/{case.plan.pk}/items/add/", WRITERS, methods=("GET", "POST"), seen_by=READERS
    ),
    "plans:lines-paste": Endpoint(
        lambda case: f"/plans/{case.plan.pk}/items/paste/", WRITERS, methods=("GET", "POST"), seen_by=READERS
    ),
    "plans:item-edit": Endpoint(
        lambda case: f"{item_path(case)}edit/", WRITERS, methods=("GET", "POST"), seen_by=READERS
    ),
    "plans:item-step": Endpoint(
        lambda case: f"{item_path(case)}step/",
        WRITERS,
        methods=("POST",),
        seen_by=READERS,
        data={"step": "down"},
    ),
    "plans:item-move": Endpoint(
        lambda case: f"{item_path(case)}move/", WRITERS, methods=("GET", "POST"), seen_by=READERS
    ),
    "plans:item-remove": Endpoint(
        lambda case: f"{item_path(case)}delete/", WRITERS, methods=("GET", "POST"), seen_by=READERS
    ),
    "plans:item-bring-back": Endpoint(
        lambda case: f"{item_path(case)}bring-back/", WRITERS, status=302, methods=("POST",), seen_by=READERS
    ),
    # The round of the units. Chief and staff of the table work in another unit than the one addressed; what
    # a unit's own people may do is in tests/plans/test_rounds_pages.py.
    "plans:round-board": Endpoint(lambda case: f"/plans/{case.plan.pk}/round/", READERS),
    "plans:round-open": Endpoint(
        lambda case: f"/plans/{case.plan.pk}/round/open/", WRITERS, methods=("POST",), seen_by=READERS
    ),
    "plans:round-change": Endpoint(
        lambda case: f"/plans/{case.plan.pk}/round/change/",
        WRITERS,
        methods=("GET", "POST"),
        seen_by=READERS,
    ),
    "plans:round-close": Endpoint(
        lambda case: f"/plans/{case.plan.pk}/round/close/", WRITERS, methods=("GET", "POST"), seen_by=READERS
    ),
    "plans:round-remind": Endpoint(
        lambda case: f"/plans/{case.plan.pk}/round/remind/",
        WRITERS,
        methods=("GET", "POST"),
        seen_by=READERS,
    ),
    "plans:round-part": Endpoint(part_address, READERS),
    "plans:round-mark": Endpoint(
        lambda case: f"{part_address(case)}mark/", (STRANGER,), methods=("POST",), seen_by=READERS
    ),
    "plans:round-release": Endpoint(
        lambda case: f"{part_address(case)}release/", (STRANGER,), methods=("POST",), seen_by=READERS
    ),
    "plans:round-take-back": Endpoint(
        lambda case: f"{part_address(case)}take-back/", (STRANGER,), methods=("POST",), seen_by=READERS
    ),
    "plans:round-send-back": Endpoint(
        lambda case: f"{part_address(case)}send-back/", WRITERS, methods=("GET", "POST"), seen_by=READERS
    ),
    "plans:plan-history": Endpoint(lambda case: f"/plans/{case.plan.pk}/history/", READERS),
    "plans:plan-removed": Endpoint(lambda case: f"/plans/{case.plan.pk}/removed/", READERS),
    "plans:plan-sheet": Endpoint(lambda case: f"/plans/{case.plan.pk}/sheet/", READERS),
    "plans:plan-sheet-import": Endpoint(
        lambda case: f"/plans/{case.plan.pk}/sheet/import/", WRITERS, methods=("GET", "POST"), seen_by=READERS
    ),
    "plans:item-history": Endpoint(lambda case: f"{item_path(case)}history/", READERS),
    "plans:item-restore": Endpoint(
        lambda case: (
            f"{item_path(case)}restore/{case.plan.items.order_by('pk')[0].history.last().history_id}/"
        ),
        WRITERS,
        methods=("GET", "POST"),
        seen_by=READERS,
    ),
    "plans:plan-targets": Endpoint(lambda case: f"/plans/{case.plan.pk}/targets/", READERS),
    "plans:target-confirm": Endpoint(
        lambda case: f"/plans/{case.plan.pk}/targets/confirm/",
        WRITERS,
        status=302,
        methods=("POST",),
        seen_by=READERS,
    ),
    "indicators:indicator-list": Endpoint(
        lambda case: f"/indicators/?district={case.district.pk}", (*READERS, *CITY)
    ),
    "indicators:indicator-new": Endpoint(
        lambda case: f"/indicators/new/?district={case.district.pk}",
        WRITERS,
        methods=("GET", "POST"),
        seen_by=(*READERS, *CITY),
    ),
    "indicators:indicator-detail": Endpoint(indicator_path, WHOLE),
    "indicators:indicator-edit": Endpoint(
        lambda case: f"{indicator_path(case)}edit/", WRITERS, methods=("GET", "POST"), seen_by=WHOLE
    ),
    "indicators:indicator-retire": Endpoint(
        lambda case: f"{indicator_path(case)}retire/", WRITERS, status=302, methods=("POST",), seen_by=WHOLE
    ),
    "indicators:indicator-remove": Endpoint(
        lambda case: f"{indicator_path(case)}delete/", WRITERS, methods=("GET", "POST"), seen_by=WHOLE
    ),
    "indicators:year-edit": Endpoint(
        lambda case: f"{indicator_path(case)}targets/2026/", WRITERS, methods=("GET", "POST"), seen_by=WHOLE
    ),
    "indicators:year-remove": Endpoint(
        lambda case: f"{indicator_path(case)}targets/2026/delete/",
        WRITERS,
        status=302,
        methods=("POST",),
        seen_by=WHOLE,
    ),
    # It is not told by milestones, which the person is told.
    "indicators:milestones-edit": Endpoint(
        lambda case: f"{indicator_path(case)}targets/2026/milestones/",
        WRITERS,
        status=302,
        methods=("GET", "POST"),
        seen_by=WHOLE,
    ),
    "indicators:indicator-sheet": Endpoint(sheets_path, WHOLE, seen_by=(*READERS, *CITY)),
    "indicators:indicator-sheet-import": Endpoint(
        lambda case: f"{sheets_path(case)}import/",
        WRITERS,
        methods=("GET", "POST"),
        seen_by=(*READERS, *CITY),
    ),
    "plans:item-targets": Endpoint(target_path, READERS),
    "plans:item-offers": Endpoint(
        lambda case: target_path(case).replace("targets/", "offers/"), READERS, status=302
    ),
    "plans:target-change": Endpoint(
        lambda case: f"{target_path(case)}change/",
        WRITERS,
        status=302,
        methods=("POST",),
        data={"step": "refuse", "reading": "unknown"},
        seen_by=READERS,
    ),
    "plans:target-add": Endpoint(
        lambda case: f"{target_path(case)}add/", WRITERS, methods=("GET", "POST"), seen_by=READERS
    ),
    "plans:target-link": Endpoint(lambda case: f"{target_path(case)}link/", WRITERS, seen_by=READERS),
    "plans:target-edit": Endpoint(target_edit_path, WRITERS, methods=("GET", "POST"), seen_by=READERS),
    "plans:comment-list": Endpoint(lambda case: f"/plans/{case.plan.pk}/comments/", READERS),
    "plans:item-comments": Endpoint(
        lambda case: f"{item_path(case)}comments/",
        READERS,
        methods=("GET", "POST"),
        data={"text": "請補充。"},
    ),
    # Its author alone, who is nobody of the table.
    "plans:comment-edit": Endpoint(
        lambda case: f"{comment_path(case)}edit/", (STRANGER,), methods=("GET", "POST"), seen_by=READERS
    ),
    "plans:comment-resolve": Endpoint(
        lambda case: f"{comment_path(case)}resolve/", READERS, status=302, methods=("POST",)
    ),
    "plans:comment-reopen": Endpoint(
        lambda case: f"{comment_path(case)}reopen/", READERS, status=302, methods=("POST",)
    ),
    "plans:plan-compare": Endpoint(lambda case: f"/plans/{case.plan.pk}/compare/", READERS),
    "plans:version-list": Endpoint(lambda case: f"/plans/{case.plan.pk}/versions/", READERS),
    "plans:version-keep": Endpoint(
        lambda case: f"/plans/{case.plan.pk}/versions/keep/",
        WRITERS,
        status=302,
        methods=("POST",),
        data={"name": "初稿"},
        seen_by=READERS,
    ),
    "plans:version-detail": Endpoint(lambda case: f"/plans/{case.plan.pk}/versions/1/", READERS),
    "documents:comparison-pdf": Endpoint(
        lambda case: f"/plans/{case.plan.pk}/compare/pdf/?with=version:1", READERS, methods=("GET", "POST")
    ),
    "documents:plan-pdf": Endpoint(
        lambda case: f"/plans/{case.plan.pk}/pdf/", READERS, methods=("GET", "POST")
    ),
    # Version 1 was kept by hand: to the city it does not exist, and nothing was filed with it.
    "documents:version-pdf": Endpoint(
        lambda case: f"/plans/{case.plan.pk}/versions/1/pdf/", READERS, methods=("GET", "POST")
    ),
    "review:filing-package": Endpoint(
        lambda case: f"/plans/{case.plan.pk}/versions/1/package/", (STRANGER,), methods=("GET", "POST")
    ),
    "documents:plan-json": Endpoint(lambda case: f"/plans/{case.plan.pk}/json/", READERS),
    "documents:file-download": Endpoint(lambda case: f"/files/{case.file.pk}/", READERS),
    "documents:import-list": Endpoint(lambda case: "/imports/"),
    "documents:import-new": Endpoint(
        lambda case: "/imports/new/",
        (*SECRETARIAT, "other_secretariat"),
        otherwise=403,
        methods=("GET", "POST"),
    ),
    "documents:import-detail": Endpoint(lambda case: f"/imports/{case.draft.pk}/", WRITERS),
    "documents:import-change": Endpoint(
        lambda case: f"/imports/{case.draft.pk}/change/", WRITERS, status=302, methods=("POST",)
    ),
    "documents:import-item": Endpoint(
        lambda case: f"/imports/{case.draft.pk}/items/1/", WRITERS, methods=("GET", "POST")
    ),
    "documents:import-facts": Endpoint(
        lambda case: f"/imports/{case.draft.pk}/facts/", WRITERS, methods=("GET", "POST")
    ),
    "documents:import-unplaced": Endpoint(
        lambda case: f"/imports/{case.draft.pk}/unplaced/0/", WRITERS, status=302, methods=("POST",)
    ),
    "documents:import-save": Endpoint(
        lambda case: f"/imports/{case.draft.pk}/save/", WRITERS, methods=("GET", "POST")
    ),
    "documents:import-delete": Endpoint(
        lambda case: f"/imports/{case.draft.pk}/delete/", WRITERS, methods=("GET", "POST")
    ),
    "account_login": Endpoint(lambda case: "/accounts/login/", (STRANGER,), otherwise=302, is_public=True),
    "account_logout": Endpoint(lambda case: "/accounts/logout/"),
    "account_inactive": Endpoint(lambda case: "/accounts/inactive/", is_public=True),
    "account_signup": Endpoint(lambda case: "/accounts/signup/", (STRANGER,), otherwise=302, is_public=True),
    "account_change_password": Endpoint(lambda case: "/accounts/password/change/"),
    "account_reset_password": Endpoint(lambda case: "/accounts/password/reset/", is_public=True),
    "account_reset_password_done": Endpoint(lambda case: "/accounts/password/reset/done/", is_public=True),
    "account_reset_password_from_key": Endpoint(
        lambda case: "/accounts/password/reset/key/1-wrong/", is_public=True
    ),
    "account_reset_password_from_key_done": Endpoint(
        lambda case: "/accounts/password/reset/key/done/", is_public=True
    ),
    # Who may take which step in which state is in tests/review/test_steps_table.py; here the plan is a draft.
    "review:chain-edit": Endpoint(
        lambda case: f"/districts/{case.district.pk}/signing-chain/",
        WRITERS,
        methods=("GET", "POST"),
        seen_by=READERS,
    ),
    "review:plan-standing": Endpoint(lambda case: f"/plans/{case.plan.pk}/standing/", READERS),
    "review:plan-events": Endpoint(lambda case: f"/plans/{case.plan.pk}/events/", READERS),
    "review:step-take": Endpoint(
        lambda case: f"/plans/{case.plan.pk}/steps/send_for_signature/",
        WRITERS,
        methods=("GET", "POST"),
        seen_by=READERS,
    ),
    "review:signing": Endpoint(lambda case: f"/plans/{case.plan.pk}/signing/", READERS),
    # A draft: its places are there, and nobody's turn has come.
    "review:place-sign": Endpoint(
        lambda case: f"/plans/{case.plan.pk}/signing/2/sign/",
        ("district_head",),
        status=409,
        methods=("POST",),
        seen_by=READERS,
    ),
    "review:place-send-back": Endpoint(
        lambda case: f"/plans/{case.plan.pk}/signing/2/send-back/", ("district_head",), seen_by=READERS
    ),
    "review:place-record": Endpoint(
        lambda case: f"/plans/{case.plan.pk}/signing/2/record/",
        WRITERS,
        methods=("GET", "POST"),
        seen_by=READERS,
    ),
    # Nothing was signed outside: who may fetch a scan is in tests/review/test_signing_pages.py.
    "review:scan-download": Endpoint(lambda case: f"/plans/{case.plan.pk}/signing/1/2/scan/", (STRANGER,)),
    # The desk and what hangs on it: the plan is a draft, which to the city does not exist. What is shown of a
    # filed plan is in tests/review/test_desk.py, of one in force in tests/review/test_in_force.py.
    "review:deadline-list": Endpoint(lambda case: "/deadlines/"),
    "review:deadline-edit": Endpoint(
        lambda case: f"/deadlines/{case.district.city_id}/edit/",
        ("city_admin",),
        methods=("GET", "POST"),
        seen_by=(*READERS, *CITY, "other_secretariat"),
    ),
    "review:extension-ask": Endpoint(
        lambda case: f"/plans/{case.plan.pk}/extension/", WRITERS, methods=("GET", "POST"), seen_by=READERS
    ),
    "review:extension-detail": Endpoint(extension_path, (*READERS, *CITY)),
    "review:extension-decide": Endpoint(
        lambda case: f"{extension_path(case)}decide/",
        ("evaluator", "city_admin"),
        status=302,
        methods=("POST",),
        data={"decision": "refuse", "comment": "時程充裕。"},
        seen_by=(*READERS, *CITY),
    ),
    "review:extension-withdraw": Endpoint(
        lambda case: f"{extension_path(case)}withdraw/",
        WRITERS,
        status=302,
        methods=("POST",),
        seen_by=(*READERS, *CITY),
    ),
    "review:desk": Endpoint(lambda case: "/desk/", (*CITY, "other_evaluator"), otherwise=403),
    "review:overview": Endpoint(lambda case: "/overview/", (*CITY, "other_evaluator"), otherwise=403),
    "review:desk-plan": Endpoint(lambda case: f"/desk/{case.plan.pk}/", (STRANGER,)),
    "review:remark-add": Endpoint(
        lambda case: f"/desk/{case.plan.pk}/remarks/add/", (STRANGER,), methods=("GET", "POST")
    ),
    "review:remark-edit": Endpoint(
        lambda case: f"/desk/{case.plan.pk}/remarks/1/edit/", (STRANGER,), methods=("GET", "POST")
    ),
    "review:remark-remove": Endpoint(
        lambda case: f"/desk/{case.plan.pk}/remarks/1/delete/", (STRANGER,), methods=("POST",)
    ),
    "review:response-table": Endpoint(lambda case: f"/plans/{case.plan.pk}/responses/", READERS),
    # The city has made no remarks, so there is nothing to print.
    "review:response-pdf": Endpoint(
        lambda case: f"/plans/{case.plan.pk}/responses/pdf/", (STRANGER,), methods=("GET", "POST")
    ),
    "review:response-edit": Endpoint(
        lambda case: f"/plans/{case.plan.pk}/responses/1/", (STRANGER,), methods=("GET", "POST")
    ),
    "review:in-force": Endpoint(lambda case: f"/plans/{case.plan.pk}/in-force/", (STRANGER,)),
    "review:in-force-pdf": Endpoint(
        lambda case: f"/plans/{case.plan.pk}/in-force/pdf/", (STRANGER,), methods=("GET", "POST")
    ),
    "review:in-force-json": Endpoint(lambda case: f"/plans/{case.plan.pk}/in-force/json/", (STRANGER,)),
    # Progress is of a plan in force. The reports are owed by the secretariat's own unit; what other units'
    # people may do is in tests/progress/test_pages.py.
    "progress:year-progress": Endpoint(lambda case: f"/plans/{case.followed.pk}/progress/", READERS),
    "progress:tracked-edit": Endpoint(
        lambda case: f"/plans/{case.followed.pk}/progress/lines/",
        WRITERS,
        methods=("GET", "POST"),
        seen_by=READERS,
    ),
    "progress:period-list": Endpoint(
        lambda case: f"/plans/{case.followed.pk}/progress/periods/",
        WRITERS,
        methods=("GET", "POST"),
        seen_by=READERS,
    ),
    "progress:period-edit": Endpoint(
        lambda case: f"{period_path(case)}edit/", WRITERS, methods=("GET", "POST"), seen_by=READERS
    ),
    "progress:period-close": Endpoint(
        lambda case: f"{period_path(case)}close/", WRITERS, methods=("GET", "POST"), seen_by=READERS
    ),
    "progress:period-allow": Endpoint(
        lambda case: f"{period_path(case)}allow/", WRITERS, methods=("GET", "POST"), seen_by=READERS
    ),
    "progress:period-check": Endpoint(lambda case: f"{period_path(case)}check/", READERS),
    "progress:period-decide": Endpoint(
        lambda case: f"{period_path(case)}decide/", WRITERS, status=422, methods=("POST",), seen_by=READERS
    ),
    "progress:filing": Endpoint(filing_path, READERS),
    "progress:filing-hand-in": Endpoint(
        lambda case: f"{filing_path(case)}hand-in/", WRITERS, methods=("GET", "POST"), seen_by=READERS
    ),
    "progress:filing-release": Endpoint(
        lambda case: f"{filing_path(case)}release/",
        ("secretariat_chief",),
        status=302,
        methods=("POST",),
        seen_by=READERS,
    ),
    "progress:report-detail": Endpoint(report_path, READERS),
    "progress:report-edit": Endpoint(
        lambda case: f"{report_path(case)}edit/", WRITERS, methods=("GET", "POST"), seen_by=READERS
    ),
    "review:year-end": Endpoint(lambda case: f"/plans/{case.followed.pk}/year-end/", READERS),
    "review:year-end-pdf": Endpoint(
        lambda case: f"/plans/{case.followed.pk}/year-end/pdf/", READERS, methods=("GET", "POST")
    ),
    "review:year-end-file": Endpoint(
        lambda case: f"/plans/{case.followed.pk}/year-end/file/",
        WRITERS,
        methods=("GET", "POST"),
        seen_by=READERS,
    ),
    # Nothing was filed: who receives is in tests/review/test_year_end.py.
    "review:year-end-decide": Endpoint(
        lambda case: "/year-ends/1/decide/", (STRANGER,), methods=("GET", "POST")
    ),
    "review:summary-edit": Endpoint(
        lambda case: f"/lines/{case.followed.tracked_lines.get().pk}/summary/",
        WRITERS,
        methods=("GET", "POST"),
        seen_by=READERS,
    ),
    "progress:finding-list": Endpoint(lambda case: f"/plans/{case.followed.pk}/findings/", (*READERS, *CITY)),
    "progress:finding-new": Endpoint(
        lambda case: f"/plans/{case.followed.pk}/findings/new/",
        (*WRITERS, "evaluator", "city_admin"),
        methods=("GET", "POST"),
        seen_by=(*READERS, *CITY),
    ),
    # A finding of the district's own check: the city does not see it.
    "progress:finding-detail": Endpoint(finding_path, READERS),
    "progress:finding-step": Endpoint(
        lambda case: f"{finding_path(case)}release/", WRITERS, methods=("GET", "POST"), seen_by=READERS
    ),
    "progress:finding-file": Endpoint(finding_file_path, READERS),
    "progress:finding-picture": Endpoint(lambda case: f"{finding_file_path(case)}picture/", READERS),
    "progress:filing-sheet": Endpoint(lambda case: f"{filing_path(case)}sheet/", READERS),
    "progress:filing-sheet-import": Endpoint(
        lambda case: f"{filing_path(case)}sheet/import/", WRITERS, methods=("GET", "POST"), seen_by=READERS
    ),
    "progress:evidence-list": Endpoint(lambda case: f"{report_path(case)}evidence/", READERS),
    "progress:evidence-add": Endpoint(
        lambda case: f"{report_path(case)}evidence/add/",
        WRITERS,
        status=302,
        methods=("POST",),
        data={"link": "https://example.gov.tw/"},
        seen_by=READERS,
    ),
    "progress:evidence-download": Endpoint(evidence_path, READERS),
    "progress:evidence-picture": Endpoint(lambda case: f"{evidence_path(case)}picture/", READERS),
    "progress:evidence-change": Endpoint(
        lambda case: f"{evidence_path(case)}change/",
        WRITERS,
        status=302,
        methods=("POST",),
        data={"do": "remove"},
        seen_by=READERS,
    ),
    "progress:report-step": Endpoint(
        lambda case: f"{report_path(case)}accept/", WRITERS, methods=("GET", "POST"), seen_by=READERS
    ),
    # Who works in one place alone is led to its dashboard.
    "dashboard:home": Endpoint(
        lambda case: "/dashboard/", ("no_appointment", "superuser", "past_secretariat"), otherwise=302
    ),
    "dashboard:unit-board": Endpoint(
        lambda case: f"/dashboard/units/{case.district.units.get(name='秘書室').pk}/", READERS
    ),
    "dashboard:district-board": Endpoint(
        lambda case: f"/dashboard/districts/{case.district.pk}/", (*READERS, *CITY), status=302
    ),
    "dashboard:plan-board": Endpoint(board_path, (*READERS, *CITY)),
    "dashboard:report-list": Endpoint(lambda case: f"{board_path(case)}reports/", (*READERS, *CITY)),
    "dashboard:target-list": Endpoint(lambda case: f"{board_path(case)}targets/", (*READERS, *CITY)),
    "dashboard:check-list": Endpoint(
        lambda case: f"{board_path(case)}checks/", WRITERS, seen_by=(*READERS, *CITY)
    ),
    "dashboard:meeting-pdf": Endpoint(
        lambda case: f"{board_path(case)}meeting/", READERS, methods=("GET", "POST"), seen_by=CITY
    ),
    "dashboard:line-detail": Endpoint(
        lambda case: f"/dashboard/lines/{case.followed.tracked_lines.order_by('pk')[0].pk}/",
        (*READERS, *CITY),
    ),
    "dashboard:indicator-detail": Endpoint(
        lambda case: f"/dashboard/indicators/{case.followed.counted_targets.get().indicator_id}/",
        (*READERS, *CITY),
    ),
    "dashboard:city-board": Endpoint(lambda case: f"/dashboard/cities/{case.district.city_id}/", CITY),
    "dashboard:city-reports": Endpoint(
        lambda case: f"/dashboard/cities/{case.district.city_id}/reports/?year=2025", CITY
    ),
    "dashboard:city-targets": Endpoint(
        lambda case: f"/dashboard/cities/{case.district.city_id}/targets/?year=2025", CITY
    ),
    "dashboard:city-findings": Endpoint(
        lambda case: f"/dashboard/cities/{case.district.city_id}/findings/", CITY
    ),
}
# Django's admin guards its own pages; staff with permissions alone get past its first one.
ADMIN_NAMESPACE = "admin"
