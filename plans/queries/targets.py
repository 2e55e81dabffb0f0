"""What lines promise and what their words say, for pages and services. A fixed number of queries."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from core.text import fold
from indicators.enums import Aggregation, Origin, Per
from indicators.extraction import aggregation_of
from indicators.models import Indicator, YearlyTarget
from plans.document import Node, PlanDocument
from plans.marking import Piece, pieces
from plans.models import Item, Plan, RefusedReading
from plans.queries.documents import targets_by_line
from plans.readings import (
    Found,
    Match,
    Pairing,
    Promise,
    ReadingState,
    counts_alike,
    from_document,
    match,
    readings_of,
    sentence_of,
    settle,
)
from plans.rights import Rights

YEARS_SHOWN = 3  # the plan's own and those before it
MOST_FOUND = 20  # indicators a search shows
LABEL_LENGTH = 60
OPEN, PROPOSAL = "open", "proposal"  # states of a search beside those of readings and targets

Years = Mapping[int, Promise]
Words = Mapping[str, tuple[str, str, str]]  # kind, title and text of lines by uid


@dataclass(frozen=True)
class Board:
    """Lines by uid with what was read and promised in them, and each indicator's targets by year."""

    matches: Mapping[str, Match]
    years: Mapping[int, Years] = field(default_factory=dict)

    def of(self, uid: object) -> Match:
        return self.matches.get(str(uid), Match())


@dataclass(frozen=True)
class YearTarget:
    year: int
    target: Promise | None


@dataclass(frozen=True)
class Known:
    """An indicator the district has already, with its targets of the last years."""

    indicator: Indicator
    years: tuple[YearTarget, ...]

    @property
    def last(self) -> YearTarget | None:
        return next((year for year in self.years if year.target), None)


@dataclass(frozen=True)
class OfferCard:
    """A reading nobody has taken up; `known` is an indicator of the same name it could be a target of."""

    found: Found
    manner: str
    known: Known | None = None


@dataclass(frozen=True)
class TargetCard:
    """A target the line is linked to, with those of the years before it."""

    pairing: Pairing
    manner: str
    years: tuple[YearTarget, ...]
    may_change: bool
    others: int = 0  # lines of this plan the indicator serves besides

    @property
    def promise(self) -> Promise:
        return self.pairing.promise


@dataclass(frozen=True)
class ItemTargets:
    """The sentence cut at its numbers, and everything a person can decide about them."""

    pieces: tuple[Piece, ...]
    offers: tuple[OfferCard, ...]
    mentions: tuple[OfferCard, ...]  # numbers that promise nothing by themselves: of actions, frequencies
    refused: tuple[Found, ...]
    cards: tuple[TargetCard, ...]

    @property
    def waiting(self) -> list[OfferCard | TargetCard]:
        """What a person should decide: readings not taken up, targets that left their sentence."""
        return [*self.offers, *(card for card in self.cards if card.pairing.is_open)]


@dataclass(frozen=True)
class TargetRow:
    """A target, or a number nobody has decided about yet, as a row of the plan's table."""

    uid: str
    place: str  # the numbers of what the line stands below
    number: str
    label: str
    pairing: Pairing | None
    found: Found | None
    years: tuple[YearTarget, ...]
    may_change: bool

    @property
    def name(self) -> str:
        if self.pairing:
            return self.pairing.promise.name
        return self.found.reading.name if self.found else ""

    @property
    def state(self) -> str:
        return self.pairing.standing if self.pairing else ReadingState.NEW

    @property
    def is_proposal(self) -> bool:
        return self.pairing is not None and self.pairing.promise.is_proposal

    @property
    def is_open(self) -> bool:
        return self.pairing is None or self.pairing.is_open or self.is_proposal

    def is_in(self, state: str) -> bool:
        return {OPEN: self.is_open, PROPOSAL: self.is_proposal}.get(state, self.state == state)


def offers(plan: Plan) -> dict[str, int]:
    """Return by uid how many readings and targets of a line wait for a person; lines without are left out.

    Three queries, for the lines and the targets of the plan's year: the editor asks after each step, and no
    document is made for that.
    """
    refused = refused_readings(plan)
    targets = targets_by_line(plan)
    matches: dict[str, Match] = {}
    lines = Item.objects.present().filter(plan=plan).order_by("position", "pk")
    for key, uid, *words in lines.values_list("pk", "uid", "kind", "title", "text"):
        readings = readings_of(*words)
        if key in targets or any(one.origin is Origin.TARGET for one in readings):
            # Indicators are not asked for; the same target in two lines is told by what it says.
            promises = [from_document(hash(target), target) for target in targets.get(key, ())]
            matches[str(uid)] = match(readings, promises, refused.get(str(uid), frozenset()))
    points = {uid: one.open_points for uid, one in settle(matches).items()}
    return {uid: count for uid, count in points.items() if count}


