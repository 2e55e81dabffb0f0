"""Which numbers with a measure word are values: the rules that turn the others away, one question each."""

from __future__ import annotations

import re

from indicators.extraction.chinese import is_number
from indicators.extraction.measures import LIMIT_ONLY, TIMES
from indicators.extraction.surroundings import PERFORM, Site
from indicators.extraction.wording import RANK, TAIL

_LIMIT = re.compile(
    r"(?:縮短|縮減|提前|延長|減少|降低|減|至少|最少|不超過|不逾|不低於|低於|少於|超過|逾|"
    r"高於|平均|以不逾|以不超過|以|控制在?|壓低?|達到?|縮|指數|等級|為|在|至|於|最長|最遲|"
    r"每[^,。;]{1,6}|天數|日數|時間|時效|時數|期限|→)"
    r"(?:[至為到成在於]|約|平均|每[案件]){0,2}$"
)
_LIMIT_TAIL = re.compile(r"以?[內下上]|之內|為[限原目]|完成|辦[結畢理]|回[復覆]|核[發定]|函[復覆]|→|以前")

# What was, not what shall be; unless the promise is measured against it (較去年, 不低於去年).
_PAST = re.compile(
    r"現有|目前|現況|現為|現行|原有|原為|原需|原須|原定|原先|原本|原(?=平均|處理|作業|"
    r"耗時|約|來)|(?<![草平高])原$|業已|已(?![婚知])|迄今|截至|去年|上年度?|前一?年度?|上一年度?|往年|"
    r"以往|過去|歷年"
)
_AGAINST = re.compile(r"較|比(?![率例賽])|相較|優於|高於|不低於|不少於|超過|低於|少於|同期")
_AHEAD = re.compile(
    r"預計|預定|預期|目標|將|規劃|提升|提高|增[加至為到]|降[低至為]|減[少至為]|縮短|擴[大增]|至少|成長"
)
# 較去年800萬元成長 tells what it was; 較去年成長800萬元 what it shall be.
_BASE = re.compile(
    r"(?:較|比|相較於?|與)(?:前一?年|去年|上一?年|上年|前年|往年|\d{2,4}年)度?(?:同期)?[之的]?[^,;。\d]{0,6}$"
)
_GROWN = re.compile(r"[之的]?(?:成長|增加|提升|提高|減少|降低|下降|為?[高低多少佳]|更|相比|持平)")
# 自7天縮短為當日: where it starts from, though where it goes is no number.
_FROM = re.compile(r"[由自從原][^,;。\d]{0,6}$")
_TURNS_INTO = re.compile(
    r"(?:縮短|縮減|減少|降低|降|減|簡化|提升|提高|增加|增|擴大|延長|調整|改|變更|變)(?:至|為|到|成)"
)
_PAST_YEAR = re.compile(r"\d{2,3}年度?[^,;。\d]{0,12}(?:實績|實際|為|僅|計|完成|共|達成)$")

_CONDITION = re.compile(
    r"(?:\(含\)|含)?(?:以上|以下|以內|內)?(?:(?:仍|而|尚)?未|者(?![,。;]?$)|之虞|時[,、]|"
    r"後[,、]?(?:仍|即|應|得|無)|無人|還沒)"
)
_IN_CASE = re.compile(r"(?:^|[,、])(?:如|若|凡|倘|當|遇)(?:有|遇|達)?$|(?:遇|凡)$")
_CLASS_OF_MONEY = re.compile(
    r"(?:\(含\)|含)?(?:以上|以下|以內|未達)?(?:之|的)?(?:小額|巨額|大額)?(?:採購|標案|"
    r"工程|勞務|財物|罰鍰|案件|契約)"
)
_MONEY_LEAD = re.compile(r"(?:未達|逾|超過|達|單筆|每案)?(?:新台幣)?$")
_CLASS_OF_TIME = re.compile(
    r"(?:以上|以下)?(?:之|的)(?:案件|個案|對象|家戶|住戶|逾期|房屋|建物|役男|志工|居民|市民|民眾|長者|老人)"
)

_LONG_TIMES = frozenset(("日", "天", "個月", "週", "周"))

_AWAY = re.compile(r"距離?[^,;。\d]{0,10}$")
_DESCRIBED = re.compile(
    r"(?:步行|車程|行車時間|路程|距離?|相距|海拔|方圓|半徑|容納|收容|滿分|總分|配分|權重|"
    r"占分|罰鍰|處罰|人口數?|設籍|戶數計?有|面積約?有|震度|規模|"
    r"雨量|風速|水深|淹水|積水|高齡|滿)(?:共?約|達|為|計有?|共|[至到逾近])?$"
)
_RANKED = re.compile(r"獲|爭取|達|取得|進入|名列|維持")
_RATE_OF_LIMIT = re.compile(r"[^,;。\d]{2,24}(?:率|比例|比重|百分比)[^,;。\d]{0,8}\d[\d.]*%")
_PORTRAIT = re.compile(
    r"位於|位處|[東西南北](?:接|鄰|臨|與|以)|轄區(?:面積|人口)|本[區鄉鎮市](?:面積|人口|"
    r"計有|共有)|總面積|人口(?:數|約|計|共|密度)"
)
_OF_A_LAND = frozenset(("平方公里", "公里", "公頃", "人", "戶", "里", "鄰", "村", "公尺", "坪"))
_SCOPE = re.compile(
    r"(?:轄內|轄區|所轄|轄有|全區|本區|全市|境內|本市|全國|劃分為?|區分為?|分布於?|位於|"
    r"計有|設有|共有|下轄)(?:共計?|計有?|有|之|的|等|內)?(?:\d+[里鄰村區戶])?$"
)
_WITHIN = re.compile(r"(?:在|於|由|全|依據?|依照|就|從|及於|透過|遍及|分[別布]於|以)$|、[^,;。]{1,30}等$")
_AIM = re.compile(r"[^,;。]{0,12}為(?:目標|原則|限)")
_FACET = re.compile(
    r"(?:面向|構面|層面|原則|主軸|願景|方向|步驟|階段|核心|理念|精神|特質|不同|方面|環節|目標|要素)"
)
_FACETED = frozenset("個項種類層組條")

