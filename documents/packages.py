"""What is filed to the city as one file (函報): its parts, their names, and the list of their digests.

Made of a filed version and of what was kept beside it at its filing, never of the rows.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Self

from core.numerals import to_chinese
from core.roc import roc_date, to_roc
from documents.responses import TITLE as RESPONSES
from plans.checks.record import TITLE as CHECKS
from plans.document import Enclosure, Facts, PlanDocument, canonical
from plans.promises import TITLE as TARGETS

PACKAGE = "函報資料"
DIGESTS = "檔案清單及摘要"
# What no name of a file may hold, on whatever computer the package is opened.
_NOT_IN_NAMES = str.maketrans(dict.fromkeys('\\/:*?"<>|\r\n\t', "＿"))


@dataclass(frozen=True)
class Package:
    """`document` is the canonical JSON of the version, `filed_on` a day in ISO form."""

    document: str
    version: int
    seal: str
    round: int
    filed_on: str
    letter: str = ""
    checks: str = ""  # plans/checks/record.py
    responses: str = ""  # documents/responses.py

    @cached_property
    def plan(self) -> PlanDocument:
        """Raises UnreadableDocument."""
        return PlanDocument.from_json(self.document)

    @property
    def sha256(self) -> str:
        """The version's own digest."""
        return hashlib.sha256(self.document.encode()).hexdigest()

    @property
    def stem(self) -> str:
        return stem_of(self.plan.facts)

    @property
    def name(self) -> str:
        """The name of the package itself: 高雄市三民區公所…計畫函報資料（第1次函報）.zip."""
        return f"{self.stem}{PACKAGE}（第{self.round}次函報）.zip"

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the files in it, in their order."""
        told = [f"{self.stem}.pdf", f"{self.stem}.json", f"{self.stem}{TARGETS}.ods"]
        told += [f"{self.stem}{CHECKS}.pdf"] if self.checks else []
        told += [f"{self.stem}{RESPONSES}.pdf"] if self.responses else []
        told += [enclosure_name(at, one) for at, one in enumerate(self.plan.enclosures, 1)]
        return (*told, f"{self.stem}{DIGESTS}.txt")

    @property
    def day(self) -> dt.date:
        return dt.date.fromisoformat(self.filed_on)

    @property
    def filed(self) -> str:
        """When and by what letter it was filed, as papers say it."""
        return f"{roc_date(self.day)}第{self.round}次函報{f'（{self.letter}）' if self.letter else ''}"

    def to_json(self) -> str:
        return canonical(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        return cls(**json.loads(text))


def stem_of(facts: Facts) -> str:
    """Return what the names of a plan's files begin with: 高雄市三民區公所115年度提升服務執行計畫."""
    return f"{facts.agency}{to_roc(facts.year)}年度{facts.series}".translate(_NOT_IN_NAMES)


def enclosure_name(number: int, enclosure: Enclosure) -> str:
    """Return 附件一　名稱.ods: the name it prints as, with the ending of the file that was brought."""
    ending = enclosure.file_name.rpartition(".")[2].lower() if "." in enclosure.file_name else ""
    title = enclosure.title.removesuffix(f".{ending}")
    name = f"附件{to_chinese(number)}　{title}".translate(_NOT_IN_NAMES)
    return f"{name}.{ending}" if ending else name


def digest_list(package: Package, parts: Mapping[str, bytes]) -> str:
    """Return the list of the parts with their digests, in the form `sha256sum -c` reads."""
    told = [
        f"{package.plan.facts.title}　{PACKAGE}",
        f"函報：{package.filed}",
        f"版本：第{package.version}版",
        f"版本內容摘要（SHA-256，即 JSON 檔之摘要）：{package.sha256}",
        f"版本封緘：{package.seal}",
        "核對方式：於本目錄執行 sha256sum -c 本檔檔名，各檔均應顯示「成功」或「OK」。",
    ]
    sums = [f"{hashlib.sha256(data).hexdigest()}  {name}" for name, data in parts.items()]
    return "\n".join([*(f"# {line}" for line in told), *sums, ""])
