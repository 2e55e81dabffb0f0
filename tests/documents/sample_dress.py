"""Documents of invented text in the full vocabulary of static/css/plan-pdf.css, of any length."""

from __future__ import annotations

import random
from html import escape

AGENCY = "高雄市青埔區公所"
TITLE = f"{AGENCY}117年度提升服務品質執行計畫"
UNITS = ("民政課", "社會課", "經建課", "役政災防課", "秘書室", "人事室", "會計室", "各課室")
ASPECTS = (
    "一、完備基礎服務項目，注重服務特性差異化",
    "二、重視服務對象意見，優化服務作為",
    "三、便捷服務遞送過程與方式，確保資訊公開",
    "四、關懷多元對象，促進社會參與",
)
FOCUSES = (
    "服務環境整潔",
    "服務行為友善",
    "意見回應即時",
    "流程簡化",
    "資訊透明",
    "弱勢關懷",
    "線上申辦",
    "跨域協調",
)
SUBJECTS = (
    "里鄰座談會",
    "櫃檯輪值人員",
    "服務志工隊",
    "「一站式」單一窗口",
    "公文（含電子公文）時效",
    "無障礙坡道與扶手",
)
VERBS = (
    "每月檢視一次",
    "逐案追蹤辦理情形",
    "於網站公布結果",
    "邀請專家學者講習",
    "納入年度考核",
    "適時修正作業手冊",
)
PLACES = ("東勢里", "文化中心2樓", "公所1樓大廳（近側門）", "青埔國小", "各里活動中心", "瑠公圳畔")
ENDS = (
    "，使民眾感受便利、安心。",
    "；遇有缺失，立即改善。",
    "，滿意度達95%以上。",
    "，全年至少辦理12場次、360人次。",
    "，並於117.6.30前完成第1期成果報告。",
    "，聯絡窗口：林喆瑋、陳珉煊（分機201）。",
)
CHAPTERS = ("依據", "現況簡介", "目標", "實施要領", "推動及管考", "未來努力方向", "經費", "其他")
NUMERALS = "一二三四五六七八九十"
FORMAL = "壹貳參肆伍陸柒捌玖拾"


class Writer:
    """Invents sentences; the same seed gives the same text."""

    def __init__(self, seed: int = 7) -> None:
        self.random = random.Random(seed)  # noqa: S311 -- invents text, guards nothing

    def sentence(self) -> str:
        pick = self.random.choice
        return f"{pick(SUBJECTS)}由{pick(UNITS)}於{pick(PLACES)}{pick(VERBS)}，{pick(VERBS)}{pick(ENDS)}"

    def text(self, sentences: int) -> str:
        return "".join(self.sentence() for _ in range(sentences))


def document(body: str, *, title: str = TITLE, draft: bool = False) -> str:
    mark = ' class="draft"' if draft else ""
    return (
        '<!DOCTYPE html><html lang="zh-Hant-TW"><head><meta charset="utf-8"/>'
        f"<title>{escape(title)}</title></head>"
        f'<body{mark} data-head="{escape(AGENCY)}　117年度" data-foot="第3版　摘要 0f3a9c41">'
        f"{body}</body></html>"
    )


def title_block() -> str:
    return (
        f'<header class="title-block"><p class="agency">{AGENCY}</p>'
        '<p class="title">117年度提升服務品質執行計畫</p><p class="subtitle">116年12月修訂</p></header>'
    )


def contents(headings: list[tuple[str, str]]) -> str:
    lines = "".join(f'<p class="l1"><a href="#{key}">{text}</a></p>' for key, text in headings)
    return f'<nav class="contents"><p class="contents-title">目錄</p>{lines}</nav>'


def item(level: int, number: str, text: str, *, tag: str = "p", key: str = "") -> str:
    mark = f' id="{key}"' if key else ""
    if tag == "h1":
        mark += f' data-run="{escape(number + text)}"'
    return f'<{tag}{mark} class="item l{level}"><span class="no">{number}</span>{escape(text)}</{tag}>'


