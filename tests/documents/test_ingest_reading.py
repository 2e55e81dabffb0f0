from __future__ import annotations

import io
import zipfile

import pytest
from django.utils import translation

from documents.ingest.furniture import find_furniture
from documents.ingest.reading import MAX_BYTES, UnreadableFile, read_file, read_text

TEXT = "壹、依據：\n一、本區年度施政計畫。\n二、去年民眾意見調查的結果，共 1,204 份。\n貳、期間\n全年辦理。\n"


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", b"\xef\xbb\xbf"),
        ("cp950", b""),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
        ("utf-32-le", b"\xff\xfe\x00\x00"),
    ],
)
def test_every_usual_encoding_is_read(encoding: str, mark: bytes) -> None:
    source = read_file(mark + TEXT.encode(encoding))

    assert source.lines == TEXT.split("\n")
    assert source.encoding == encoding
    assert source.warnings == []


@pytest.mark.parametrize("end", ["\r\n", "\r", "\u2028"])
def test_ends_of_lines_do_not_matter(end: str) -> None:
    assert read_file(TEXT.replace("\n", end).encode()).lines == TEXT.split("\n")


def test_a_spoilt_byte_is_said_and_the_rest_is_read() -> None:
    data = bytearray((TEXT * 20).encode())
    data[3] = 0xFF

    source = read_file(bytes(data))

    assert source.lines[1:] == (TEXT * 20).split("\n")[1:]
    assert [(w.line, w.code) for w in source.warnings] == [(1, "unreadable_characters")]


def zipped(name: str, content: str = "x") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b" \n\t\n ", "empty"),
        ("\ufeff\u3000\n".encode(), "empty"),
        (bytes(range(256)) * 20, "binary"),
        ("服務\x00計畫".encode(), "binary"),
        (b"x" * (MAX_BYTES + 1), "larger than 10 MB"),
        (b"\n".join([b"1"] * 50_000), "more than"),
        (b"%PDF-1.7\n1 0 obj\n", "PDF"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 64, "image/png"),
        (b"{\\rtf1\\ansi abc}", "RTF"),
        (zipped("word/document.xml"), r"\.docx"),
        (zipped("xl/workbook.xml"), r"\.xlsx"),
        (zipped("mimetype", "application/vnd.oasis.opendocument.text"), r"\.odt"),
        (zipped("a.txt"), "ZIP"),
    ],
)
def test_what_is_no_text_is_refused_in_words(data: bytes, words: str) -> None:
    with translation.override("en"), pytest.raises(UnreadableFile, match=words):
        read_file(data)


def test_control_characters_are_left_out_and_said() -> None:
    source = read_text("壹、\x07依據\n一、服務\x1b計畫")

    assert source.lines == ["壹、依據", "一、服務計畫"]
    assert [w.code for w in source.warnings] == ["control_characters"]


def test_page_numbers_apart_from_the_text_are_furniture() -> None:
    lines = [
        "一、甲。",
        "",
        "二、乙。",
        "",
        "",
        "",
        " 9 ",
        "",
        "",
        "三、丙。",
        "",
        "四、丁，計",
        "",
        "5",
        "",
        "項。",
    ]

    found = find_furniture(lines)

    assert found.lines == {7}
    assert 10 in found.breaks


def test_running_heads_and_feet_are_furniture() -> None:
    pages = [
        ["鼓山區公所 115年度計畫", *body, f"第 {number} 頁，共 3 頁"]
        for number, body in enumerate(
            [["壹、甲", "預期目標", "1.乙。"], ["2.丙。", "預期目標"], ["1.丁。"]], 1
        )
    ]
    lines = "\n\f".join("\n".join(page) for page in pages).split("\n")

    found = find_furniture(lines)

    kept = [line.strip("\f") for number, line in enumerate(lines, 1) if number not in found.lines]
    assert kept == ["壹、甲", "預期目標", "1.乙。", "2.丙。", "預期目標", "1.丁。"]


@pytest.mark.parametrize("entry", ["{} ........ {}", "{}　……………{}", "{}   {}"])
def test_the_table_of_contents_is_furniture(entry: str) -> None:
    titles = ["壹、計畫依據", "貳、計畫目標", "參、計畫內容"]
    contents = ["目錄", *[entry.format(title, page) for page, title in enumerate(titles, 1)]]
    body = [line for title in titles for line in (title, "本章說明如下。")]
    lines = ["鼓山區公所服務計畫", *contents, *body]

    found = find_furniture(lines)

    assert [line for number, line in enumerate(lines, 1) if number not in found.lines] == [lines[0], *body]


def test_running_heads_in_parts_with_the_chapter_are_furniture() -> None:
    pages = [
        ["鼓山區公所      115年度", "壹、甲", "一、乙。", "摘要 0123456789ab      第 1 頁，共 3 頁"],
        [
            "鼓山區公所      115年度      壹、甲",
            "二、丙。",
            "貳、丁",
            "摘要 0123456789ab      第 2 頁，共 3 頁",
        ],
        ["鼓山區公所", "115年度", "參、戊", "參、戊", "一、己。", "摘要 0123456789ab", "第 3 頁，共 3 頁"],
    ]
    lines = "\n\f".join("\n".join(page) for page in pages).split("\n")

    found = find_furniture(lines)

    kept = [line.strip("\f") for number, line in enumerate(lines, 1) if number not in found.lines]
    assert kept == ["壹、甲", "一、乙。", "二、丙。", "貳、丁", "參、戊", "一、己。"]


def test_a_chapter_that_begins_below_the_running_head_is_kept() -> None:
    pages = [
        [f"鼓山區公所服務計畫 第{n}版", f"{mark}、內容{n}", "一、乙。"] for n, mark in enumerate("壹貳參", 1)
    ]
    lines = "\n\f".join("\n".join(page) for page in pages).split("\n")

    found = find_furniture(lines)

    assert found.lines == {1, 4, 7}