def refused_readings(plan: Plan) -> dict[str, frozenset[str]]:
    """Return the digests of the refused readings of each line that has any."""
    found: dict[str, set[str]] = defaultdict(set)
    rows = RefusedReading.objects.filter(item__plan=plan).values_list("item__uid", "reading")
    for uid, digest in rows:
        found[str(uid)].add(digest)
    return {uid: frozenset(digests) for uid, digests in found.items()}


def item_board(item: Item) -> Board:
    """Return the board of a line and of the lines it shares indicators with, in four queries."""
    shared = Item.indicators.through.objects.filter(indicator__in=item.indicators.values("pk"))
    lines = Item.objects.present().filter(Q(pk__in=shared.values("item")) | Q(pk=item.pk), plan=item.plan_id)
    words = {str(line.uid): (line.kind, line.title, line.text) for line in lines}
    return _board(item.plan, words, lines)


def plan_board(plan: Plan, document: PlanDocument) -> Board:
    """Return the board of all lines of the plan, in three queries."""
    words = {node.uid: (node.kind, node.title, node.text) for node in document.walk()}
    return _board(plan, words, Item.objects.present().filter(plan=plan))


def targets_of(item: Item, *, may_edit: bool, locked: Collection[int] = ()) -> ItemTargets:
    """Return what the panel of a line shows; indicators of `locked` serve lines of others."""
    board = item_board(item)
    own = board.of(item.uid)
    served = Counter(pair.promise.key for one in board.matches.values() for pair in one.pairings)
    fresh = [found for found in own.found if found.state is ReadingState.NEW]
    known = _known_for(item, fresh) if may_edit else {}
    cards = [_card(found, known) for found in fresh]
    return ItemTargets(
        pieces=tuple(pieces(sentence_of(item.title, item.text), own.found)),
        offers=tuple(card for card in cards if card.found.is_promised),
        mentions=tuple(card for card in cards if not card.found.is_promised),
        refused=tuple(found for found in own.found if found.state is ReadingState.REFUSED),
        cards=tuple(
            TargetCard(
                pairing=pair,
                manner=manner(pair.promise.aggregation, pair.promise.per),
                years=_in_order(board.years[pair.promise.key], years_of(item.plan)),
                may_change=may_edit and pair.promise.key not in locked,
                others=served[pair.promise.key] - 1,
            )
            for pair in own.pairings
        ),
    )


def plan_rows(plan: Plan, document: PlanDocument, rights: Rights) -> list[TargetRow]:
    """Return a row for each target of each line and each promised number still open, as the plan runs."""
    board = plan_board(plan, document)
    locked = _locked(board, rights)
    years = years_of(plan)
    rows = []
    for node, place in _placed(document):
        one = board.of(node.uid)
        writes = node.uid in rights.writes
        for pair in one.pairings:
            key = pair.promise.key
            rows.append(
                TargetRow(
                    uid=node.uid,
                    place=place,
                    number=node.number,
                    label=_label(node),
                    pairing=pair,
                    found=pair.found,
                    years=_in_order(board.years[key], years),
                    may_change=writes and key not in locked,
                )
            )
        rows += [
            TargetRow(node.uid, place, node.number, _label(node), None, found, (), writes)
            for found in one.found
            if found.is_open
        ]
    return rows


def keep_rows(
    rows: Iterable[TargetRow], *, words: str = "", state: str = "", own: bool = False
) -> list[TargetRow]:
    """Keep the rows of a search: folded words of line and name, a state, what the person may change."""
    wanted = [fold(word) for word in words.split()]

    def is_kept(row: TargetRow) -> bool:
        if (own and not row.may_change) or (state and not row.is_in(state)):
            return False
        text = fold(f"{row.place}{row.number} {row.label} {row.name}") if wanted else ""
        return all(word in text for word in wanted)

    return [row for row in rows if is_kept(row)]


def years_of(plan: Plan) -> tuple[int, ...]:
    """Return the years whose targets stand side by side: the plan's own first."""
    return tuple(range(plan.year, plan.year - YEARS_SHOWN, -1))


def find_indicators(item: Item, words: str) -> list[Known]:
    """Return indicators of the district whose folded name holds all words, those most like the line first.

    The first so many; those the line is linked to already and retired ones are left out.
    """
    wanted = [fold(word) for word in words.split()]
    pairs = _pairs_of(sentence_of(item.title, item.text))
    indicators = Indicator.objects.present().filter(district=item.plan.district_id).exclude(items=item)
    hits: list[tuple[int, int]] = []
    for pk, name, counted_in in indicators.values_list("pk", "name", "counted_in"):
        if all(word in fold(f"{name} {counted_in}") for word in wanted):
            hits.append((-len(pairs & _pairs_of(name)), -pk))
    ranks = {-pk: rank for rank, (_like, pk) in enumerate(sorted(hits)[:MOST_FOUND])}
    found = _known(Indicator.objects.filter(pk__in=ranks), years_of(item.plan))
    return sorted(found, key=lambda one: ranks[one.indicator.pk])


def _pairs_of(text: str) -> set[str]:
    """Return the pairs of neighbouring characters, by which two texts without word breaks are compared."""
    folded = fold(text)
    return {folded[at : at + 2] for at in range(len(folded) - 1)}


