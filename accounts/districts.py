"""Which district a name means. Several cities have a 中山區 or a 東區."""

from __future__ import annotations

from accounts.models import District
from core.text import fold


class AmbiguousDistrict(ValueError):  # noqa: N818 -- named for what it says
    """The name fits no district, or several; the message lists the candidates."""


def find_district(name: str, *, agency: str = "") -> District:
    """Return the district of a name (大安區), of city and name (臺北市大安區), or of a code.

    A name several cities share is settled by `agency` (臺北市大安區公所) where that is one of them;
    臺 and 台 are the same. Raises AmbiguousDistrict.
    """
    wanted = fold(name)
    districts = list(District.objects.select_related("city"))
    found = [
        district
        for district in districts
        if wanted
        in (fold(district.name), fold(district.city.name + district.name), fold(district.agency_name))
        or name.strip() == district.code
    ]
    if len(found) > 1 and agency:
        named = [district for district in found if fold(district.agency_name) in fold(agency)]
        found = named or found
    if len(found) == 1:
        return found[0]
    if not found:
        message = f"no district is called {name}"
    else:
        message = f"{name} is the name of several districts, give one of: " + ", ".join(
            f"{district.city.name}{district.name} ({district.code})" for district in found
        )
    raise AmbiguousDistrict(message)
