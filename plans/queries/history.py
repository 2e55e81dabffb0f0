"""Who changed what in a plan and when: pages of changes, read from the rows of history.

The database finds and orders the rows; only those of one page are looked at. A fixed number of queries
whatever the rows.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.db.models.functions import Substr
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import User
from core.roc import roc_date
from plans.changes import ABOUT, ACTS, WORDS, Group, Part, What, marked, parts_of
from plans.document import Facts, Node, PlanDocument
from plans.enums import Duty, Kind, Layout, PlanStatus, Scheme, Style, state_label
from plans.models import Attachment, Item, Plan
from plans.queries.states import LINES_SHOWN, Steps, read_steps
from plans.queries.traces import ROWS, Wanted, find_page
from plans.words import Words, compare_words

LABEL_LENGTH = 40


def day_of(moment: dt.datetime) -> str:
    """Return 114年3月5日, as the day is in Taipei."""
    return roc_date(timezone.localtime(moment).date())


def time_of(moment: dt.datetime) -> str:
    return f"{timezone.localtime(moment):%H:%M}"


@dataclass(frozen=True)
class ShownPart:
    """`words` where both texts are shown in one, else `before` and `after`. `earlier` names the row of
    history that a text can be restored from."""

    what: str
    label: str
    before: str = ""
    after: str = ""
    words: Words = ()
    earlier: int | None = None

    @property
    def is_act(self) -> bool:
        return self.what in ACTS

    @property
    def is_bare(self) -> bool:
        """Say whether there is no more to tell than that it was done."""
        return self.is_act and not self.before and not self.after


@dataclass(frozen=True)
class Line:
    """A line of the plan as a list names it; `uid` is "" for the plan itself and its attachments."""

    uid: str
    number: str
    text: str
    is_present: bool = True


@dataclass(frozen=True)
class LineChange:
    line: Line
    parts: tuple[ShownPart, ...]

    @property
    def acts(self) -> tuple[ShownPart, ...]:
        return tuple(part for part in self.parts if part.is_bare)


@dataclass(frozen=True)
class Change:
    """What one person did at one time. `count` lines were changed, of which `lines` are the first."""

    at: dt.datetime
    began_at: dt.datetime
    who: str
    person: int | None
    lines: tuple[LineChange, ...]
    count: int = 1
    summary: tuple[str, ...] = ()

    @property
    def day(self) -> str:
        return day_of(self.at)

    @property
    def time(self) -> str:
        """Return when it was, from and to where it took more than a minute."""
        began, ended = time_of(self.began_at), time_of(self.at)
        if day_of(self.began_at) != self.day:
            return f"{day_of(self.began_at)} {began} – {ended}"
        return ended if began == ended else f"{began} – {ended}"

    @property
    def stroke(self) -> str:
        """Return the query by which the lines of a change to many are told one by one."""
        return urlencode(
            {"from": self.began_at.isoformat(), "to": self.at.isoformat(), "person": self.person or ""}
        )

    @property
    def more(self) -> int:
        return self.count - len(self.lines)


@dataclass(frozen=True)
class ChangePage:
    changes: tuple[Change, ...]
    older: dt.datetime | None
    cuts: bool
    line: Line | None = None  # the one that was asked for


def change_page(plan: Plan, wanted: Wanted) -> ChangePage:
    """Return a page of the plan's changes, the latest first."""
    page = find_page(plan, wanted)
    people = {one.person for one in page.groups if one.person}
    lines = _Lines(plan)
    teller = _Teller(
        wanted=wanted,
        steps=read_steps(plan, page.groups),
        lines=lines,
        people={user.pk: str(user) for user in User.objects.filter(pk__in=people)},
    )
    changes = (teller.change(one) for one in page.groups)
    line = lines.of(("line", wanted.item)) if wanted.item else None
    return ChangePage(tuple(change for change in changes if change), page.older, page.cuts, line)


def people_of_history(plan: Plan) -> list[tuple[int, str]]:
    """Return who is in the plan's history, by name."""
    found = Q()
    for rows in ROWS.values():
        found |= Q(pk__in=rows(plan).values("history_user"))
    return [(user.pk, str(user)) for user in User.objects.filter(found).order_by("full_name", "username")]


@dataclass(frozen=True)
class EarlierText:
    """A title or a text of a line, as it is and as it was, and both in one."""

    name: str
    label: str
    present: str
    earlier: str
    words: Words


@dataclass(frozen=True)
class Earlier:
    """What a line said once, where that is not what it says now."""

    at: dt.datetime
    texts: tuple[EarlierText, ...]


def earlier_words(item: Item, key: int) -> Earlier | None:
    """Return the words of a line as a row of its history holds them, None where there is no such row."""
    row = item.history.filter(history_id=key).first()
    if row is None:
        return None
    texts = tuple(
        EarlierText(name, _label(name, "line"), present, earlier, compare_words(present, earlier))
        for name in ("title", "text")
        if (present := getattr(item, name)) != (earlier := getattr(row, name))
    )
    return Earlier(row.history_date, texts)


