"""The words around a number: comparator, direction, how often, for whom, against what, until when."""

from __future__ import annotations

import re
from dataclasses import dataclass

from indicators.enums import Baseline, Comparator, Direction, Frequency, Per

_GIVEN = (
    r"(?:約略?|大約|計|共計?|合計|總計|總共|累計|預計|預估|新台幣|NT\$|NTD?|\$|:|為|平均|"
    r"各|每[^,;。\d]{1,3}|近|均|再|目標值?|數|率|[(]|其)"
)
_FILLERS = re.compile(rf"{_GIVEN}{{1,4}}$")

# Longest and negated first. They stand right before the number, or earlier in its clause.
_NOT_LESS = r"(?:不|未|勿)(?:得|可|應|能)?(?:低|少|小|短)於|不下於?|不遜於"
_NOT_MORE = (
    r"(?:不|未|勿|毋)(?:得|可|應|能)?(?:超過|超出|超逾|逾越?|大於|高於|多於|長於)|至多|"
    r"最多|最高|上限|最長|最遲|≤|<=|以內"
)
# Some stand far from their number; 逾, 未達 and the like say something else unless they touch it.
_AT_ONCE = r"(?=(?:約|新台幣|NT\$|:){0,2}$)"
_MORE = rf"超過|超出|高於|大於|多於|優於|超越|(?:超逾|逾|突破|>){_AT_ONCE}"
_LESS = rf"低於|少於|小於|短於|(?:未達|不到|未滿|不足|<){_AT_ONCE}"
_DOWN = (
    r"縮短|縮減|降低|減少|下降|壓縮|壓低|精簡|簡化|減[至為到]|降[至為到]|調降|減量|節省|"
    r"節約|撙節|減免|減輕|省下|免除|縮[至為到]|減碳|減章|減"
)
_UP = (
    r"提升|提高|增加|成長|擴增|擴大|上升|延長|調升|增至|增為|增到|達到|升至|擴充|增長|"
    r"年增|新增|增設|增闢|提前|提早|增"
)
# 減碳宣導5場 is no reduction by five.
_DOINGS = "宣導|活動|訓練|講座|研習|講習|課程|措施|方案|計畫|演練|會議|工程|座談|競賽"
_TO = r"(?:至|為|到|成|在|於)"
_HOLD = r"控制|維持|壓[低縮]|管控|抑制|保持"
_ALL_COMPARATORS = re.compile(
    rf"(?P<not_less>{_NOT_LESS})|(?P<not_more>{_NOT_MORE})|(?P<more>{_MORE})|(?P<less>{_LESS})"
    rf"|(?P<least>至少|最少|最低|起碼|≥|>=|達)|(?P<equal>=|等於)"
)
_NAMED = {
    "not_less": Comparator.AT_LEAST,
    "not_more": Comparator.AT_MOST,
    "more": Comparator.MORE_THAN,
    "less": Comparator.LESS_THAN,
    "least": Comparator.AT_LEAST,
    "equal": Comparator.EQUAL,
}
_CHANGE = re.compile(rf"(?:(?P<down>{_DOWN})|(?P<up>{_UP}))(?:(?!{_DOINGS})[^,;。、]){{0,8}}?(?P<to>{_TO})?$")
_CAPPED = re.compile(rf"(?:{_HOLD}){_TO}?$")

TAIL = re.compile(
    r"(?:[(]?含[)]?)?(?P<up>以上(?:[(]含[)])?|[(]含[)]以上|起跳?|\+)|"
    r"(?:[(]?含[)]?)?(?P<down>以下|以內|之內|內(?![部容外政])|(?:為)?上限)"
    r"|(?P<cap>為限|為上限)|(?P<floor>為下限|為底)"
)

