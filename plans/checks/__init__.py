"""The check list of a plan: what stops its signature, and what should be looked at. Pure functions.

`check` takes a numbered PlanDocument and what it does not say (a Context, put together by
`plans/queries/checks.py`). Each rule stands in RULES with its words; the modules beside this one find where
it is broken. A line left behind empty is what an import that was not finished leaves in a plan: text nobody
placed stays with the draft of the import, and comes into no plan.
"""

from __future__ import annotations

from plans.checks import points, structure, targets, units, wording
from plans.checks.findings import RULES, Context, Finding, Level, Rule, UnitDates
from plans.document import PlanDocument

__all__ = ["RULES", "Context", "Finding", "Level", "Rule", "UnitDates", "check"]

_PARTS = (
    structure.check_facts,
    structure.check_lines,
    structure.check_levels,
    units.check_units_exist,
    units.check_units_named,
    points.check_points,
    targets.check_groups,
    targets.check_numbers,
    wording.check_characters,
    wording.check_years,
    wording.check_repeats,
    wording.check_comments,
)


def check(document: PlanDocument, context: Context) -> list[Finding]:
    """Return what is wrong or doubtful, by its place in the document; what concerns the whole comes first."""
    places = {node.uid: place for place, node in enumerate(document.walk(), start=1)}
    order = {code: place for place, code in enumerate(RULES)}
    found = [finding for part in _PARTS for finding in part(document, context)]
    return sorted(found, key=lambda finding: (places.get(finding.uid, 0), order[finding.code]))