class _Lines:
    """The lines of the plan with their numbers, in one query, whatever is asked of them."""

    def __init__(self, plan: Plan) -> None:
        self.decision = plan.district.city.decision  # what the city calls its yes
        rows = list(
            plan.items.order_by("position", "pk").values_list(
                *("pk", "uid", "parent_id", "kind", "numbered", "child_style"),
                Substr("title", 1, LABEL_LENGTH),
                Substr("text", 1, LABEL_LENGTH),
                "removed_at",
            )
        )
        children: dict[int | None, list[tuple[Any, ...]]] = defaultdict(list)
        for row in rows:
            if row[8] is None:
                children[row[2]].append(row)

        def build(row: tuple[Any, ...]) -> Node:
            below = tuple(build(child) for child in children[row[0]])
            return Node(str(row[1]), row[3], numbered=row[4], child_style=row[5], children=below)

        facts = Facts("", "", "", "", "", plan.year, scheme=plan.scheme)
        document = PlanDocument(facts, tuple(build(row) for row in children[None])).numbered()
        numbers = {node.uid: node.number for node in document.walk()}
        self._lines = {
            row[0]: Line(str(row[1]), numbers.get(str(row[1]), ""), row[6] or row[7], row[8] is None)
            for row in rows
        }
        self._plan = Line("", "", _("Facts of the plan"))

    def of(self, subject: tuple[str, int]) -> Line:
        kind, key = subject
        if kind == "plan":
            return self._plan
        if kind == "attachment":
            return Line("", "", _("Attachment"))
        return self._lines.get(key) or Line("", "", _("a line that is no longer there"), is_present=False)

    def place(self, parent: int | None) -> str:
        """Return how the place below a line is named, None being the outermost level."""
        if parent is None:
            return _("among the chapters")
        line = self.of(("line", parent))
        return f"{line.number}{line.text}"


@dataclass(frozen=True)
class _Teller:
    """What is needed to tell the changes of one page."""

    wanted: Wanted
    steps: Steps
    lines: _Lines
    people: Mapping[int, str]

    def change(self, one: Group) -> Change | None:
        """Return what the group did, None where nothing of it is looked for."""
        subjects = one.subjects
        wished = ABOUT.get(self.wanted.about)
        shown, whats = [], []
        for subject in subjects[:LINES_SHOWN]:
            parts = parts_of(self.steps.of(trace for trace in one.traces if trace.subject == subject))
            kept = [part for part in parts if wished is None or part.what in wished]
            if kept:
                line = self.lines.of(subject)
                told = tuple(_shown(part, subject[0], line, self.lines) for part in kept)
                shown.append(LineChange(line, told))
                whats.append({part.what for part in kept})
        if not shown:
            return None
        return Change(
            at=one.ended_at,
            began_at=one.began_at,
            who=self.people.get(one.person or 0, ""),
            person=one.person,
            lines=tuple(shown),
            count=len(subjects),
            summary=_summary(one, whats) if len(subjects) > 1 else (),
        )


def _summary(one: Group, whats: Sequence[set[str]]) -> tuple[str, ...]:
    """Say what was done to many lines at once, each kind with its number."""
    added = {trace.subject for trace in one.traces if trace.is_new and trace.source == "item"}
    removed = {trace.subject for trace in one.traces if trace.is_removed} - added
    changed = {trace.subject for trace in one.traces if trace.subject[0] == "line"} - added - removed
    is_back = all(What.BROUGHT_BACK in what for what in whats)
    told = [
        (len(added), _("%(count)d lines added")),
        (len(removed), _("%(count)d lines deleted")),
        (len(changed), _("%(count)d lines brought back") if is_back else _("%(count)d lines changed")),
    ]
    return tuple(words % {"count": count} for count, words in told if count)


_SAID = {
    What.CREATED: lambda: _("Added"),
    What.REMOVED: lambda: pgettext("done to a line", "Deleted"),
    What.REPLACED: lambda: _("Replaced by an import"),
    What.BROUGHT_BACK: lambda: _("Brought back"),
    What.MOVED: lambda: _("Moved"),
}
_CHOICES: dict[str, Any] = {
    "kind": Kind,
    "child_style": Style,
    "layout": Layout,
    "scheme": Scheme,
}
_MODELS: dict[str, Any] = {"line": Item, "plan": Plan, "attachment": Attachment}


def _shown(part: Part, kind: str, line: Line, lines: _Lines) -> ShownPart:
    if part.what in ACTS:
        label = _SAID[What(part.what)]()
        if part.what == What.MOVED and part.before == part.after:
            return ShownPart(part.what, _("Moved within"), after=lines.place(part.after))
        if part.what == What.MOVED:
            return ShownPart(part.what, label, lines.place(part.before), lines.place(part.after))
        after = ""
        if part.what == What.CREATED:
            words = "\n".join(filter(None, (part.after.get("title"), part.after.get("text"))))
            after = "" if words == line.text else words  # said once is enough
        return ShownPart(part.what, label, after=after)
    label = _label(part.what, kind)
    before, after = (_said(part.what, value, lines.decision) for value in (part.before, part.after))
    if part.what not in WORDS:
        return ShownPart(part.what, label, before, after)
    can_be_restored = kind == "line" and part.what in {"title", "text"}
    earlier = part.before_key if can_be_restored else None
    return ShownPart(part.what, label, before, after, marked(before, after), earlier)


def _label(what: str, kind: str) -> str:
    if what == "units":
        return _("Responsible units")
    if what == "roster":
        return _("Rows of the roster")
    return str(capfirst(_MODELS[kind]._meta.get_field(what).verbose_name))  # noqa: SLF001 -- Django's documented API for fields


def _said(what: str, value: Any, decision: str) -> str:
    if value is None or value == "":
        return ""
    if what == "status" and value in PlanStatus:
        return str(state_label(value, decision))
    if what == "units":
        return "、".join(
            name if duty == Duty.LEAD else f"{name}（{Duty(duty).label}）" for name, duty in value
        )
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    choices = _CHOICES.get(what)
    return str(choices(value).label) if choices and value in choices.values else str(value)
