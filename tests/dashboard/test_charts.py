from __future__ import annotations

from decimal import Decimal
from xml.etree.ElementTree import Element  # the type alone; parsing is defusedxml's

import pytest
from defusedxml.ElementTree import fromstring
from django.template.loader import render_to_string

from dashboard import charts
from dashboard.drawing import state_names

SVG = "{http://www.w3.org/2000/svg}"
NAMES = {"done": "完成", "behind": "落後", "open": "尚未送出"}


def drawn(template: str, chart: object) -> Element:
    text = render_to_string(f"dashboard/{template}", {"chart": chart, "width": "100%"})
    return fromstring(text.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def values(svg: Element, name: str) -> list[str]:
    return [one.attrib[name] for one in svg.iter() if name in one.attrib]


def of_class(svg: Element, name: str) -> list[Element]:
    return [one for one in svg.iter() if name in one.get("class", "").split()]


def bars() -> charts.Bars:
    rows = [("民政課", {"done": 3, "behind": 1}), ("社會課", {"open": 8}), ("人事室", {})]
    return charts.stacked_bars("units", "各課室", rows, NAMES, description="數字見表。")


def test_the_longest_bar_fills_the_width_and_the_parts_join() -> None:
    first, second, third = bars().bars

    assert [(part.kind, part.x, part.width) for part in first.parts] == [
        ("done", "0", "37.5"),
        ("behind", "37.5", "12.5"),
    ]
    assert [(part.x, part.width, part.label) for part in second.parts] == [("0", "100", "8")]
    assert (third.parts, third.note) == ((), "0")


def test_a_part_without_room_has_no_number_in_it() -> None:
    chart = charts.stacked_bars("a", "a", [("x", {"done": 50, "behind": 1})], NAMES)
    assert [part.label for part in chart.bars[0].parts] == ["50", ""]


def test_the_legend_names_the_kinds_there_are() -> None:
    assert [(key.kind, key.words, key.x) for key in bars().legend] == [
        ("done", "完成", "0"),
        ("behind", "落後", "50"),
        ("open", "尚未送出", "0"),
    ]
    assert charts.stacked_bars("a", "a", [], NAMES).height > 0


def gauges(*rows: tuple[str, str, Decimal, Decimal | None, str]) -> charts.Gauges:
    return charts.attainment_bars("g", "達成率", rows, NAMES, mark="目前應達")


def test_attainment_stands_on_one_axis_that_ends_where_more_says_nothing() -> None:
    within = gauges(("甲", "60%", Decimal(60), Decimal(75), "behind"))
    assert (within.whole, within.gauges[0].width, within.gauges[0].pace) == ("100", "60", "75")

    beyond = gauges(("甲", "400%", Decimal(400), None, "done"), ("乙", "75%", Decimal(75), None, "behind"))
    assert (beyond.whole, beyond.gauges[0].width, beyond.gauges[0].is_cut) == ("66.67", "100", True)
    assert (beyond.gauges[1].width, beyond.gauges[1].is_cut, beyond.gauges[1].pace) == ("50", False, "")


def test_a_gap_in_the_values_is_a_gap_in_the_line() -> None:
    shares = [Decimal(0), Decimal(50), None, Decimal(100)]
    chart = charts.trend(
        "t", "趨勢", ["1", "2", "3", "4"], [("送出", shares)], top=charts.HUNDRED, measure="%"
    )

    (line,) = chart.lines
    assert [point.label for point in line.points] == ["0%", "50%", "100%"]
    assert len(line.segments) == 1
    heights = [Decimal(point.y) for point in line.points]
    assert (heights[0] - heights[1], heights[1] - heights[2]) == (charts.PLOT / 2, charts.PLOT / 2)
    assert [level.label for level in chart.levels] == ["0%", "25%", "50%", "75%", "100%"]


@pytest.mark.parametrize(
    ("value", "end"),
    [("0", 4), ("1", 1), ("3", 4), ("9", 10), ("12", 20), ("3380", 4000), ("204000", 400000), ("0.3", "0.4")],
)
def test_an_axis_ends_at_a_round_number(value: str, end: int | str) -> None:
    assert charts.rounded_up(Decimal(value)) == Decimal(end)


TRENDED = charts.trend(
    "t", "趨勢", ["1", "2"], [("甲", [Decimal(1), Decimal(2)]), ("乙", [Decimal(2), Decimal(1)])]
)
GAUGED = gauges(("甲", "60%", Decimal(60), Decimal(75), "behind"), ("乙", "9%", Decimal(9), None, "done"))


@pytest.mark.parametrize(
    ("template", "chart"),
    [("_chart_bars.html", bars()), ("_chart_gauges.html", GAUGED), ("_chart_trend.html", TRENDED)],
)
def test_a_chart_is_a_picture_with_a_name_and_holds_no_style(template: str, chart: charts.Bars) -> None:
    svg = drawn(template, chart)

    assert svg.get("role") == "img"
    names = svg.get("aria-labelledby", "").split()
    by_id = {one.get("id"): one for one in svg.iter()}
    assert [by_id[name].tag for name in names] == [f"{SVG}title", f"{SVG}desc"]
    assert svg.find(f"{SVG}title").text == chart.title
    assert values(svg, "style") == []
    ids = values(svg, "id")
    assert len(ids) == len(set(ids))
    used = {fill[5:-1] for fill in values(svg, "fill") if fill.startswith("url(#")}
    assert used <= set(ids)


def test_each_kind_has_a_pattern_of_its_own() -> None:
    svg = drawn("_chart_bars.html", bars())
    patterns = {
        pattern.get("id"): [
            (child.tag, {name: child.get(name) for name in ("d", "r", "fill")}) for child in pattern
        ]
        + [pattern.get("patternTransform")]
        for pattern in svg.iter(f"{SVG}pattern")
    }
    shown = [patterns[f"units-{kind}"] for kind in state_names()]

    assert all(shown.count(one) == 1 for one in shown)


def test_two_lines_differ_by_dash_and_mark() -> None:
    svg = drawn("_chart_trend.html", TRENDED)
    lines = {number: of_class(svg, f"line--{number}") for number in (0, 1)}
    dots = {number: of_class(svg, f"dot--{number}") for number in (0, 1)}

    assert {line.get("stroke-dasharray") for line in lines[0]} == {None}
    assert {line.get("stroke-dasharray") for line in lines[1]} == {"6 4"}
    assert {dot.tag for dot in dots[0]} == {f"{SVG}circle"}
    assert {dot.tag for dot in dots[1]} == {f"{SVG}rect"}


def test_a_legend_of_long_names_stands_in_one_column() -> None:
    short, below = charts.legend([("a", "符合進度或超前"), ("b", "落後")])
    long, further = charts.legend([("a", "On schedule or ahead"), ("b", "Behind")])

    assert [(key.x, key.y) for key in short] == [("0", 4), ("50", 4)]
    assert [(key.x, key.y) for key in long] == [("0", 4), ("0", 28)]
    assert further == below + 24
