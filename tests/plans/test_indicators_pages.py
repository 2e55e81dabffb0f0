"""The pages of a district's indicators: what stands on them, for whom, at what cost."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.enums import Role
from accounts.models import District, User
from indicators.models import Indicator
from indicators.services import Step, retire_indicator, set_milestones
from plans.document import UnitName
from plans.enums import PlanStatus
from plans.models import Item, Plan
from tests.builders import make_district, make_holder, make_secretary, make_unit, make_user
from tests.plans.indicator_rows import make_indicator, promise, show_in_plan
from tests.progress.rows import put_in_force

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def district() -> District:
    return make_district()


@pytest.fixture
def secretary(client: Client, district: District) -> User:
    person = make_secretary(district)
    client.force_login(person)
    client.cookies["django_language"] = "en"
    return person


def page(client: Client, address: str, **options) -> str:
    response = client.get(address, **options)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def names(content: str) -> list[str]:
    found = re.findall(r'<th scope="row" lang="zh-Hant-TW">(?:<a [^>]*>)?([^<]+)', content)
    return [name.strip() for name in found]


def base_of(content: str) -> str:
    """Return what the form of the page was made from, as the browser sends it."""
    (base,) = re.findall(r'name="base" value="([^"]*)"', content)
    return base.replace("&quot;", '"')


def texts(content: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", content).split())


# The list


def test_three_years_stand_side_by_side_and_qualitative_ones_too(client, district, secretary) -> None:
    advice = make_indicator(district, "法律諮詢", aggregation="each_period", frequency="quarter")
    label = make_indicator(district, "標章", comparator="done", aggregation="done", counted_in="")
    for year, value in ((2024, "1"), (2025, "2"), (2026, "3")):
        promise(advice, year, value, is_proposal=year == 2026)
    promise(label, 2026, None)
    make_indicator(make_district(), "別區")

    content = page(client, "/indicators/?year=2026")

    rows = [texts(row) for row in re.findall(r"<tr>(.*?)</tr>", content, re.DOTALL)[1:]]
    assert rows == [
        "標章 done, with evidence 0",
        "法律諮詢 場次 Every quarter: at least 3 場次 to confirm Every quarter: at least 2 場次"
        " Every quarter: at least 1 場次 0",
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["三四", "甲乙"]),
        ("q=乙", ["甲乙"]),
        ("q=乙 甲", ["甲乙"]),
        ("q=人次", ["三四"]),
        ("use=unset", ["三四"]),
        ("use=number", ["甲乙"]),
        ("use=state", []),
        ("use=proposal", ["甲乙"]),
        ("use=retired", ["舊"]),
        ("use=nonsense", ["三四", "甲乙"]),
        ("year=nonsense&unit=nonsense", ["三四", "甲乙"]),
    ],
)
def test_the_search_keeps_what_is_asked_for(client, district, secretary, query, found) -> None:
    year = timezone.localdate().year
    promise(make_indicator(district, "甲乙"), year, "1", is_proposal=True)
    make_indicator(district, "三四", counted_in="人次")
    retire_indicator(make_indicator(district, "舊").pk, actor=secretary, on=dt.date(2026, 1, 1))

    assert names(page(client, f"/indicators/?{query}")) == found


def test_a_unit_is_found_by_what_is_its_own_and_by_its_lines(client, district, secretary) -> None:
    year = timezone.localdate().year
    civil, social = make_unit(district, "民政課"), make_unit(district, "社會課")
    make_indicator(district, "自有", unit=civil)
    shown = make_indicator(district, "條目")
    show_in_plan(shown, year, units=(UnitName("民政課"),))
    make_indicator(district, "他課", unit=social)

    content = page(client, f"/indicators/?unit={civil.pk}")

    assert names(content) == ["條目", "自有"]
    assert content.count('lang="zh-Hant-TW">民政課</td>') == 2


def test_htmx_gets_the_table_alone(client, district, secretary) -> None:
    make_indicator(district)

    assert page(client, "/indicators/", **HTMX).lstrip().startswith("<span hx-swap-oob")


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_any_number_of_rows(
    client, district, secretary, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    year = timezone.localdate().year
    for at in range(rows):
        indicator = make_indicator(district, f"指標{at}", unit=make_unit(district))
        promise(indicator, year, "1")
        promise(indicator, year - 1, "1")
        show_in_plan(indicator, year, series=f"系列{at}")

    with django_assert_num_queries(8):
        assert len(names(page(client, "/indicators/"))) == rows


def test_long_lists_are_turned_page_by_page(client, district, secretary) -> None:
    Indicator.objects.bulk_create(Indicator(district=district, name=f"指標{at:03}") for at in range(51))

    content = page(client, "/indicators/?q=指標")
    (following,) = re.findall(r'rel="next" href="([^"]*)"', content)

    assert len(names(content)) == 50
    assert names(page(client, f"/indicators/{following.replace('&amp;', '&')}")) == ["指標050"]


# Who sees what


def test_a_unit_s_people_see_what_is_theirs_and_change_nothing(client, district) -> None:
    civil = make_unit(district, "民政課")
    own = make_indicator(district, "自有", unit=civil)
    shown = make_indicator(district, "條目")
    show_in_plan(shown, 2026, units=(UnitName("民政課"),))
    other = make_indicator(district, "他課", unit=make_unit(district))
    client.force_login(make_holder(Role.UNIT_STAFF, civil))

    assert names(page(client, "/indicators/")) == ["條目", "自有"]
    for indicator in (own, shown):
        content = page(client, f"/indicators/{indicator.pk}/")
        assert "<button" not in content.partition("<main")[2]
        assert client.get(f"/indicators/{indicator.pk}/edit/").status_code == 403
    assert client.get(f"/indicators/{other.pk}/").status_code == 404
    assert client.get(f"/indicators/sheets/{district.pk}/").status_code == 403


def test_the_city_reads_what_is_in_force_and_no_row_that_is_being_written(client, district) -> None:
    indicator = make_indicator(district)
    promise(indicator, 2026, "12")
    plan = show_in_plan(indicator, 2026)
    draft = make_indicator(district, "草案")
    promise(draft, 2026, "5")
    show_in_plan(draft, 2026, series="另一計畫")
    client.force_login(make_holder(Role.EVALUATOR, district.city))
    address = f"/indicators/?district={district.pk}&year=2026"
    client.cookies["django_language"] = "en"

    assert names(page(client, address)) == []

    put_in_force(plan, actor=make_user(), at=timezone.now())
    Plan.objects.filter(pk=plan.pk).update(status=PlanStatus.REVISING)
    promise(indicator, 2026, "99")

    content = page(client, address)
    assert names(content) == ["法律諮詢"]
    assert "at least 12 場次" in content
    assert "at least 99" not in content
    assert client.get(f"/indicators/{indicator.pk}/").status_code == 404


def test_a_person_without_an_appointment_is_told_so(client) -> None:
    client.force_login(make_user())
    client.cookies["django_language"] = "en"

    assert "You hold no appointment today" in page(client, "/indicators/")


# One indicator


def test_an_indicator_shows_its_years_its_lines_and_what_holds_it(client, district, secretary) -> None:
    indicator = make_indicator(district, baseline="last_year", counted_in="%")
    promise(indicator, 2025, "4", baseline=Decimal(1000))
    promise(indicator, 2026, "5")
    promise(indicator, 2027, "6", is_proposal=True)
    approved = show_in_plan(indicator, 2026, status=PlanStatus.APPROVED)
    show_in_plan(indicator, 2027)

    content = page(client, f"/indicators/{indicator.pk}/")

    rows = [texts(row) for row in re.findall(r"<tr>(.*?)</tr>", content, re.DOTALL)[1:]]
    assert [row.split(" Change")[0] for row in rows] == [
        "116 up by at least 6% against last year carried over, to confirm",
        f"115 up by at least 5% against last year {approved.title} Approved",
        "114 up by at least 4% against last year 1,000 in no plan",
    ]
    assert content.count("Take away") == 1
    assert "全年辦理。" in content
    assert "only the unit and the names" not in content  # the plan to come is open


@pytest.mark.parametrize("rows", [1, 3])
def test_an_indicator_costs_the_same_for_any_number_of_years_and_lines(
    client, district, secretary, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    indicator = make_indicator(district, comparator="done", aggregation="milestones", counted_in="")
    for at in range(rows):
        promise(indicator, 2026 + at, None)
        step = Step("啟用", dt.date(2026 + at, 6, 30), Decimal(100))
        set_milestones(indicator.targets.get(year=2026 + at), [step], actor=secretary)
        show_in_plan(indicator, 2026 + at)

    with django_assert_num_queries(7):
        assert page(client, f"/indicators/{indicator.pk}/").count("100%") == rows


def test_an_indicator_is_made_read_anew_retired_and_brought_back(client, district, secretary) -> None:
    values = {
        "name": "調解成立率",
        "counted_in": "%",
        "comparator": ">=",
        "aggregation": "ratio",
        "direction": "more",
        "decimals": "1",
        "numerator_name": "成立件數",
        "denominator_name": "受理件數",
    }

    made = client.post("/indicators/new/", values)
    indicator = Indicator.objects.get()
    assert made.headers["Location"] == f"/indicators/{indicator.pk}/"
    assert (indicator.district, indicator.aggregation, indicator.decimals) == (district, "ratio", 1)

    form = page(client, f"/indicators/{indicator.pk}/edit/")
    sent = values | {"name": "調解率", "base": base_of(form)}
    assert client.post(f"/indicators/{indicator.pk}/edit/", sent).status_code == 302
    indicator.refresh_from_db()
    assert (indicator.name, indicator.numerator_name) == ("調解率", "成立件數")

    client.post(f"/indicators/{indicator.pk}/retire/", {"step": "retire"})
    assert names(page(client, "/indicators/")) == []
    client.post(f"/indicators/{indicator.pk}/retire/", {"step": "back"})
    assert names(page(client, "/indicators/")) == ["調解率"]


def test_what_others_wrote_meanwhile_is_told_at_the_field(client, district, secretary) -> None:
    indicator = make_indicator(district)
    form = page(client, f"/indicators/{indicator.pk}/edit/")
    Indicator.objects.filter(pk=indicator.pk).update(name="別人改的")
    values = {"name": "我改的", "counted_in": "場次", "comparator": ">=", "aggregation": "sum"}
    sent = values | {"direction": "none", "decimals": "0", "base": base_of(form)}

    answer = client.post(f"/indicators/{indicator.pk}/edit/", sent)

    assert answer.status_code == 422
    assert "It stands at: 別人改的" in answer.content.decode()
    assert 'value="我改的"' in answer.content.decode()
    again = client.post(
        f"/indicators/{indicator.pk}/edit/", sent | {"base": base_of(answer.content.decode())}
    )
    assert again.status_code == 302
    indicator.refresh_from_db()
    assert indicator.name == "我改的"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": ""}, "This field is required."),
        ({"comparator": "done"}, "or simply done."),
        ({"aggregation": "done"}, "compared with no number."),
        ({"decimals": "5"}, "less than or equal to 4"),
        ({"comparator": "about"}, "Select a valid choice."),
    ],
)
def test_what_an_indicator_cannot_be_is_said_at_its_field(client, district, secretary, values, words) -> None:
    sent = {"name": "諮詢", "comparator": ">=", "aggregation": "sum", "direction": "none", "decimals": "0"}

    answer = client.post("/indicators/new/", sent | values)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Indicator.objects.exists()


def test_a_year_is_written_and_taken_away(client, district, secretary) -> None:
    indicator = make_indicator(district)
    address = f"/indicators/{indicator.pk}/targets/2026/"
    assert "In 場次; empty for a target without a number." in page(client, address)

    sent = {"value": "20萬4千", "baseline": "12.5", "quote": " 計204,000場次 "}
    client.post(address, sent | {"base": base_of(page(client, address))})
    target = indicator.targets.get()
    assert (target.value, target.baseline, target.quote) == (204000, Decimal("12.5"), "計204,000場次")

    answer = client.post(address, {"value": "很多"})
    assert answer.status_code == 422
    assert "Write a number" in answer.content.decode()

    client.post(f"{address}delete/")
    assert not indicator.targets.exists()


@pytest.mark.parametrize(
    ("manner", "shown"),
    [
        (("between", "mean"), ["value", "value_max", "baseline", "quote"]),
        (("done", "done"), ["baseline", "quote"]),
        (("<=", "sum"), ["value", "baseline", "quote"]),
    ],
)
def test_the_form_of_a_year_asks_for_what_goes_with_the_comparison(
    client, district, secretary, manner, shown
) -> None:
    indicator = make_indicator(district, comparator=manner[0], aggregation=manner[1])

    content = page(client, f"/indicators/{indicator.pk}/targets/2026/").partition("<main")[2]

    fields = re.findall(r'name="(\w+)"', content)
    assert [name for name in fields if name not in {"csrfmiddlewaretoken", "base"}] == shown


def test_what_a_plan_holds_is_refused_in_words_and_told_before(client, district, secretary) -> None:
    indicator = make_indicator(district)
    promise(indicator, 2026, "12")
    plan = show_in_plan(indicator, 2026, status=PlanStatus.APPROVED)
    address = f"/indicators/{indicator.pk}/targets/2026/"
    form = page(client, address)
    assert f"“{plan.title}” (Approved) promises this value." in form

    answer = client.post(address, {"value": "15", "base": base_of(form)})

    assert answer.status_code == 422
    assert "is changed in a revision of that plan" in answer.content.decode()
    assert indicator.targets.get().value == 12


def test_milestones_are_written_changed_and_put_in_the_order_of_their_days(
    client, district, secretary
) -> None:
    indicator = make_indicator(district, comparator="done", aggregation="milestones", counted_in="")
    promise(indicator, 2026, None)
    target = indicator.targets.get()
    address = f"/indicators/{indicator.pk}/targets/2026/milestones/"
    management = {"m-TOTAL_FORMS": "3", "m-INITIAL_FORMS": "0"}
    rows = {"m-0-title": "啟用", "m-0-due_on": "115.11.30", "m-0-weight": "60"}
    rows |= {"m-1-title": "規劃", "m-1-due_on": "115年6月30日", "m-1-weight": "40"}

    assert client.post(address, management | rows).status_code == 302
    assert list(target.milestones.values_list("title", "weight")) == [("規劃", 40), ("啟用", 60)]

    keys = dict(target.milestones.values_list("title", "pk"))
    management["m-INITIAL_FORMS"] = "2"
    again = rows | {"m-0-key": keys["啟用"], "m-1-key": keys["規劃"], "m-1-DELETE": "on"}
    answer = client.post(address, management | again)
    assert answer.status_code == 422
    assert "The weights add up to 60" in answer.content.decode()

    assert client.post(address, management | again | {"m-0-weight": "100"}).status_code == 302
    assert list(target.milestones.values_list("pk", "weight")) == [(keys["啟用"], 100)]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"title": "啟用", "weight": "100"}, "This cell is empty."),
        ({"title": "啟用", "due_on": "不久", "weight": "100"}, "Give the day in ROC years"),
        ({"title": "啟用", "due_on": "116.1.1", "weight": "100"}, "outside the year 115"),
        ({"title": "啟用", "due_on": "115.1.1", "weight": "甚多"}, "Write a number"),
    ],
)
def test_a_milestone_that_cannot_be_is_told(client, district, secretary, row, words) -> None:
    indicator = make_indicator(district, comparator="done", aggregation="milestones", counted_in="")
    promise(indicator, 2026, None)
    sent = {f"m-0-{name}": value for name, value in row.items()}

    answer = client.post(
        f"/indicators/{indicator.pk}/targets/2026/milestones/",
        {"m-TOTAL_FORMS": "1", "m-INITIAL_FORMS": "0"} | sent,
    )

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not indicator.targets.get().milestones.exists()


def test_an_unused_indicator_is_deleted_after_a_page_that_asks(client, district, secretary) -> None:
    unused, used = make_indicator(district, "未用"), make_indicator(district, "已用")
    promise(used, 2026, "1")

    assert f"/indicators/{unused.pk}/delete/" in page(client, f"/indicators/{unused.pk}/")
    assert f"/indicators/{used.pk}/delete/" not in page(client, f"/indicators/{used.pk}/")
    assert "Nothing uses it." in page(client, f"/indicators/{unused.pk}/delete/")
    client.post(f"/indicators/{unused.pk}/delete/")
    client.post(f"/indicators/{used.pk}/delete/")

    assert list(Indicator.objects.all()) == [used]


def test_pages_lead_to_the_indicators(client, district, secretary) -> None:
    indicator = make_indicator(district)
    plan = show_in_plan(indicator, timezone.localdate().year)
    link = f'href="/indicators/?district={district.pk}'

    assert link in page(client, "/")
    assert link in page(client, f"/plans/{plan.pk}/targets/")
    assert Item.objects.filter(indicators=indicator).count() == 1
