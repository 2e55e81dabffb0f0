"""Does a test fail whenever one check of permission is taken away?

Run:  nice python -m bench.mutate_permissions [--processes 2] [--only plans/views] [--budget 120] [--keep DIR]

Copies the tree, and in the copy writes a switch into every check: each condition, filter and refusal in the
modules of permissions and the querysets behind them, each call of a permission function, each refusal and
each `login_required` in views and elsewhere, each permission of the admin, each role and condition in the
table of the workflow. Then the tests run once to see which of them meets which switch, and for each switch
those tests run with that one check off (or answering the other way) until one fails. A switch for which none
fails is a survivor: a check no test would miss. No checkout is touched.

`--budget` is how many seconds of tests a mutant gets at most; `--keep` a directory to lay things out in,
where a second run goes on with the survey of the first. EQUIVALENT lists what makes no difference, and why.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.mutation.rewriting import Known, Mutant, Rewriter, known_in

HERE = Path(__file__).parent.parent
APPS = (
    "core",
    "accounts",
    "indicators",
    "plans",
    "progress",
    "evaluations",
    "documents",
    "review",
    "dashboard",
    "publishing",
    "districtplans",
)
# Where every condition counts though the module's name does not say so: None for all of a module.
WHOLE: dict[str, frozenset[str] | None] = {
    "plans/rights.py": None,
    "plans/models/plans.py": frozenset({"seen_by"}),
    "accounts/models.py": frozenset({"holding", "posts"}),
    "accounts/posts.py": None,
    "review/queries/desk.py": frozenset({"with_own_steps"}),
    "accounts/adapter.py": None,
}
ADMIN = frozenset(
    {
        *(
            f"has_{what}_permission"
            for what in ("add", "change", "delete", "view", "export", "import", "module")
        ),
        "get_readonly_fields",
        "has_import_permission",
    }
)
# Tests of the tree itself would fail over the switches, and those in a browser take too long.
LEFT_OUT = ("tests/test_architecture.py", "tests/test_translations.py", "tests/browser")
RULES = (  # before all others
    "tests/test_who_may.py",
    "tests/progress/test_who_may.py",
    "tests/plans/test_indicator_permissions.py",
    "tests/plans/test_unit_rights.py",
    "tests/plans/test_who_is_offered_what.py",
    "tests/plans/test_who_writes_which_line.py",
    "tests/review/test_who_signs.py",
    "tests/test_switched_off.py",
)
# After some quick tests: everybody by turns, then each by themselves, then steps.
# Those who are refused tell a check that lets in too many, those who are not one that lets in too few.
REFUSED = tuple(
    f"tests/test_permission_table.py::test_each_person_gets_what_the_table_says[{who}]"
    for who in ("no_appointment", "other_secretariat", "unit_staff", "evaluator")
)
FIRST = (
    "tests/test_permission_table.py::test_steps_are_never",
    *REFUSED,
    "tests/test_permission_table.py::test_each_answer",
    "tests/test_offered.py",
    "tests/review/test_steps_table.py",
    "tests/test_permission_table.py",
)
NARROWING = "taken for false"  # in the words of a mutant that lets in too few
WARM = ("tests/test_permission_table.py::test_each_answer", "tests/plans/test_views.py")
TABLE_WORDS = ("workflow", "review", "steps", "desk")  # in the names of tests of the workflow's table
IDLE_WORDS = {"py", "get", "to", "can", "is", "views", "permissions", "plans", "plan"}
QUICK_FIRST = 2.0  # seconds of the quickest tests before the tables of permissions
BY_PLACE = "the database lets a role be held at its own kind of place alone"
IN_ADMIN = "plans/admin/content.py ContentSheetAdmin.has_import_permission"
OVERSEER = "review/desk_permissions.py Overseer"
VERSIONS = "plans/views/comparing.py"
INDICATORS = "plans/views/indicators.py"
BEGINNINGS = "plans/views/beginnings.py"
MATCHING = "plans/sight_permissions.py matching"
IN_ITS_WORDS = "a plan that is read has its agency and series among the words it is found by"
OF_ONES_OWN = "all plans of a district one writes for are seen"
ASKED_AGAIN = "who is not of the district is refused behind it, and who is sees the plan"
OF_OTHERS = "plans/permissions.py indicators_of_others"
OF_UNITS = "plans/indicator_permissions.py own_indicators"
BY_PERSON = "a notice is its recipient's, whatever they hold"
REFUSED_BEFORE = "who may not is refused before"
SPARES_QUERY = "it spares a query"
FILING_ASK = "review/views/deadlines.py extension_ask"
EQUIVALENT: dict[str, str] = {
    "accounts/models.py User.posts: self.known_posts is not None and self.known_posts.day == on "
    "taken for false": SPARES_QUERY,
    "dashboard/permissions.py get_own_places: row.city is not None taken for true": BY_PLACE,
    "documents/permissions.py _content_now: choice.old taken for true": "what was compared has two sides",
    "documents/views.py version_pdf: get_plan_to_view(request.user, pk, on=today) for everybody": ASKED_AGAIN,
    "documents/views.py comparison_pdf: get_plan_to_view(request.user, pk, on=today) for everybody": (
        ASKED_AGAIN
    ),
    f"{INDICATORS} indicator_detail: sight.is_secretariat taken for true": "the page asks too",
    "plans/views/targets.py _accept: known taken for true": "no indicator is no others'",
    "progress/finding_permissions.py get_finding_for_step: "
    "get_findings_to_view(user, finding.plan_id, on=on) for everybody": REFUSED_BEFORE,
    "review/deadline_permissions.py get_holdings: row.city_id taken for true": BY_PLACE,
    "review/deadline_permissions.py get_holdings: row.district_id taken for true": BY_PLACE,
    "review/desk_permissions.py get_drafts_to_read: filter without plan=plan": "a version is of one plan",
    "review/desk_permissions.py get_drafts_to_read: version is None taken for false": "none is of no version",
    "review/permissions.py can_fetch_package: filter without plan=file.plan_id": "the digest tells the plan",
    "review/permissions.py get_package_to_view: get_plan_to_view(user, pk, on=on) for everybody": ASKED_AGAIN,
    "review/permissions.py get_package_to_view: get_version_to_view(user, plan, number, on=on) "
    "for everybody": "what was not filed has no package",
    "review/permissions.py get_secretariat_standing: standings(user, plan, on=on) for everybody": (
        REFUSED_BEFORE
    ),
    "review/queries/standing.py standing_of: strip is not None taken for false": REFUSED_BEFORE,
    f"{FILING_ASK}: get_extensions_to_view(request.user, on=timezone.localdate(now)) for everybody": (
        "of the plan they ask for alone"
    ),
    "review/views/signing.py place_record: get_secretariat_standing(request.user, strip.plan, on=today) "
    "for everybody": REFUSED_BEFORE,
    "review/views/signing.py place_sign: get_strip_to_view(request.user, pk, on=today) for everybody": (
        REFUSED_BEFORE
    ),
    "accounts/permissions.py get_notice_to_open: get_notices_to_read(user) for everybody": BY_PERSON,
    "accounts/views.py notice_list: get_notices_to_read(request.user) for everybody": BY_PERSON,
    "accounts/views.py notice_open: get_notice_to_open(request.user, pk) for everybody": BY_PERSON,
    "accounts/posts.py Posts.at_cities: one.city is not None taken for true": BY_PLACE,
    "accounts/posts.py Posts.at_districts: one.district is not None taken for true": BY_PLACE,
    "accounts/posts.py Posts.at_units: one.unit is not None taken for true": BY_PLACE,
    "accounts/posts.py Posts.units_in: one.unit is not None taken for true": BY_PLACE,
    f"{OF_UNITS}: filter without item__plan__district=sight.district": "it spares reading",
    "plans/permissions.py get_rights: names taken for true": "of no units nothing follows",
    "plans/permissions.py can_write_in: bool(units) taken for true": "it spares a query",
    "plans/permissions.py can_bring_back_item: item.parent taken for true": "what one arranges has a parent",
    "plans/permissions.py answering_units_of: row[at] is not None taken for true": "it spares looking",
    "plans/permissions.py answering_units_of: filter without pk__in=items": "it spares reading",
    "plans/permissions.py answering_units_of: filter without item__in=keys": "it spares reading",
    "plans/permissions.py _below: key not in found taken for true": "no line stands below itself",
    "plans/permissions.py indicators_of_others: exclude without item=item": "the line itself is one's own",
    f"{OF_OTHERS}: filter without item__plan__district=item.plan.district_id": "it spares reading",
    "plans/permissions.py membership_of: one.unit taken for true": BY_PLACE,
    "plans/permissions.py get_plan_inside: get_plan_to_view(user, pk, on=on) for everybody": ASKED_AGAIN,
    "plans/permissions.py can_edit_item: bool(units) taken for true": "it spares a query",
    f"{MATCHING}: without Q(is_in_force_alone=True) in Q(is_in_force_alone=True) & agency": IN_ITS_WORDS,
    f"{BEGINNINGS} plan_new: get_plans_to_view(request.user, on=today) for everybody": OF_ONES_OWN,
    f"{BEGINNINGS} plan_copy: get_plans_to_view(request.user, on=today) for everybody": OF_ONES_OWN,
    "progress/permissions.py get_period_inside: filter without plan__district__in=user.posts(on).inside": (
        ASKED_AGAIN
    ),
    "plans/models/plans.py seen_by: cities taken for true": "it spares a join",
    "plans/sight_permissions.py _of_cities_of: cities taken for true": "it spares a join",
    f"{MATCHING}: Q without is_in_force_alone=True": IN_ITS_WORDS,
    "plans/sight_permissions.py get_plan_in_force: no raise Http404": "there is none without a version",
    "plans/resources/lines.py PlacedItemResource.prepare: get_districts_to_write(self.actor, on=self.on) "
    "for everybody": "it spares a lock; each line is asked for",
    f"{INDICATORS} indicator_new: get_sights(request.user, on=today) for everybody": ASKED_AGAIN,
    f"{INDICATORS} indicator_new: sight.is_secretariat taken for true": ASKED_AGAIN,
    f"{INDICATORS} _rows: get_plans_in_force(request.user, on=on) for everybody": "of a district one sees",
    f"{VERSIONS} version_detail: get_plan_to_view(request.user, pk, on=today) for everybody": ASKED_AGAIN,
    "plans/views/commenting.py comment_edit: get_comment_to_change(request.user, pk, key, "
    "on=timezone.localdate(now)) for everybody": "a comment is its author's, whatever they hold",
    f"{OVERSEER}.cities: row.role in CITY_ROLES taken for true": BY_PLACE,
    f"{OVERSEER}.cities: row.city taken for true": BY_PLACE,
    f"{OVERSEER}.may_judge_in: row.city_id is not None taken for true": BY_PLACE,
    "review/permissions.py has_taken: token is not None taken for true": "it spares a query",
    f"{IN_ADMIN}: isinstance(person, User) taken for true": "the admin lets in nobody else",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", default="", help="mutants whose line in the report holds this alone")
    parser.add_argument("--without", default="", help="and not this")
    parser.add_argument("--budget", type=float, default=120)
    parser.add_argument("--keep", type=Path, default=None)
    options = parser.parse_args()
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
        sys.exit(run(options, options.keep.resolve()))
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        sys.exit(run(options, Path(folder)))


def run(options: argparse.Namespace, folder: Path) -> int:
    began, tree = time.monotonic(), folder / "tree"
    copy_tree(tree)
    mutants, runtime = rewrite(tree)
    tests = surveyed(options, folder, mutants)
    wanted = [one for one in mutants if options.only in str(one)]
    wanted = [one for one in wanted if not options.without or options.without not in str(one)]
    found = hunted(options, folder, wanted, runtime, tests)
    return report(wanted, found, tests, seconds=time.monotonic() - began)


def copy_tree(tree: Path) -> None:
    """Copy what git knows of or would take in, and the compiled translations, to a place of its own."""
    if tree.exists():
        shutil.rmtree(tree)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=HERE,
        capture_output=True,
        check=True,
        text=True,
    )
    compiled = [str(path.relative_to(HERE)) for path in HERE.glob("locale/*/LC_MESSAGES/*.mo")]
    for name in [*filter(None, listed.stdout.split("\0")), *compiled]:
        source, copy = HERE / name, tree / name
        if source.is_file() and not source.is_symlink():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, copy)


def rewrite(tree: Path) -> tuple[list[Mutant], dict[str, list[Any]]]:
    """Write the switches; return them, and what of the workflow's table each of the last ones changes."""
    paths = [
        path
        for app in APPS
        for path in sorted((tree / app).rglob("*.py"))
        if not {"migrations", "management", "demo"} & set(path.relative_to(tree).parts)
    ]
    is_whole = {path for path in paths if path.name.endswith("permissions.py")}
    known: Known = known_in(path.read_text() for path in is_whole)
    mutants: list[Mutant] = []
    for path in paths:
        name = path.relative_to(tree).as_posix()
        whole = None if path in is_whole else WHOLE.get(name, ADMIN if "admin" in name else frozenset())
        rewriter = Rewriter(name, known, first=len(mutants), whole=whole)
        text = rewriter.rewrite(path.read_text())
        path.write_text(text)
        mutants += rewriter.mutants
    rows, runtime = table_mutants(len(mutants))
    return counted(mutants + rows), runtime


