"""The site in Traditional Chinese: nothing forgotten, nothing garbled, no English left on a page."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.utils.translation import gettext, override

from core import thirdparty_strings
from tests.catalogue import Entry, read_entries

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = ROOT / "locale" / "zh_Hant" / "LC_MESSAGES" / "django.po"
# As it is made by hand; --no-location and --no-wrap keep the file's changes readable.
MAKE = [
    *("makemessages", "--locale=zh_Hant", "--no-location", "--no-wrap", "--no-obsolete"),
    *(f"--ignore={name}" for name in (".venv", "tests", "bench", "var")),
]
NAMES = {"DistrictPlans", "PDF"}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
# Half-width marks after a Chinese character, English quotes, a blank before a full-width mark.
BAD_MARKS = re.compile(r"[\u4e00-\u9fff][,;:?!]|[“”‘’]|\s[，。；：？！、]")
HAN = re.compile(r"[\u4e00-\u9fff]")

ENTRIES = read_entries(CATALOGUE)


def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    # The commands are written in this file.
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **options)  # noqa: S603, PLW1510


def say(entry: Entry) -> str:
    return f"{entry.msgid} → {entry.words}"


def test_no_string_of_the_site_is_missing_from_the_catalogue_or_left_over_in_it(tmp_path: Path) -> None:
    for app in site_settings.BASE_DIR.iterdir():
        if (app / "__init__.py").exists() and app.name not in {"tests", "bench"}:
            shutil.copytree(app, tmp_path / app.name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    (tmp_path / "locale").mkdir()

    run([sys.executable, "-m", "django", *MAKE], cwd=tmp_path, check=True)

    fresh = read_entries(tmp_path / "locale" / "zh_Hant" / "LC_MESSAGES" / "django.po")
    wanted, held = {entry.key for entry in fresh}, {entry.key for entry in ENTRIES}
    command = f"Run manage.py {' '.join(MAKE)} and translate."
    assert (sorted(wanted - held), sorted(held - wanted)) == ([], []), command


def test_every_entry_is_translated_and_looked_through() -> None:
    assert [say(e) for e in ENTRIES if e.is_fuzzy or e.is_obsolete or not all(e.words)] == []
    assert len({entry.key for entry in ENTRIES}) == len(ENTRIES)


def test_every_entry_is_in_chinese_but_names() -> None:
    unspoken = {word for entry in ENTRIES for word in entry.words if not HAN.search(word)}

    joints = {"、", "；", "%(state)s：", "%(scope)s%(promise)s", "%(whom)s%(often)s"}
    joints |= {"%(promise)s（%(manner)s）", "%(name)s：%(words)s"}
    assert unspoken == NAMES | joints


def test_placeholders_are_those_of_the_source() -> None:
    wrong = []
    for entry in ENTRIES:
        # Chinese has one form: it stands for any number, so it holds what the plural holds.
        wanted = Counter(PLACEHOLDER.findall(entry.plural or entry.msgid))
        wrong += [say(entry) for word in entry.words if Counter(PLACEHOLDER.findall(word)) != wanted]
    assert wrong == []


def test_chinese_is_written_with_its_own_marks_and_traditional_characters() -> None:
    words = [word for entry in ENTRIES for word in entry.words]

    assert [word for word in words if BAD_MARKS.search(word)] == []
    assert [word for word in words for char in HAN.findall(word) if not is_traditional(char)] == []


def is_traditional(char: str) -> bool:
    """Return whether Big5, the character set of Taiwan before Unicode, has the character."""
    try:
        char.encode("big5")
    except UnicodeEncodeError:
        return False
    return True


def test_the_catalogue_compiles(tmp_path: Path) -> None:
    command = ["msgfmt", "--check", f"--output-file={tmp_path / 'django.mo'}", str(CATALOGUE)]
    done = run(command)

    assert (done.returncode, done.stderr) == (0, "")


def test_words_of_other_packages_stand_here_only_as_long_as_they_are_needed(settings: Any) -> None:
    settings.LOCALE_PATHS = []
    strings = thirdparty_strings
    lacking = [*strings.IMPORT_EXPORT, *strings.SIMPLE_HISTORY, *strings.TASKS]

    with override("zh-hant"):
        assert [words for words in lacking if gettext(words) != words] == []
        assert [words for words in strings.REWORDED if gettext(words) == words] == []


@pytest.mark.parametrize(
    ("marked", "found"),
    [
        ('msgid "a"\nmsgstr "甲"', Entry("a", words=["甲"])),
        ('#, fuzzy\nmsgid ""\n"a"\n"b"\nmsgstr ""', Entry("ab", words=[""], is_fuzzy=True)),
        ('#~ msgid "a"\n#~ msgstr "甲"', Entry("a", words=["甲"], is_obsolete=True)),
        (
            'msgctxt "c"\nmsgid "a"\nmsgid_plural "b"\nmsgstr[0] "甲"',
            Entry("a", context="c", plural="b", words=["甲"]),
        ),
    ],
)
def test_the_reader_of_catalogues_misses_nothing(marked: str, found: Entry, tmp_path: Path) -> None:
    (tmp_path / "a.po").write_text(f'msgid ""\nmsgstr "Language: x"\n\n{marked}\n', encoding="utf-8")

    assert read_entries(tmp_path / "a.po") == [found]
