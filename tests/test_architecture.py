"""Imports point down: between apps, and between the layers inside one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

APPS = [
    {"core"},
    {"accounts"},
    {"indicators"},
    {"plans"},
    {"progress"},
    {"evaluations"},
    {"documents"},
    {"review"},
    {"dashboard", "publishing"},
]
MODULES = [
    # pure: no rows, no request, no clock
    {
        *(
            "enums",
            "numbering",
            "blocks",
            "structure",
            "shape",
            "sheet_changes",
            "tables",
            "layout",
            "document",
            "compare",
            "checks",
            "workflow",
            "frameworks",
        ),
        *("attainment", "phrases", "extraction", "scoring", "corrections", "ingest", "markers"),
        *("successors", "sheet", "rights", "readings", "marking", "pasting"),
        *("words", "likeness", "mentions", "contrast", "explaining", "changes"),
        *("skeletons", "copy_lists", "deadlines_rules", "tracking", "periods", "standing"),
        *("yearend", "results"),
        *("promises", "packages", "responses"),
        *("figures", "crosschecks", "charts", "drawing", "meeting", "kinds", "followers"),
    },
    {"models"},
    {
        "permissions",
        "version_permissions",
        "step_permissions",
        "sight_permissions",
        "indicator_permissions",
        "deadline_permissions",
        "desk_permissions",
        "finding_permissions",
        "year_end_permissions",
        "queries",
    },
    {"services", "notices", "recording"},
    {
        "forms",
        "beginning_forms",
        "deadline_forms",
        "desk_forms",
        "finding_forms",
        "year_end_forms",
        "remark_forms",
        "history_forms",
        "sheet_forms",
        "chain_forms",
        "step_forms",
        "target_forms",
        "indicator_forms",
        "version_forms",
        "resources",
    },
    {"views", "import_views"},
    {"urls", "indicator_urls"},
]
APP_LEVEL = {app: level for level, apps in enumerate(APPS) for app in apps}
MODULE_LEVEL = {module: level for level, modules in enumerate(MODULES) for module in modules}
PURE_FORBIDDEN = ("django.db", "django.http", "django.shortcuts", "django.utils.timezone")
# Choices are enums made with Django's own; they touch no table.
MAY_IMPORT_CHOICES = {"enums"}


@cache
def imports_of(path: Path) -> list[str]:
    """Return every module a file imports, those inside functions too."""
    return list(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            # `from plans import services` imports the module plans.services.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def files() -> list[Path]:
    return [
        path
        for app in APP_LEVEL
        for path in sorted((ROOT / app).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def layer(module: str) -> int | None:
    """Return the layer of a dotted module inside its app, None where it is not listed."""
    parts = module.split(".")
    return MODULE_LEVEL.get(parts[1]) if len(parts) > 1 else None


def is_breach(app: str, own_layer: int | None, module: str) -> bool:
    """Say whether a file of that app and layer may not import the module."""
    other = module.split(".", maxsplit=1)[0]
    if other == "districtplans":
        return True
    if other not in APP_LEVEL:
        return False
    if other != app and APP_LEVEL[other] >= APP_LEVEL[app]:
        return True
    theirs = layer(module)
    return other != "core" and None not in (own_layer, theirs) and theirs > own_layer


def test_imports_point_down() -> None:
    breaches = []
    for path in files():
        app, *rest = path.relative_to(ROOT).with_suffix("").parts
        own = layer(".".join([app, *rest]))
        breaches += [
            f"{path.relative_to(ROOT)} imports {module}"
            for module in imports_of(path)
            if is_breach(app, own, module)
        ]

    assert not breaches, "\n".join(breaches)


def test_pure_modules_know_no_rows_no_request_and_no_clock() -> None:
    breaches = []
    for path in files():
        if MODULE_LEVEL.get(path.relative_to(ROOT).with_suffix("").parts[1]) != 0:
            continue
        found = {
            module
            for module in imports_of(path)
            for forbidden in PURE_FORBIDDEN
            if module == forbidden or module.startswith(f"{forbidden}.")
        }
        if path.stem in MAY_IMPORT_CHOICES:
            found -= {"django.db", "django.db.models"}
        breaches += [f"{path.relative_to(ROOT)} imports {module}" for module in sorted(found)]

    assert not breaches, "\n".join(breaches)


def test_the_rules_can_fail(tmp_path: Path) -> None:
    path = tmp_path / "breach.py"
    path.write_text("def late() -> None:\n    from plans import services\n")

    assert "plans.services" in set(imports_of(path))
    assert is_breach("accounts", None, "plans.services")
    assert is_breach("plans", layer("plans.models"), "plans.services")
    assert not is_breach("documents", layer("documents.views"), "plans.services")


def test_no_file_is_a_drawer_for_anything() -> None:
    drawers = {path.name for path in files()} & {"utils.py", "helpers.py", "base.py", "misc.py"}

    assert drawers == set()