# Subjects of which a district wants less.
_UNWANTED = re.compile(
    r"逾期|錯誤|延[遲誤宕]|遲延|退[件補]|抱怨|申訴|投訴|缺失|等候|等待|處理(?:時間|天數|"
    r"日數|時效|期間|時限)|回復(?:時間|時效)|作業(?:時間|天數)|時效|事故|傷亡"
    r"|失聯|流失|未結|未辦結|積案|糾紛|不良率|故障|停機|違規|違失|碳排|排放|用電|用水|"
    r"用油|耗電|耗能|確診|病例|布氏|級數|不滿意|流標|開啟率|點擊率|誤差"
    r"|修復(?:時間|天數)|核章|退貨|漏失|中輟|懸帳|保留|空窗|閒置率|失誤|罹災|災損|逾時|"
    r"天數|空屋率|失業|異常|缺席|缺勤|賠償|國賠|時間$"
)

# Of these it wants more, whatever stands before them: 缺失改善率, 逾期案件結案率.
_WANTED = re.compile(
    r"改善|完成|結案|辦結|辦畢|達成|成功|合格|妥善|處理率|回[復覆應]率|解決|修復率|排除|核發率|清除"
)
_FINISHED = re.compile(r"(?:即可?|可)?(?:完成|辦[結畢妥竣]|取件|領[證件卡]|核發|發證|回[復覆])")

_PERIODS = {
    Frequency.DAY: r"每(?:一|1)?(?:個)?工?作?[日天](?![常遊])|按日|逐日",
    Frequency.TWO_WEEKS: r"每(?:[二兩2]個?|雙)(?:[週周]|星期|禮拜)|每?隔[週周]|每半個?月|每15[天日]",
    # 每週一至週五 are opening hours, 每週三 is a weekly day.
    Frequency.WEEK: r"每[一1]?個?(?:[週周]|星期|禮拜)(?![一二三四五六日][至到、~\-])|[按逐][週周]",
    Frequency.TWO_MONTHS: r"每[二兩2]個?月|每雙月|隔月",
    Frequency.QUARTER: r"每[三3]個?月|每(?:一|1)?季(?!節)|按季|逐季|季季",
    Frequency.FOUR_MONTHS: r"每[四4]個?月",
    Frequency.HALF_YEAR: r"每[六6]個?月|每半年",
    Frequency.SEMESTER: r"每(?:一|1)?學期",
    Frequency.TWO_YEARS: r"每[二兩2]年",
    Frequency.MONTH: r"每(?:一|1)?(?:個)?月|按月|逐月|月月",
    Frequency.YEAR: r"每(?:一|1)?年度?|每12個月|按年",
}
_PERIOD = re.compile("|".join(f"(?P<{kind.value}>{pattern})" for kind, pattern in _PERIODS.items()))
_GROWING = re.compile(r"逐[年月季週周日](?:提|增|成長|減|下|降|擴|改善|遞)")
_SLASHED = re.compile(r"/每?(?P<what>年|月|季|週|周|日|天|人|位|課|場次?|件|里|戶|案)")
_SLASHED_PERIODS = {
    "年": Frequency.YEAR, "季": Frequency.QUARTER, "月": Frequency.MONTH, "週": Frequency.WEEK,
    "周": Frequency.WEEK, "日": Frequency.DAY, "天": Frequency.DAY,
}  # fmt: skip
_SLASHED_BODIES = {
    "人": Per.PERSON, "位": Per.PERSON, "課": Per.UNIT, "里": Per.VILLAGE, "戶": Per.HOUSEHOLD,
    "件": Per.CASE, "案": Per.CASE, "場": Per.SESSION, "場次": Per.SESSION,
}  # fmt: skip
_BODIES = [
    (
        re.compile(
            r"每(?:一|1)?[人員位名]|人均|學習時數|每(?:一|1)?(?:同仁|志工|里幹事|"
            r"職員|公務)|各(?:同仁|員)"
        ),
        Per.PERSON,
    ),
    (re.compile(r"[每各](?:一|1)?(?:個)?(?:課室?|單位|科室?|處室|機關)"), Per.UNIT),
    (re.compile(r"[每各](?:一|1)?(?:個)?(?:里(?!長|幹|鄰|民)|村)"), Per.VILLAGE),
    (re.compile(r"[每各](?:一|1)?戶"), Per.HOUSEHOLD),
    (re.compile(r"每(?:一|1)?[件案]"), Per.CASE),
    (re.compile(r"[每各](?:一|1)?(?:場次?|梯次?|班)"), Per.SESSION),
]
_EACH = re.compile(
    r"各(?!類|項|種|式|界|級|課|里|單位|機關|方|國|族|地)|每(?!次|"
    r"[一二兩三四六雙半1-9]?個?[年月季週周日天星禮學半期])"
)