def counted(mutants: list[Mutant]) -> list[Mutant]:
    """Tell those apart that are called alike."""
    turns: Counter[str] = Counter()
    found = []
    for one in mutants:
        turns[one.place] += 1
        found.append(replace(one, turn=turns[one.place]))
    return found


def table_mutants(first: int) -> tuple[list[Mutant], dict[str, list[Any]]]:
    from plans.workflow import STEPS

    changes: list[tuple[str, str, Any]] = []
    for step in STEPS:
        changes.append((step.name, "roles", None))
        changes += [(step.name, "conditions", str(condition)) for condition in step.conditions]
        changes += [
            (step.name, name, False) for name in ("needs_comment", "needs_document") if getattr(step, name)
        ]
    mutants = [
        Mutant(first + at, "plans/workflow.py", 0, step, f"{name} {value or 'of everybody'}")
        for at, (step, name, value) in enumerate(changes)
    ]
    return mutants, {str(first + at): [change] for at, change in enumerate(changes)}


def pytest_in(folder: Path, name: str, job: dict[str, Any]) -> tuple[subprocess.Popen[bytes], Path]:
    answer = folder / f"{name}.jsonl"
    answer.unlink(missing_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(job | {"answer": str(answer)}))
    command = [sys.executable, "-m", "pytest", "-p", "bench.mutation.running", "-p", "no:playwright"]
    command += ["-p", "no:randomly", "-p", "no:xdist", "-m", "not browser"]
    command += [word for one in LEFT_OUT for word in ("--ignore", one)]
    environment = os.environ | {"MUTATION_JOB": str(folder / f"{name}.json"), "DEBUG": "true"}
    environment.pop("DATABASE_URL", None)
    environment["FONT_DIR"] = os.environ.get("FONT_DIR", str(HERE / "var/fonts"))  # not part of the tree
    log = (folder / f"{name}.log").open("w")
    return subprocess.Popen(command, cwd=folder / "tree", env=environment, stdout=log, stderr=log), answer


