"""Measure words: what a number counts.

Chinese has a closed stock of classifiers but an open one of nouns that count themselves (12校, 3據點).
Each word stands with the characters that, following it, make another word of it: 3人 counts, 3人行道
does not. Written once as a table, so that a missing word is added by adding a word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

# Units proper: a Chinese numeral before them is a number (三場次), never part of a name.
_UNITS = """
    名次 場次 梯次 人次 件次 戶次 家次 車次 班次 站次 隊次 校次 里次 處次 席次 檔次 批次 小時 工作天
    工作日 日曆天 上班日 分鐘 秒鐘 百分點 公里 公尺 公分 公釐 公頃 公噸 公斤 公克 公升 毫升 公畝
    平方公尺 平方公里 立方公尺 平方米 立方米 千瓦 千瓦小時 度電 檔期 攤位 車位 床位 名額 學分 個月 星期
    禮拜 人日 人時 停車格 停車位 機車格 汽車格 萬步
"""

# Nouns that count themselves.
_NOUNS = """
    班級 場館 場域 場地 場所 據點 社區 單位 機關 團體 學校 部落 景點 站點 路口 路段 課程 家庭 家戶 案件
    個案 項目 店家 商家 商店 攤商 廠商 企業 品項 鄰里 里鄰 縣市 鄉鎮 類別 類型 種類 語言 語種 部門 時段
    公園 座談 單元 處所 家長 學員 志工 學生 長者 民眾 里民 居民 業者 會員 委員 選手 隊伍 作品 工程 方案
    計畫 提案 議題 主題 活動 會議 影片 短片 文章 報導 專欄 鏡頭 監視器 盆栽 產品 商品 農場 寺廟 教會
    公司 旅館 民宿 餐廳 飯店 診所 醫院 藥局 超商 幼兒園 國小 國中 大學 聚落 橋梁 水門 抽水站 避難所
    收容所 服務站 巡守隊 志工隊 合作社 協會 人員 頁面 商圈 農戶 農友 小隊 分隊 小組
"""

# Classifiers, each with the characters that must not follow it.
_GUARDED = """
    場:地域所館合景面 梯:田形隊 次:級元要序數長日世男女方 件:數 人:制行工文權物民事士口力類際生 則:
    個:別人資性體股案 位:於置元址階處移 名:稱單冊義牌片勝產字人列次 家:長園電具鄉屬務訪暴政中人門 份:子
    張:貼力羅數 本:所區府市年里國土計身次局課院季縣中質項部鄉鎮校案人會公性地 冊:子 篇:章 種:植子族苗下
    類:型別似比 群:組體眾聚島 項:目鍊 案:件例由內卷號情主管外名頭首 格:式局外言
    處:理分置境罰遇女室長於所變方暑世 所:有屬得轄需長內務在提訂定 間:接隔距斷 座:談右位標 組:織成長訓裝合別
    隊:伍員長友 團:隊員長結圓康膳聚購 班:級長導 站:式在務長立內 校:園長方友慶正務外內際 館:舍長員藏際內方
    里:民長幹辦內程活政山海巷鄰仁 鄰:鄰里長近居避 區:域公長政里民塊內間隔別段 村:民長里 鄉:民長鎮土親
    鎮:民長公 縣:長民府 市:民長府集場區 口:徑岸頭號罩腔味述試碑 面:向積對試臨談板貌訪紙容 條:件例約文款碼規
    道:路德安具歉教場 支:援持出付撐應票線局隊部用 架:構設上空站 隻: 只:要有能是需限須在 輛: 艘: 棵: 株: 盞:
    台:灣北中南東電語幣鐵詞階風 部:門分落會隊長屬位 套:用裝件票房疊餐 批:次評示准閱核發 桌:遊球椅面上次
    顆:粒 粒:線 片:面段刻語 塊:狀 盆:栽地花 盒: 箱:型 包:裝括含容覆商圍種 瓶:頸 罐:頭裝 桶:裝 杯: 袋:
    尊:重敬嚴 枚: 具:體有備名保 匹:配 尾:牙款聲 首:長頁都創要先次席部 齣: 幅:度員 頁:面籤 題:目庫材名
    字:號體幕眾 堂: 門:市牌口診票窗戶檻號前禁 集:會合體團結點中資水郵貨 期:間限刊程望待末初能貨約許滿盼
    檔:案次 輪:值流班椅胎替調 回:覆復收饋應報訓顧流到答家歸 趟: 遍:布佈及地 波:及動段 層:級面次樓
    戶:外籍政役口長名頭所 筆:試錄記電畫 票:選券價務根箱匭 床:鋪 席:地位 攤:販商
    副:區主首局本食業總作理市議縣鄉院處 根:據本治 把:關握 輯: 版:權面圖 元:素件旦月氣首宵老化 角:色度落
    坪:林頂 噸: 頭:份銜家目痛髮皮版期前 天:候然氣災使空際性下主燈 日:期常益間本曆後
    週:年末邊轉報刊期知遭圍休 周:年末邊轉報刊期知遭圍休 季:節刊
    成:立長效員果為本功熟就績交人品語因都形像型衣家 倍:增數 度:假過量母 秒: 級:別數 通:過報知訊路用行盤勤融
    封:閉鎖面存 滴: 孔: 窗: 口井: 節:目慶能省約電水日氣點奏制慰禮令 標:準示章的籤案竿語題記誌
    對:於象外策應照話內方民各本抗比人 欄:位杆 列:管入為表席車 行:政動程銷為業人道走 句: 幢: 棟: 畝: 款:項式
    樣:態本品式 發:放展布生現揮行文包佈 劑: 瓩: 路:線口段名燈面面平 線:上下路索條西東 菜:單 餐:廳飲會
    幕:僚後 曲: 孩: 胎: 兵:役籍 員:工額警 星:期 房:屋東客 壺: 卷:宗 捆: 甕: 池: 井: 庫: 櫃:台檯 屆:
    任:務何意 課:程室務後業 系:統列所 科:技學室 街:道頭 樹: 筐: 簍: 籃:球 串:聯連 碗: 盤:點 幀: 步:道驟行調