def manner(aggregation: str, per: str) -> str:
    """Return how results are put together and what one value is for, in words: 加總、全年."""
    body = str(Per(per).label) if per else _("whole year")
    return f"{Aggregation(aggregation).label} · {body}"


def promise_of(target: YearlyTarget, indicator: Indicator) -> Promise:
    return Promise(
        key=indicator.pk,
        name=indicator.name,
        comparator=indicator.comparator,
        value=target.value,
        value_max=target.value_max,
        counted_in=indicator.counted_in,
        quote=target.quote,
        aggregation=indicator.aggregation,
        per=indicator.per,
        frequency=indicator.frequency,
        baseline=indicator.baseline,
        direction=indicator.direction,
        is_proposal=target.is_proposal,
    )


def _board(plan: Plan, words: Words, lines: QuerySet[Item]) -> Board:
    links = Item.indicators.through.objects.filter(item__in=lines.values("pk"))
    rows = list(links.order_by("indicator_id").select_related("indicator").annotate(uid=F("item__uid")))
    indicators = {row.indicator_id: row.indicator for row in rows}
    targets = YearlyTarget.objects.filter(indicator__in=links.values("indicator"))
    years = _by_year(indicators, years_of(plan), targets)
    promises: dict[str, list[Promise]] = defaultdict(list)
    for row in rows:
        now = years[row.indicator_id].get(plan.year)
        uid = str(row.uid)  # type: ignore[attr-defined]  # annotated above
        promises[uid].append(now or _unset(row.indicator))
    refused = refused_readings(plan)
    matches = {
        uid: match(readings_of(*told), promises.get(uid, ()), refused.get(uid, frozenset()))
        for uid, told in words.items()
    }
    return Board(settle(matches), years)


def _unset(indicator: Indicator) -> Promise:
    return replace(promise_of(YearlyTarget(), indicator), is_set=False)


def _by_year(
    indicators: Mapping[int, Indicator], years: Sequence[int], targets: QuerySet[YearlyTarget]
) -> dict[int, dict[int, Promise]]:
    found: dict[int, dict[int, Promise]] = {key: {} for key in indicators}
    for target in targets.filter(year__in=years):
        found[target.indicator_id][target.year] = promise_of(target, indicators[target.indicator_id])
    return found


def _in_order(found: Years, years: Sequence[int]) -> tuple[YearTarget, ...]:
    return tuple(YearTarget(year, found.get(year)) for year in years)


def _known(indicators: QuerySet[Indicator], years: Sequence[int]) -> list[Known]:
    """Return the indicators with their targets, those of the newest years first."""
    rows = {indicator.pk: indicator for indicator in indicators}
    targets = _by_year(rows, years, YearlyTarget.objects.filter(indicator__in=indicators.values("pk")))
    found = [Known(indicator, _in_order(targets[key], years)) for key, indicator in rows.items()]
    return sorted(found, key=lambda one: (-(one.last.year if one.last else 0), one.indicator.pk))


def _known_for(item: Item, fresh: Sequence[Found]) -> dict[str, Known]:
    """Return by the reading's digest an indicator of the same name and measure that it could be a target of.

    One that has another value for this year already is none: there is one target a year.
    """
    if not fresh:
        return {}
    names = {found.reading.name for found in fresh}
    indicators = Indicator.objects.present().filter(district=item.plan.district_id, name__in=names)
    indicators = indicators.exclude(items=item)
    known = _known(indicators, years_of(item.plan))
    return {
        found.digest: fitting[0]
        for found in fresh
        if (fitting := [one for one in known if _fits(one, found, item.plan.year)])
    }


def _fits(known: Known, found: Found, year: int) -> bool:
    indicator, reading = known.indicator, found.reading
    if indicator.name != reading.name or not counts_alike(indicator.counted_in, reading.counted_in):
        return False
    if indicator.comparator != reading.comparator:
        return False
    now = known.years[0].target
    return now is None or (now.value, now.value_max) == (reading.value, reading.value_max)


def _locked(board: Board, rights: Rights) -> set[int]:
    """Return the indicators that serve a line the person may not write."""
    if rights.is_whole:
        return set()
    return {
        pair.promise.key
        for uid, one in board.matches.items()
        if uid not in rights.writes
        for pair in one.pairings
    }


def _card(found: Found, known: Mapping[str, Known]) -> OfferCard:
    reading = found.reading
    return OfferCard(found, manner(aggregation_of(reading), reading.per), known.get(found.digest))


def _placed(document: PlanDocument) -> Iterator[tuple[Node, str]]:
    """Yield each node with the numbers of those it stands below, in document order."""
    stack = [(chapter, "") for chapter in reversed(document.chapters)]
    while stack:
        node, place = stack.pop()
        yield node, place
        stack.extend((child, place + node.number) for child in reversed(node.children))


def _label(node: Node) -> str:
    words = sentence_of(node.title, node.text).replace("\n", " ")
    return words if len(words) <= LABEL_LENGTH else f"{words[: LABEL_LENGTH - 1]}…"