def outline(paragraphs: int, *, seed: int = 7) -> str:
    """Return chapters of nested lines, some `paragraphs` lines in all (18 to a page, roughly)."""
    write, parts, headings = Writer(seed), [], []
    chapters = max(2, min(8, paragraphs // 20))
    for c in range(chapters):
        headings.append((f"c{c}", f"{FORMAL[c]}、{CHAPTERS[c]}"))
        parts.append(item(1, f"{FORMAL[c]}、", CHAPTERS[c], tag="h1", key=f"c{c}"))
        parts.append(f'<p class="text l1">{write.text(2)}</p>')
        left, second = paragraphs // chapters, 0
        while left > 0:
            parts.append(item(2, f"{_chinese(second + 1)}、", write.sentence()[:14], tag="h2"))
            for third in range(2):
                parts.append(item(3, f"({NUMERALS[third]})", write.sentence()[:12], tag="h3"))
                parts += [item(4, f"{n}.", write.text(1)) for n in range(1, 4)]
                parts += [item(5, f"({n})", write.text(2)) for n in range(9, 12)]
                parts.append('<p class="lead l4">預期目標</p>')
                parts += [item(4, f"{n}.", write.text(1)) for n in range(1, 3)]
                left -= 10
            second += 1
    return title_block() + contents(headings) + "".join(parts)


def _chinese(number: int) -> str:
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{NUMERALS[tens - 1]}十"
    return head + (NUMERALS[ones - 1] if ones else "")


def responsibility_table(rows: int, *, seed: int = 7, sentences: int = 3) -> str:
    """Return a table of `rows` rows: 要項 over eight rows, 重點 over one or two, units over one to three."""
    write, body = Writer(seed), []
    unit_left = focus_left = 0
    for r in range(rows):
        is_new_aspect = r % 8 == 0
        cells = []
        if is_new_aspect:
            aspect = ASPECTS[r // 8 % len(ASPECTS)]
            number, text = aspect.split("、", 1)
            cells.append(f'<th scope="row" class="label">{item(2, number + "、", text, tag="h2")}</th>')
        else:
            cells.append('<td class="again"></td>')
        if focus_left and not is_new_aspect:
            cells.append('<td class="again"></td>')
            focus_left -= 1
        else:
            focus_left = write.random.choice((0, 0, 1))
            number = f"({NUMERALS[r % 8]})"
            heading = item(3, number, write.random.choice(FOCUSES), tag="h3")
            cells.append(f'<th scope="row" class="label">{heading}</th>')
        count = write.random.choice((1, 2, sentences, sentences * 2))
        cells.append("<td>" + "".join(item(4, f"{n}.", write.text(2)) for n in range(1, count + 1)) + "</td>")
        if unit_left and not is_new_aspect:
            cells.append('<td class="again"></td>')
            unit_left -= 1
        else:
            unit_left = write.random.choice((0, 1, 2))
            units = write.random.sample(UNITS, write.random.choice((1, 1, 2)))
            cells.append(f'<td class="label centre">{"<br/>".join(units)}</td>')
        body.append(f"<tr>{''.join(cells)}</tr>")
    head = _head(("執行要項", 1), ("執行重點", 2), ("執行單位", 1))
    return _table("responsibility", 4, head, body)


def wild_table(seed: int) -> str:
    """Return a table of any shape: empty cells, labels longer than a page, rows longer than three."""
    write, body, merged = Writer(seed), [], set()
    pick = write.random.choice
    for _ in range(pick((1, 4, 12))):
        if pick((True, *[False] * 15)):
            body.append(f'<tr><td colspan="4">{write.text(2)}</td></tr>')
            merged.clear()
            continue
        cells = []
        for column, tag in enumerate(('th scope="row"', 'th scope="row"', "", "td")):
            if not tag:
                lines = (
                    item(4, f"{n + 1}.", write.text(pick((1, 2, 4)))) for n in range(pick((0, 1, 2, 5, 30)))
                )
                cells.append(f"<td>{''.join(lines)}</td>")
            elif column in merged and pick((True, True, False)):
                cells.append('<td class="again"></td>')
            else:
                text = write.sentence()[: pick((2, 8, 30))] * pick((1, *[1] * 20, 60))
                cells.append(f'<{tag} class="label">{text}</{tag[:2]}>')
                merged.add(column)
        body.append(f"<tr>{''.join(cells)}</tr>")
    return _table("responsibility", 4, _head(("執行要項", 1), ("執行重點", 2), ("執行單位", 1)), body)


def tall_labels(seed: int, rows: int = 40) -> str:
    """Return a table of short rows beside labels of one to twelve lines, going on as chance will have it."""
    write, body = Writer(seed), []
    pick, chance = write.random.choice, write.random.random
    for r in range(rows):
        cells = []
        for goes_on in (0.85, 0.7, None, 0.6):
            if goes_on is None:
                lines = (
                    item(4, f"{n}.", write.sentence()[: pick((3, 20, 60))]) for n in range(pick((0, 1, 1, 2)))
                )
                cells.append(f"<td>{''.join(lines)}</td>")
            elif r and chance() < goes_on:
                cells.append('<td class="again"></td>')
            else:
                cells.append(f'<td class="label">{write.sentence()[: pick((2, 10, 30, 50))]}</td>')
        body.append(f"<tr>{''.join(cells)}</tr>")
    return _table("responsibility", 4, _head(("執行要項", 1), ("執行重點", 2), ("執行單位", 1)), body)


def target_table(rows: int, *, seed: int = 7) -> str:
    write, body = Writer(seed), []
    for r in range(rows):
        cells = [
            '<th scope="row" class="label">優質便民服務（400分）</th>'
            if r % 9 == 0
            else '<td class="again"></td>',
            '<th scope="row" class="label">服務流程（200分）</th>'
            if r % 3 == 0
            else '<td class="again"></td>',
            f'<th scope="row" class="label">{write.random.choice(FOCUSES)}</th>',
            f"<td>{item(4, '1.', write.text(1))}{item(4, '2.', write.text(1))}</td>",
            f"<td>{item(4, '1.', write.text(1))}</td>",
        ]
        body.append(f"<tr>{''.join(cells)}</tr>")
    head = _head(("構面", 1), ("指標", 1), ("重點", 1), ("具體作法", 1), ("預期目標", 1))
    note = '<p class="note">備註：本表由各課室填寫，經秘書室彙整後陳核。</p>'
    return _table("targets", 5, head, body) + note + signoff()


def roster(rows: int = 9, *, seed: int = 7) -> str:
    write, body = Writer(seed), []
    for r in range(rows):
        name = ("堃", "喆", "珉", "煊", "瑠", "磘")[r % 6]
        cells = (
            f'<th scope="row" class="label">{"召集人" if r == 0 else "委員"}</th>'
            f"<td>課長　王{name}</td><td>{write.text(1)}</td><td></td>"
        )
        body.append(f"<tr>{cells}</tr>")
    head = _head(("職稱", 1), ("編組人員", 1), ("職掌", 1), ("備考", 1))
    return '<p class="lead caption">提升為民服務推動小組編組表</p>' + _table("roster", 4, head, body)


def signoff() -> str:
    return '<p class="signoff"><span>填表人：吳瑠</span><span>單位主管（機關首長）：</span></p>'


def seals() -> str:
    return (
        '<div class="seals">'
        + "".join(f"<div><p>{who}</p></div>" for who in ("承辦人", "課長", "秘書", "區長"))
        + "</div>"
    )


def whole(*, draft: bool = False, rows: int = 12) -> str:
    """Return one document with every piece of the vocabulary in it."""
    table = item(1, "伍、", "計畫內容", tag="h1", key="table") + responsibility_table(rows)
    targets = item(1, "陸、", "目標表", tag="h1", key="targets") + target_table(9)
    parts = outline(40), table, targets, roster(), seals()
    return document("".join(parts), draft=draft)


def _head(*columns: tuple[str, int]) -> str:
    cells = (f'<th scope="col" colspan="{span}">{name}</th>' for name, span in columns)
    return f"<tr>{''.join(cells)}</tr>"


def _table(kind: str, columns: int, head: str, body: list[str]) -> str:
    return (
        f'<table class="plan {kind}"><colgroup>{"<col/>" * columns}</colgroup><thead>{head}</thead>'
        f'<tfoot class="closing"><tr><td colspan="{columns}"></td></tr></tfoot>'
        f"<tbody>{''.join(body)}</tbody></table>"
    )