"""

# After these a Chinese numeral is only a number where the sentence counts: 三項 and 二處 stand in names too.
_CHINESE_FREE = frozenset("場梯則隻輛棵株盞冊座棟戶元倍輯齣噸坪份篇床攤艘枚袋箱瓶罐桶盒檔趟")
# Never after a Chinese numeral: 三級 二度 三節 十方 四季 六都 一行 雙線.
_CHINESE_NEVER = frozenset(
    "級度節方季行線路標列路科系課星屆任市縣區鎮鄉村鄰天通發樣款道街步兵員對角頭根把尾首面把"
)
_PLACES = frozenset((
    *"個里鄰區縣市鄉鎮村校站館所家戶處班隊團", "據點", "社區", "單位", "機關", "團體", "學校", "部落", "景點",
    "站點", "路口", "路段", "場館", "場域", "場地", "場所", "鄰里", "里鄰", "縣市", "鄉鎮", "公園", "商圈",
))  # fmt: skip
TIMES = frozenset(
    ("小時", "工作天", "工作日", "日曆天", "上班日", "分鐘", "秒鐘", "個月", "星期", "禮拜", *"天日週周秒季")
)
# Only with words of a limit or a change: 5日 alone is a date, 3級 a rank, 2季 a length.
LIMIT_ONLY = frozenset(("個月", "星期", "禮拜", *"日級週周季星步度角"))

# After 分 anything but these makes another word: 分類 分鐘 分區 分享.
_AFTER_POINTS = re.compile(
    r"$|[,;。!?！？；、)(/~\-→]|以|之(?![一二三四五六七八九十\d])|的|內|及|與|和|或|為|至|"
    r"到|提|不|者|含|並|評|上|,|且|左|前"
)
_LATIN_UNIT = re.compile(
    r"(?:k[gmwW]h?|KWH|KW|c?m[23²³]|[ckm]?m|ml|ML|mg|g|L|ha|[KMGT]B|ppm|dB|hrs?|mins?|W|t|℃|°C)(?![A-Za-z])"
)
_UNIT_SIGNS = "‰℃°㎡㎥㎏㎞㎝㎜"
_SYMBOL = re.compile(r"[%‰℃㎡㎥㎏㎞㎝㎜]|°C")
_CLOSED_IN = re.compile(r"[(（](?P<unit>[\u4e00-\u9fff%]{1,4})[)）]")
_CJK = re.compile(r"[\u4e00-\u9fff]")

_CLASSIFIERS = frozenset(pair.partition(":")[0] for pair in _GUARDED.split())
# Every word by its first character, longest first, with what must not follow it and whether it is plain.
_BY_FIRST: dict[str, list[tuple[str, str, bool]]] = {}
for _word in _UNITS.split():
    _BY_FIRST.setdefault(_word[0], []).append((_word, "", True))
for _word in _NOUNS.split():
    _BY_FIRST.setdefault(_word[0], []).append((_word, "", False))
for _pair in _GUARDED.split():
    _word, _, _not_before = _pair.partition(":")
    _BY_FIRST.setdefault(_word[0], []).append((_word, _not_before, _word in _CHINESE_FREE))
for _words in _BY_FIRST.values():
    _words.sort(key=lambda entry: -len(entry[0]))


@dataclass(frozen=True)
class Measure:
    """`word` as printed (width folded) and where it ends; `is_plain` words count after any numeral."""

    word: str
    end: int
    is_plain: bool
    more: bool = False  # 50餘場: more than the number says

    @property
    def is_place(self) -> bool:
        return self.word in _PLACES

    @property
    def never_chinese(self) -> bool:
        return self.word in _CHINESE_NEVER


def measure_at(text: str, at: int) -> Measure | None:
    """Return the measure word that begins at `at`, None where the text goes on with something else."""
    first = text[at : at + 1]
    if not first:
        return None
    if first.isascii() or first in _UNIT_SIGNS:
        return _sign_at(text, at)
    if first in "餘多來" and not text.startswith("多元", at) and (measure := _word_at(text, at + 1)):
        return replace(measure, more=True)
    if first in "大個" and (inner := _inner_at(text, at)):
        return inner
    return _word_at(text, at)


def _sign_at(text: str, at: int) -> Measure | None:
    """Read %, kg, m2; and a measure word in brackets, 12(場次)."""
    if (closed := _CLOSED_IN.match(text, at)) and is_measure(closed["unit"]):
        return Measure(closed["unit"], closed.end(), is_plain=True)
    unit = _SYMBOL.match(text, at) or _LATIN_UNIT.match(text, at)
    return Measure(unit[0], unit.end(), is_plain=True) if unit else None


def is_measure(word: str) -> bool:
    """Say whether `word` as a whole is a measure word."""
    measure = measure_at(word, 0)
    return measure is not None and measure.end == len(word)


def _inner_at(text: str, at: int) -> Measure | None:
    """Read 9大類 as 類, 2個百分點 as 百分點, 3個工作天 as 工作天; 3個月 stays as it is."""
    if text.startswith("個月", at):
        return Measure("個月", at + 2, is_plain=True)
    if text[at] == "大":
        inner = _word_at(text, at + 1)
        return inner if inner and inner.word[0] in "類項群組區種" else None
    inner = _word_at(text, at + 1)
    if inner and (inner.word in TIMES or inner.word == "百分點"):
        return inner
    return None


_AFTER_TIMES = frozenset("級元序要數")  # 次要, 次級


def _word_at(text: str, at: int) -> Measure | None:
    if text.startswith("分", at) and not text.startswith("分鐘", at):
        return Measure("分", at + 1, is_plain=False) if _AFTER_POINTS.match(text, at + 1) else None
    for word, not_before, is_plain in _BY_FIRST.get(text[at : at + 1], ()):
        if not text.startswith(word, at):
            continue
        follow = text[at + len(word) : at + len(word) + 1]
        # 項目標 is 項 and 目標, 類別 a word of its own.
        if word == "項目" and follow == "標":
            return Measure("項", at + 1, is_plain=False)
        # 輛次, 戶次, 組次: any counter can count the times it came.
        if follow == "次" and text[at + len(word) + 1 : at + len(word) + 2] not in _AFTER_TIMES:
            return Measure(word + "次", at + len(word) + 1, is_plain=True)
        if follow and follow in not_before:
            return None
        return Measure(word, at + len(word), is_plain=is_plain)
    return _times_at(text, at)


def _times_at(text: str, at: int) -> Measure | None:
    """Read 講次, 團次: whatever counts by the times it came."""
    is_times = text.startswith("次", at + 1) and text[at + 2 : at + 3] not in _AFTER_TIMES
    if is_times and _CJK.match(text, at) and text[at] not in _NO_MEASURE:
        return Measure(text[at : at + 2], at + 2, is_plain=False)
    return None


def unknown_measure_at(text: str, at: int) -> Measure | None:
    """Take up to three characters before the next stop for a measure word nobody has listed: 12甕。"""
    end = at
    while end < len(text) and end - at < 4 and _CJK.match(text[end]) and not text.startswith("以", end):
        end += 1
    # A word that begins like a measure word and is none was turned away with reason: 5分量表.
    is_new = text[at : at + 1] not in _CLASSIFIERS and text[at : at + 1] not in _NO_MEASURE
    if at < end < at + 4 and is_new:
        return Measure(text[at:end], end, is_plain=False)
    return None


_NO_MEASURE = frozenset(
    "分年月號樓時歲點段巷弄條款第者之的等為是及與和或且而在於至到由從並大小多餘內外上下前後"
    "中起止以約共每各全另再也都"
)