def lines_of(started: list[tuple[subprocess.Popen[bytes], Path]]) -> list[dict[str, Any]]:
    for process, answer in started:
        if process.wait() not in {0, 1}:  # one is for tests that failed
            print(answer.with_suffix(".log").read_text()[-3000:])
            raise SystemExit("the tests could not run")
    return [json.loads(line) for _process, answer in started for line in answer.read_text().splitlines()]


def surveyed(options: argparse.Namespace, folder: Path, mutants: list[Mutant]) -> list[dict[str, Any]]:
    """Return what each test took and which switches it met, by their words.

    What an earlier run found is kept for the tests whose files are the same. Whether they would meet a switch
    that is new since then is not known: one of its module stands for it.
    """
    kept, keys = folder / "survey.json", {one.key for one in mutants}
    old = json.loads(kept.read_text()) if kept.exists() else {"mutants": [], "tests": []}
    known = [one for one in old["tests"] if one["of"] == digest_of(one, folder)]
    new = defaultdict(set)
    for one in mutants:
        if one.key not in old["mutants"]:
            new[one.path].add(one.key)
    for one in known:
        met = {key.partition(" ")[0] for key in one["touched"]}
        one["touched"] += sorted(set().union(*(new[path] for path in met)))
    parts = range(options.processes)
    job = {"what": "survey", "of": options.processes, "runtime": {}, "known": [one["test"] for one in known]}
    found = lines_of([pytest_in(folder, f"survey-{part}", job | {"part": part}) for part in parts])
    for one in found:
        one["touched"] = [mutants[number].key for number in one["touched"]]
        one["of"] = digest_of(one, folder)
    tests = known + found
    kept.write_text(json.dumps({"mutants": sorted(keys), "tests": tests}, ensure_ascii=False))
    failing = [one["test"] for one in tests if not one["passed"]]
    print(f"{len(tests)} tests, {len(found)} looked at now")
    print(f"left out because they fail as it is: {', '.join(failing) or 'none'}", flush=True)
    return tests