_LAST_YEAR = re.compile(
    r"(?:較|比|與|於|相較於?)(?:前一?年|去年|上一?年|上年|前年|往年|歷年|同期)|"
    r"(?:較|比|與|[高低優多少]於|相較於?)\d{2,4}年|"  # 於112年底前 is a day
    r"年成長|年增|去年同期|上年同期"
)
RANK = re.compile(r"(?<![提以之目])前$")


@dataclass(frozen=True)
class Comparison:
    comparator: Comparator
    direction: Direction
    is_level: bool  # a level to be reached or held, not an amount to be added up


def compare(lead: str, tail: str, subject: str, *, counts_time: bool) -> Comparison:
    """Read the comparator from the text before the number, right after it, and what is wanted less of.

    Nothing said means at least, for plans promise what will at least be done; of errors, delays and
    time taken it means at most. An amount saved (`減少3個`) is promised at least.
    """
    if RANK.search(lead):
        # 前三名: the third place or a better one.
        return Comparison(Comparator.AT_MOST, Direction.LESS, is_level=True)
    after = TAIL.match(tail)
    stated = _stated(lead)
    if after and (after["down"] or after["cap"]):
        return Comparison(Comparator.AT_MOST, Direction.LESS, is_level=True)
    if stated in (Comparator.AT_MOST, Comparator.LESS_THAN):
        return Comparison(stated, Direction.LESS, is_level=True)
    close = _FILLERS.sub("", lead)
    change = _CHANGE.search(close[-24:]) or _CHANGE.search(lead[-24:])
    is_to = bool(change and change["to"])
    is_held = _CAPPED.search(close) is not None
    if stated is None and not after:
        falls_to = change and change["down"] and is_to
        takes_time = counts_time and (is_held or _FINISHED.match(tail))
        if falls_to or (not change and (_is_unwanted(subject) or takes_time)):
            return Comparison(Comparator.AT_MOST, Direction.LESS, is_level=True)
    direction = Direction.LESS if change and change["down"] else Direction.MORE
    return Comparison(stated or Comparator.AT_LEAST, direction, is_level=is_to or is_held)


def _stated(lead: str) -> Comparator | None:
    """Return the comparator that stands nearest before the number."""
    nearest = None
    for found in _ALL_COMPARATORS.finditer(lead):
        nearest = _NAMED[found.lastgroup or "least"]
    return nearest


def _is_unwanted(subject: str) -> bool:
    """Say whether the last thing named before the number is one to have less of."""
    last = max((found.end() for found in _UNWANTED.finditer(subject)), default=-1)
    return last > max((found.end() for found in _WANTED.finditer(subject)), default=-1)


def find_frequencies(text: str) -> list[tuple[int, int, Frequency]]:
    """Return start, end and kind of every 每月, 每四個月, 按季. 逐年提升 is a direction, not a frequency."""
    return [
        (found.start(), found.end(), Frequency(found.lastgroup or ""))
        for found in _PERIOD.finditer(text)
        if not _GROWING.match(text, found.start())
    ]


def slashed(tail: str) -> tuple[Per, Frequency]:
    """Read what follows a number as in 2場/月, 40小時/人."""
    found = _SLASHED.match(tail)
    if found is None:
        return Per.WHOLE, Frequency.NONE
    frequency = _SLASHED_PERIODS.get(found["what"], Frequency.NONE)
    return _SLASHED_BODIES.get(found["what"], Per.WHOLE), frequency


def body_of(lead: str) -> Per:
    """Return for whom one value is, as the text before the number says; the last one named counts."""
    best, at = Per.WHOLE, -1
    for pattern, per in _BODIES:
        for found in pattern.finditer(lead):
            if found.start() > at:
                best, at = per, found.start()
    if best is Per.WHOLE and _EACH.search(lead[-6:]):
        return Per.EACH
    return best


def baseline_of(clause: str) -> Baseline:
    return Baseline.LAST_YEAR if _LAST_YEAR.search(clause) else Baseline.NONE
