from __future__ import annotations

import pytest

from indicators.extraction import aggregation_of, decimals_of, read_targets


@pytest.mark.parametrize(
    ("text", "read", "held"),
    [
        # a growth in per cent is printed as a share; what is filed is what grows
        ("回收量較前一年成長5%。", "ratio", "sum"),
        ("用電量較前一年減少5%。", "ratio", "sum"),
        ("較前一年成長5%。", "ratio", "sum"),
        ("年增率達3%。", "ratio", "sum"),
        ("使用率較前一年成長5%。", "ratio", "ratio"),
        ("滿意度較前一年提升5%。", "ratio", "ratio"),
        ("處理時間較前一年減少10%。", "ratio", "mean"),
        ("逾期率較前一年減少2個百分點。", "ratio", "ratio"),
        ("處理時間較前一年縮短1日。", "sum", "mean"),
        ("辦理場次較去年增加3場。", "sum", "sum"),
        ("電費支出較上年度節省 8 萬元。", "sum", "sum"),
        ("未結案件較去年減少 10 件。", "sum", "latest"),
        # what is limited is counted as it comes up, unless it is the height of a moment
        ("逾期案件不超過5件。", "latest", "sum"),
        ("重大事故 0 件。", "latest", "sum"),
        ("錯誤更正不超過 2 次。", "latest", "sum"),
        ("補助經費不超過三十萬元。", "latest", "sum"),
        ("未結案件控制在5件以內。", "latest", "latest"),
        ("每 10 萬人口交通事故死亡人數降至 5 人以下。", "latest", "latest"),
        ("函復時間縮短至3日內。", "latest", "latest"),
        ("往返次數由 4 次減為 2 次。", "latest", "latest"),
        ("取得無障礙 2.0AA 標章。", "done", "done"),
        # the rest is what it is printed as
        ("調解成立率達85%。", "ratio", "ratio"),
        ("每季辦理講座4場。", "each_period", "each_period"),
        ("提供9大類重要資料。", "latest", "latest"),
        ("終身學習時數80小時。", "mean", "mean"),
    ],
)
def test_how_results_are_put_together(text: str, read: str, held: str) -> None:
    (reading,) = read_targets(text, kind="target")

    assert (reading.aggregation, aggregation_of(reading)) == (read, held)


@pytest.mark.parametrize(
    ("text", "decimals"),
    [
        ("辦理講座4場。", 0),
        ("步道8.5公里。", 1),
        ("調解成立率達85%。", 2),
        ("錯誤率0.01%。", 2),
        ("錯誤率0.005%。", 3),
        ("滿意度90至95.5分。", 2),
        ("取得無障礙 2.0AA 標章。", 0),
    ],
)
def test_with_how_many_decimals_results_are_told(text: str, decimals: int) -> None:
    (reading,) = read_targets(text, kind="target")

    assert decimals_of(reading) == decimals


@pytest.mark.parametrize(
    ("text", "baseline"),
    [
        ("於112年12月31日前完成38里防災地圖更新。", ""),
        ("預計於113年新增公園一處。", ""),
        ("回收量較112年成長5%。", "last_year"),
        ("申辦件數高於112年500件。", "last_year"),
        ("回收量優於去年5%。", "last_year"),
    ],
)
def test_a_day_of_a_year_is_no_year_to_be_measured_against(text: str, baseline: str) -> None:
    readings = read_targets(text, kind="target")

    assert {reading.baseline for reading in readings} == {baseline}
