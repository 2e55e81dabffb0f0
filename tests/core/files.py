"""Files as people choose them, and as people who mean harm make them."""

from __future__ import annotations

import base64
import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

import openpyxl
from odf import opendocument, text

from core.uploads import TYPES

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
PDF_WITH_PASSWORD = PDF.replace(b"/Root", b"/Encrypt 2 0 R /Root")
JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////"
    "////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA="
)
WEBP = base64.b64decode("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA")
HEIC = struct.pack(">I", 24) + b"ftypheic" + bytes(4) + b"mif1heic" + bytes(200)
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
PROGRAM = b"MZ" + bytes(200)
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PAGE = "<!DOCTYPE html><html><script>alert('佐證')</script></html>".encode()

MAIN = "application/vnd.openxmlformats-officedocument.{}.main+xml"
OPEN_XML = {
    "docx": ("word/document.xml", MAIN.format("wordprocessingml.document")),
    "xlsx": ("xl/workbook.xml", MAIN.format("spreadsheetml.sheet")),
    "pptx": ("ppt/presentation.xml", MAIN.format("presentationml.presentation")),
}


def png(width: int = 40, height: int = 30) -> bytes:
    """Return a picture of one colour that a browser draws."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress((b"\x00" + b"\x0b\x55\x63" * width) * height)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def huge_png() -> bytes:
    """Return a picture that says of itself that it is 60,000 points wide and high."""
    data = png()
    return data[:16] + struct.pack(">II", 60_000, 60_000) + data[24:]


def zipped(parts: Mapping[str, bytes | str], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in parts.items():
            stored = zipfile.ZIP_STORED if name == "mimetype" else method
            archive.writestr(name, content, compress_type=stored)
    return stream.getvalue()


def types_of(*types: str, part: str = "/part") -> str:
    rows = "".join(f'<Override PartName="{part}{n}" ContentType="{one}"/>' for n, one in enumerate(types))
    return f'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{rows}</Types>'


def open_xml(ending: str = "docx", parts: Mapping[str, bytes | str] | None = None, *types: str) -> bytes:
    """Return a file of Word, Excel or PowerPoint, with more parts and types of parts."""
    main, kind = OPEN_XML[ending]
    return zipped(
        {"[Content_Types].xml": types_of(kind, *types), "_rels/.rels": "<a/>", main: "<a/>", **(parts or {})}
    )


def open_document(
    ending: str = "odt", parts: Mapping[str, bytes | str] | None = None, *, manifest: str = "<manifest/>"
) -> bytes:
    return zipped(
        {"mimetype": TYPES[ending], "content.xml": "<a/>", "META-INF/manifest.xml": manifest, **(parts or {})}
    )


def real_xlsx() -> bytes:
    book, stream = openpyxl.Workbook(), io.BytesIO()
    book.active["A1"] = "場次"
    book.save(stream)
    return stream.getvalue()


def real_odt() -> bytes:
    document, stream = opendocument.OpenDocumentText(), io.BytesIO()
    document.text.addElement(text.P(text="會議紀錄"))
    document.save(stream)
    return stream.getvalue()


GOOD: dict[str, bytes] = {
    "紀錄.pdf": PDF,
    "加密.pdf": PDF_WITH_PASSWORD,
    "紀錄.odt": real_odt(),
    "表.ods": open_document("ods"),
    "簡報.odp": open_document("odp"),
    "紀錄.docx": open_xml("docx"),
    "表.xlsx": real_xlsx(),
    "簡報.pptx": open_xml("pptx"),
    "現場.JPG": JPEG,
    "現場.jpeg": JPEG,
    "現場.png": png(),
    "手機.heic": HEIC,
    "現場.webp": WEBP,
    "名單.txt": "第一季名單，<三民>區。\n".encode(),
    "名單.csv": "課室,場次\n民政課,3\n".encode("cp950"),
    "名單二.csv": "\ufeff課室,場次\n".encode("utf-16"),
}


def bomb() -> bytes:
    """Thirty megabytes of nothing in thirty kilobytes."""
    return open_xml("xlsx", {"xl/worksheets/sheet1.xml": bytes(30 * 1024 * 1024)})


def crowd() -> bytes:
    return open_xml("docx", {f"word/media/{n}.xml": "" for n in range(5_001)})


def shared() -> bytes:
    """Two entries of the directory that lead to the same bytes: it unpacks to more than it could hold."""
    data = zipped(
        {"[Content_Types].xml": types_of(OPEN_XML["docx"][1]), "word/document.xml": bytes(2_000), "a": b""},
        method=0,
    )
    at = data.rindex(b"PK\x01\x02")  # the entry of "a" says it holds what the one before holds
    return data[: at + 20] + struct.pack("<II", 2_000, 2_000) + data[at + 28 :]


def wide() -> bytes:
    """A directory said to be four gigabytes: reading it would be the end."""
    data = open_xml()
    at = data.rindex(b"PK\x05\x06")
    return data[: at + 12] + struct.pack("<I", 0xFFFFFFF0) + data[at + 16 :]


def locked() -> bytes:
    """An archive whose entries ask for a password."""
    data = bytearray(open_xml())
    at = data.rindex(b"PK\x01\x02")
    data[at + 8] |= 1
    return bytes(data)


ENCRYPTED = '<m:manifest xmlns:m="urn:m"><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>'
ENTITIES = '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
VBA = "application/vnd.ms-office.vbaProject"
MACRO_MAIN = "application/vnd.ms-word.document.macroEnabled.main+xml"
# What nobody may put here: the name it comes under, its bytes, and words of the refusal.
BAD: dict[str, tuple[str, bytes, str]] = {
    "nothing": ("空.pdf", b"", "0 位元組"),
    "program": ("setup.exe", PROGRAM, "不接受"),
    "program as pdf": ("收據.pdf", PROGRAM, "內容卻不是"),
    "program as text": ("收據.txt", PROGRAM, "文字"),
    "program as docx": ("收據.docx", PROGRAM, "內容卻不是"),
    "two endings": ("收據.pdf.exe", PROGRAM, "不接受"),
    "no ending": ("收據", PDF, "沒有副檔名"),
    "ending alone": (".pdf", PDF, "沒有副檔名"),
    "drawing": ("圖.svg", SVG, "不接受"),
    "drawing as png": ("圖.png", SVG, "內容卻不是"),
    "drawing as text": ("圖.txt", SVG, "SVG"),
    "page": ("頁.html", PAGE, "不接受"),
    "page as text": ("頁.txt", PAGE, "SVG"),
    "page as csv": ("頁.csv", "課室,場次\n<script >alert(1)</script>".encode(), "SVG"),
    "page as jpg": ("頁.jpg", PAGE, "內容卻不是"),
    "page as pdf": ("頁.pdf", PAGE, "內容卻不是"),
    "page in utf-16": ("頁.txt", "\ufeff<html>".encode("utf-16"), "SVG"),
    "page far inside": ("頁.txt", b"a" * 65_530 + b"<script src=x>", "SVG"),
    "pdf as text": ("檔.txt", PDF, "正確的副檔名"),
    "png as jpg": ("現場.jpg", png(), "正確的副檔名"),
    "broken png": ("現場.png", b"\x89PNG\r\n\x1a\n" + bytes(50), "已損壞"),
    "huge png": ("現場.png", huge_png(), "像素過多"),
    "no coding": ("名單.txt", b"\x81\xff\xfe\xfa\x80", "文字"),
    "bomb": ("表.xlsx", bomb(), "解壓縮後過大"),
    "crowd": ("紀錄.docx", crowd(), "解壓縮後過大"),
    "shared bytes": ("紀錄.docx", shared(), "解壓縮後過大"),
    "wide directory": ("紀錄.docx", wide(), "解壓縮後過大"),
    "cut zip": ("紀錄.docx", real_xlsx()[:-40], "已損壞"),
    "zip with a program before": ("紀錄.docx", PROGRAM + open_xml(), "內容卻不是"),
    "another office": ("紀錄.docx", real_xlsx(), "與副檔名不符"),
    "another document": ("紀錄.odt", open_document("ods"), "與副檔名不符"),
    "plain zip": ("紀錄.docx", zipped({"a.txt": "a"}), "與副檔名不符"),
    "plain zip as odt": ("紀錄.odt", zipped({"a.txt": "a"}), "與副檔名不符"),
    "way out": ("紀錄.docx", open_xml("docx", {"../../etc/passwd": "a"}), "已損壞"),
    "odd packing": ("紀錄.odt", zipped({"a": "a"}, method=zipfile.ZIP_LZMA), "已損壞"),
    "vba": ("表.xlsx", open_xml("xlsx", {"xl/vbaProject.bin": b"a"}), "巨集"),
    "vba in capitals": ("表.xlsx", open_xml("xlsx", {"XL\\VBAPROJECT.BIN": b"a"}), "巨集"),
    "vba by type": ("表.xlsx", open_xml("xlsx", {"xl/harmless.bin": b"a"}, VBA), "巨集"),
    "vba by escaped type": ("表.xlsx", open_xml("xlsx", {}, VBA.replace("P", "&#80;")), "巨集"),
    "old macros": ("表.xlsx", open_xml("xlsx", {"xl/macrosheets/sheet1.xml": b"a"}), "巨集"),
    "docm": ("紀錄.docm", open_xml(), "不接受"),
    "docm as docx": ("紀錄.docx", open_xml("docx", {}, MACRO_MAIN), "巨集"),
    "xlsm inside": ("簡報.pptx", open_xml("pptx", {"ppt/embeddings/a.xlsm": b"a"}), "巨集"),
    "program inside": ("紀錄.docx", open_xml("docx", {"word/media/a.exe": b"a"}), "巨集"),
    "basic": ("表.ods", open_document("ods", {"Basic/Standard/Module1.xml": "<a/>"}), "巨集"),
    "scripts": ("紀錄.odt", open_document("odt", {"Scripts/python/a.py": "a"}), "巨集"),
    "office with password": ("紀錄.docx", OLD_OFFICE, "密碼"),
    "document with password": ("紀錄.odt", open_document(manifest=ENCRYPTED), "密碼"),
    "zip with password": ("紀錄.docx", locked(), "密碼"),
    "entities": (
        "紀錄.docx",
        zipped({"[Content_Types].xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}),
        "已損壞",
    ),
}
