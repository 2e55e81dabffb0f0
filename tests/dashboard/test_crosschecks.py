from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from dashboard.crosschecks import CHECKS, counts, findings, says_nothing
from dashboard.figures import ReportRow, TargetRow
from progress.enums import ReportStatus

GOOD = ReportRow(
    1, 1, 1, "1.項目", "壹", 1, 1, "民政課", 1, ReportStatus.RELEASED, "on_schedule",
    planned=Decimal(25), actual=Decimal(25), has_data=True, narrative="已辦理三場。",
)  # fmt: skip
TARGET = TargetRow(
    1, 1, "1.項目", "壹", 1, "辦理12場。", "活動", counted_in="場", comparator=">=", aggregation="sum",
    value=Decimal(12), result=Decimal(3), attainment=Decimal(25), is_reached=False,
)  # fmt: skip
REASONED = {"reason": "颱風停班。", "countermeasure": "改於室內。"}


def codes(targets: tuple[TargetRow, ...] = (TARGET,), **values: Any) -> list[str]:
    return [finding.code for finding in findings([replace(GOOD, **values)], targets)]


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({}, []),
        ({"state": "behind", **REASONED}, []),
        ({"state": "behind", "reason": "颱風停班。"}, ["behind_without_reason"]),
        ({"state": "behind", "reason": "無。", "countermeasure": "改期。"}, ["behind_without_reason"]),
        ({"reason": "颱風停班。"}, ["reason_though_on_schedule"]),
        ({"reason": " 無 "}, []),
        ({"actual": Decimal(100), "state": "stopped"}, ["all_without_completion"]),
        ({"actual": Decimal(100), "state": "done"}, ["all_without_completion"]),  # its target is not reached
        ({"has_data": False}, ["no_data"]),
        ({"has_data": False, "is_unchanged": True}, []),
        ({"is_unchanged": True, "narrative": "同上。"}, ["unchanged_without_words"]),
        ({"status": ReportStatus.SUBMITTED, "has_data": False}, []),  # it has not reached the secretariat
        ({"status": ReportStatus.ACCEPTED, "has_data": False}, ["no_data"]),
    ],
)
def test_what_is_found_in_a_report(values: dict[str, Any], found: list[str]) -> None:
    assert codes(**values) == found


def test_a_line_that_is_done_with_its_targets_reached_is_fine() -> None:
    reached = replace(TARGET, is_reached=True, attainment=Decimal(100))
    assert codes((reached,), actual=Decimal(100), state="done") == []


@pytest.mark.parametrize(("percent", "found"), [("149.9", []), ("150", ["far_beyond"])])
def test_far_beyond_the_target(percent: str, found: list[str]) -> None:
    assert codes((replace(TARGET, attainment=Decimal(percent), is_reached=True),)) == found


def test_without_a_number_to_give_no_data_is_missed() -> None:
    assert codes((replace(TARGET, value=None, comparator="", attainment=None),), has_data=False) == []
    assert codes((), has_data=False) == []


def test_a_target_is_spoken_of_at_the_latest_report_alone() -> None:
    far = replace(TARGET, attainment=Decimal(300), is_reached=True)
    rows = [replace(GOOD, pk=1, span=1), replace(GOOD, pk=2, span=2)]

    found = findings(rows, [far])

    assert [(one.code, one.report.pk) for one in found] == [("far_beyond", 2)]
    assert found[0].told == "活動 3 場 300%"


def test_every_check_is_counted_those_without_findings_too() -> None:
    found = findings([replace(GOOD, has_data=False)], [TARGET])

    assert counts(found) == {code: int(code == "no_data") for code in CHECKS}


@pytest.mark.parametrize("text", ["", "  ", "無", "無。", "－", "略", "同上", "N/A"])
def test_words_that_say_nothing(text: str) -> None:
    assert says_nothing(text)


@pytest.mark.parametrize("text", ["無障礙坡道延後完工。", "略有延誤"])
def test_words_that_say_something(text: str) -> None:
    assert not says_nothing(text)
