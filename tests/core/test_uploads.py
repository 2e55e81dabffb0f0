from __future__ import annotations

import hashlib
import io
import random

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from core.uploads import NAME_BYTES, TYPES, check_upload, ending_of, is_picture_to_show, tidy_name
from tests.core.files import BAD, GOOD, JPEG, PAGE, PDF, WEBP, open_xml, png, real_odt, real_xlsx

MOST = 40 * 1024 * 1024


@pytest.mark.parametrize("name", GOOD)
def test_each_kind_is_taken_for_what_it_is(name: str) -> None:
    stream = io.BytesIO(GOOD[name])

    found = check_upload(stream, name, most=MOST)

    assert found.content_type == TYPES[name.rpartition(".")[2].lower()]
    assert (found.name, found.size) == (name, len(GOOD[name]))
    assert found.sha256 == hashlib.sha256(GOOD[name]).hexdigest()
    assert stream.tell() == 0


def test_of_every_kind_there_is_one_among_the_good() -> None:
    assert {ending_of(name) for name in GOOD} == set(TYPES)


@pytest.mark.parametrize("case", BAD)
def test_what_is_not_taken_is_refused_in_words(case: str) -> None:
    name, data, words = BAD[case]

    with pytest.raises(ValidationError) as refusal:
        check_upload(io.BytesIO(data), name, most=MOST)

    assert words in refusal.value.messages[0]


def test_the_limit_is_the_last_size_that_is_taken() -> None:
    data = PDF + bytes(1024 * 1024 - len(PDF))
    assert check_upload(io.BytesIO(data), "a.pdf", most=len(data)).size == len(data)
    with pytest.raises(ValidationError, match="超過 1 MB"):
        check_upload(io.BytesIO(data + b" "), "a.pdf", most=len(data))


@pytest.mark.parametrize(
    ("name", "tidy"),
    [
        ("../../etc/紀錄.pdf", "紀錄.pdf"),
        ("C:\\Users\\me\\紀錄.pdf", "紀錄.pdf"),
        ("..\\..\\a.pdf", "a.pdf"),
        ("紀\u0000錄\r\n.pdf", "紀錄.pdf"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("\u2066紀\u200b錄\ufeff.pdf", "紀錄.pdf"),
        ("...htaccess.txt", "htaccess.txt"),
        ("  紀錄  二 .pdf", "紀錄 二.pdf"),
        ("紀錄.pdf. . ", "紀錄.pdf"),
        ("CON.pdf", "_CON.pdf"),
        ("com1.tar.txt", "_com1.tar.txt"),
        ("console.pdf", "console.pdf"),
        ('a<b>:"|?*.pdf', "a_b______.pdf"),
        ("\ue000堃喆瑠𤦌.pdf", "\ue000堃喆瑠𤦌.pdf"),
        ("e\u0301.pdf", "\u00e9.pdf"),
        ("", ""),
        ("...", ""),
    ],
)
def test_a_name_leads_nowhere_and_shows_what_it_is(name: str, tidy: str) -> None:
    assert tidy_name(name) == tidy


@pytest.mark.parametrize("char", ["a", "區", "𤦌"])
def test_a_name_of_300_characters_keeps_its_ending(char: str) -> None:
    name = tidy_name(char * 300 + ".docx")

    assert name.endswith(f"{char}.docx")
    assert len(name) <= 200
    assert NAME_BYTES - 4 <= len(name.encode()) + (40 if char == "a" else 0) <= NAME_BYTES


@given(st.text(max_size=300))
def test_any_name_is_made_fit_once_and_for_all(name: str) -> None:
    tidy = tidy_name(name)

    assert tidy_name(tidy) == tidy
    assert not set(tidy) & set('/\\<>:"|?*\x00\r\n')
    assert not tidy.startswith((".", " "))


@given(st.binary(max_size=300), st.sampled_from(sorted(TYPES)))
def test_any_bytes_are_taken_or_refused_in_words(data: bytes, ending: str) -> None:
    try:
        check_upload(io.BytesIO(data), f"a.{ending}", most=MOST)
    except ValidationError:
        return
    assert data


def test_damaged_office_files_and_pictures_are_refused_in_words_too() -> None:
    chance = random.Random(115)  # noqa: S311 -- no secret
    files = {
        "odt": real_odt(),
        "xlsx": real_xlsx(),
        "docx": open_xml(),
        "png": png(),
        "jpg": JPEG,
        "webp": WEBP,
    }
    refused = 0
    for ending, good in files.items():
        for _time in range(150):
            data = bytearray(good)
            for _change in range(chance.randint(1, 4)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            del data[chance.choice([len(data), chance.randrange(len(data))]) :]
            try:
                check_upload(io.BytesIO(bytes(data)), f"a.{ending}", most=MOST)
            except ValidationError:
                refused += 1
    assert refused > 200


def test_only_what_still_is_such_a_picture_is_shown() -> None:
    assert is_picture_to_show(io.BytesIO(JPEG), "image/jpeg")
    assert is_picture_to_show(io.BytesIO(png()), "image/png")
    assert is_picture_to_show(io.BytesIO(WEBP), "image/webp")
    assert not is_picture_to_show(io.BytesIO(PAGE), "image/png")
    assert not is_picture_to_show(io.BytesIO(JPEG), "image/png")
    assert not is_picture_to_show(io.BytesIO(PDF), "application/pdf")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("圖表.svg", "列印為 PDF"),
        ("公告.HTML", "列印為 PDF"),
        ("統計.xlsm", "不含巨集"),
        ("計畫.doc", ".docx"),
        ("照片.zip", "逐一選擇"),
        ("程式.exe", "可用"),
    ],
)
def test_of_a_kind_that_is_not_taken_it_says_what_to_do(name: str, words: str) -> None:
    with translation.override("zh-hant"), pytest.raises(ValidationError) as refused:
        check_upload(io.BytesIO(b"x"), name, most=MOST)
    assert words in refused.value.messages[0]