_BROKEN = frozenset("./#№第")


def is_value(site: Site) -> bool:
    """Say whether the number promises or counts something, rather than naming, dating or describing it."""
    if site.amount.measure is None or any(rule(site) for rule in _RULES):
        return False
    return not site.amount.is_chinese or is_number(site)


def is_past(site: Site) -> bool:
    """Say whether the number tells how things stood: 現有50人, 原需5日, 112年為88% before a target."""
    if _BASE.search(site.lead) and _GROWN.match(site.tail):
        return True
    if _FROM.search(site.lead) and _TURNS_INTO.match(site.tail):
        return True
    marks = list(_PAST.finditer(site.lead))
    if marks:
        before, after = site.lead[: marks[-1].end()], site.lead[marks[-1].end() :]
        if not _AGAINST.search(before) and not _AHEAD.search(after) and not _AGAINST.search(after):
            return True
    return bool(_PAST_YEAR.search(site.lead) and _AHEAD.search(site.rest))


def _is_broken_off(site: Site) -> bool:
    """Part of a longer number: the last digits of 1.2.3 or 12,34."""
    return site.lead[-1:] in _BROKEN or (site.lead[-1:] == "," and site.lead[-2:-1].isdecimal())


def _is_points_of_criterion(site: Site) -> bool:
    """(200分), (25%) behind a heading."""
    is_alone = site.lead.endswith("(") and site.tail.startswith(")")
    return site.in_heading and is_alone and site.word in ("分", "%")


def _is_condition(site: Site) -> bool:
    """逾10日未領者, 遇4級以上地震."""
    return bool(_CONDITION.match(site.tail) or _IN_CASE.search(site.lead))


def _is_class(site: Site) -> bool:
    """Says which cases are meant: 10萬元以上採購, 滿1年之志工."""
    if site.word == "元" and _CLASS_OF_MONEY.match(site.tail) and _MONEY_LEAD.search(site.lead):
        return True
    if site.word in _LONG_TIMES and site.tail.startswith(("以上之", "以上的", "以下之", "以下的")):
        return True
    is_measured = site.word in TIMES or site.word in ("公尺", "坪", "口", "元")
    return is_measured and _CLASS_OF_TIME.match(site.tail) is not None


def _is_part_of_rate(site: Site) -> bool:
    """Defines the rate that follows, which is the promise: 2小時內到場比率達98%."""
    is_limit = site.word in TIMES and _LIMIT_TAIL.match(site.tail)
    return bool(is_limit and _RATE_OF_LIMIT.match(site.rest))


def _is_description(site: Site) -> bool:
    """車程10分鐘, 可容納200人, 滿分5分, 人口約6萬人, 活動前3日."""
    if site.word == "分" and site.tail.startswith(("為滿分", "滿分")):
        return True
    if site.word in _OF_A_LAND and _PORTRAIT.search(site.sentence) and not PERFORM.search(site.lead):
        return True
    if site.word in TIMES and site.tail.startswith(("前", "以前")):
        return True
    if site.word in ("公里", "公尺") and _AWAY.search(site.lead):
        return True
    return _DESCRIBED.search(site.lead[-10:]) is not None


def _is_rank_without_will(site: Site) -> bool:
    """前3天 and the like; 爭取前三名 is a promise."""
    return bool(RANK.search(site.lead)) and (site.word != "名" or not _RANKED.search(site.lead))


def _is_date_or_grade(site: Site) -> bool:
    """5日, 3級, 2季 without a word of limit or change."""
    if site.word not in LIMIT_ONLY:
        return False
    if site.word == "度" and ("電" in site.lead[-12:] or site.amount.value >= 100):
        return False
    return not (_LIMIT.search(site.lead) or _LIMIT_TAIL.match(site.tail) or TAIL.match(site.tail))


def _is_scope(site: Site) -> bool:
    """Only where things happen: 於6個里, 轄內23里; but 邀集轄內18所 is a promise."""
    measure = site.amount.measure
    if measure is None or not measure.is_place or _AIM.match(site.tail):
        return False
    if scope := _SCOPE.search(site.lead):
        return not PERFORM.search(site.lead, 0, scope.start())
    return _WITHIN.search(site.lead) is not None


def _is_facet(site: Site) -> bool:
    """3個面向, 5項原則: parts of a way of thinking."""
    return site.word in _FACETED and _FACET.match(site.tail) is not None


_RULES = (
    _is_broken_off,
    _is_points_of_criterion,
    _is_condition,
    _is_class,
    _is_part_of_rate,
    _is_description,
    _is_rank_without_will,
    _is_date_or_grade,
    _is_scope,
    _is_facet,
)
