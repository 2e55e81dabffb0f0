"""The 年度執行成果 as a document: the plan in force, and what came of each line. Pure.

The words are Chinese whatever the language of the site: they stand on paper.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from plans.document import PlanDocument, UnreadableDocument, canonical

SCHEMA = 1
TITLE = "執行成果"


@dataclass(frozen=True)
class YearEndSheet:
    """`results` holds the paragraphs of each line that is reported on, by its uid, in the plan's order."""

    plan: PlanDocument
    results: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def title(self) -> str:
        return f"{self.plan.facts.title}{TITLE}"

    @property
    def document(self) -> PlanDocument:
        """The plan under the title of its results, without its attachments."""
        facts = replace(self.plan.facts, title=self.title, subtitle="")
        return replace(self.plan, facts=facts, enclosures=())

    @property
    def by_uid(self) -> Mapping[str, tuple[str, ...]]:
        return dict(self.results)

    def to_json(self) -> str:
        return canonical(
            {
                "schema": SCHEMA,
                "plan": json.loads(self.plan.to_json()),
                "results": [[uid, list(words)] for uid, words in self.results],
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the sheet. Raises UnreadableDocument when the JSON is none."""
        try:
            data: Any = json.loads(text)
            if data["schema"] != SCHEMA:
                message = f"schema {data['schema']}"
                raise UnreadableDocument(message)
            plan = PlanDocument.from_json(json.dumps(data["plan"], ensure_ascii=False))
            return cls(plan, tuple((uid, tuple(words)) for uid, words in data["results"]))
        except (KeyError, TypeError, ValueError) as error:
            raise UnreadableDocument(str(error)) from error

    def digest(self) -> str:
        return hashlib.sha256(self.to_json().encode()).hexdigest()
