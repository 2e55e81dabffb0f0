"""Where a line stands, in words short enough for a list."""

from __future__ import annotations

from plans.document import Node, PlanDocument

NAME = 12  # characters of a heading that stands for its number


def places_of(document: PlanDocument) -> dict[str, str]:
    """Return the numbers down to each line by its uid: 肆、一、(二)1.

    Where nothing above a line has a number, as in a target table, the nearest heading stands for it:
    服務流程便捷性 2. A heading without a number has the place of what it stands under.
    """
    places: dict[str, str] = {}

    def walk(nodes: tuple[Node, ...], above: str, *, is_counted: bool) -> None:
        for node in nodes:
            if node.number:
                place = f"{above}{node.number}" if is_counted or not above else f"{above} {node.number}"
                places[node.uid] = place
                walk(node.children, place, is_counted=True)
            elif is_counted:
                places[node.uid] = above
                walk(node.children, above, is_counted=True)
            else:
                places[node.uid] = ""
                walk(node.children, excerpt(node.title or node.text, NAME) or above, is_counted=False)

    walk(document.chapters, "", is_counted=False)
    return places


def excerpt(words: str, length: int) -> str:
    words = " ".join(words.split())
    return words if len(words) <= length else f"{words[:length]}…"