def digest_of(test: dict[str, Any], folder: Path) -> str:
    path = folder / "tree" / test["test"].partition("::")[0]
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def tests_for(mutant: Mutant, tests: list[dict[str, Any]], budget: float, *, is_table: bool) -> list[str]:
    """Return the tests that meet the switch: some quick ones, the tables, then all others by time.

    Of tests as quick as each other those go first whose names share words with the place of the mutant.
    """
    met = [one for one in tests if one["passed"] and (is_table or mutant.key in one["touched"])]
    if is_table:  # read everywhere; what it says is the business of few
        met = [one for one in met if any(word in one["test"] for word in TABLE_WORDS)]
    words = set(re.findall(r"[a-z]+", f"{mutant.path} {mutant.function}")) - IDLE_WORDS
    met.sort(key=lambda one: one["seconds"] / (1 + 4 * sum(word in one["test"] for word in words)))
    spent, quick, rest = 0.0, [], []
    for one in met:
        spent += one["seconds"]
        (quick if spent <= QUICK_FIRST else rest).append(one)
    chosen_first = [one for one in met if one["test"].startswith(RULES)]
    order = [name for name in FIRST if name not in REFUSED] if NARROWING in mutant.what else FIRST
    rest.sort(key=lambda one: next((at for at, name in enumerate(order) if one["test"].startswith(name)), 9))
    quick = chosen_first + [one for one in quick if one not in chosen_first]
    rest = [one for one in rest if one not in chosen_first]
    chosen, spent = [], 0.0
    for one in quick + rest:
        spent += one["seconds"]
        if spent > budget and chosen:
            break
        chosen.append(one["test"])
    return chosen


def hunted(
    options: argparse.Namespace,
    folder: Path,
    wanted: list[Mutant],
    runtime: dict[str, list[Any]],
    tests: list[dict[str, Any]],
) -> dict[str, dict[str, Any]]:
    """Return by the words of each mutant which test failed.

    What an earlier run found is not tried again as long as the file of that test is the same.
    """
    kept = folder / "found.json"
    known: dict[str, dict[str, Any]] = json.loads(kept.read_text()) if kept.exists() else {}
    for left in folder.glob("hunt-*.jsonl"):  # of a run that was broken off
        known |= {one["words"]: one for one in map(json.loads, left.read_text().splitlines())}
    known = {
        words: one
        for words, one in known.items()
        if one["of"] and one["of"] == digest_of({"test": one["failed"]}, folder)
    }
    jobs = []
    for mutant in sorted(
        wanted, key=lambda one: one.place in EQUIVALENT
    ):  # those take all of the time there is
        if mutant.key not in known:
            names = tests_for(mutant, tests, options.budget, is_table=str(mutant.number) in runtime)
            jobs.append(vars(mutant) | {"words": mutant.key, "tests": names})
    warm = [one["test"] for one in tests if one["test"].startswith(WARM)]
    shared = {"what": "hunt", "runtime": runtime, "limit": int(options.budget * 10 + 120), "warm": warm}
    kept.write_text(json.dumps(known, ensure_ascii=False))
    started = [
        pytest_in(folder, f"hunt-{part}", shared | {"mutants": jobs[part :: options.processes]})
        for part in range(options.processes)
    ]
    found = {line["words"]: line for line in lines_of(started)}
    kept.write_text(json.dumps(known | found, ensure_ascii=False))
    return known | found


def report(
    wanted: list[Mutant], found: dict[str, dict[str, Any]], tests: list[dict[str, Any]], *, seconds: float
) -> int:
    met = {words for one in tests for words in one["touched"]}
    by_file: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    alive, killers = [], defaultdict(int)
    for mutant in wanted:
        one = found[mutant.key]
        by_file[mutant.path][0] += 1
        by_file[mutant.path][1] += bool(one["failed"])
        if one["failed"]:
            killers[one["failed"].partition("::")[0]] += 1
        elif mutant.place not in EQUIVALENT:
            alive.append(mutant)
    for path, (count, killed) in sorted(by_file.items()):
        print(f"{path:45} {killed:4} of {count:4} found")
    print("found by: " + ", ".join(f"{name} {count}" for name, count in sorted(killers.items())))
    print(f"\n{len(alive)} survivors, {len(EQUIVALENT)} known to make no difference:")
    for mutant in alive:
        is_met = mutant.key in met or mutant.path == "plans/workflow.py"
        print(
            f"  {mutant}  ({found[mutant.key]['ran']} tests)" if is_met else f"  {mutant}  (met by no test)"
        )
    print(f"{len(wanted)} mutants in {seconds / 60:.0f} min, load {os.getloadavg()[0]:.1f}")
    return 1 if alive else 0


if __name__ == "__main__":
    main()
