"""Spoil plans in every way that comes to mind and import them: no error, none slow, none large, nothing lost.

    python -m bench.import_mutations [--files 10000] [--seed 0] [--processes 2]

Each file is a twin or a real plan (or a part of one), changed one to six times: bytes flipped, lines taken
out, doubled, shuffled, glued or cut, marks inserted, encodings changed, pages made huge. It must end in a
proposal that accounts for every character, or be refused in words.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import resource
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "districtplans.test_settings")
django.setup()

from documents.ingest.accounting import differences  # noqa: E402 -- after setup, as all below
from documents.ingest.contract import proposal_to_json  # noqa: E402
from documents.ingest.propose import propose  # noqa: E402
from documents.ingest.reading import UnreadableFile, read_file  # noqa: E402
from documents.ingest.storing import dump, load  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
MOST_SECONDS, MOST_MEGABYTES = 10.0, 512
SCRAPS = (
    *(
        "壹、",
        "一、",
        "(一)",
        "1.",
        "1-1.",
        "(1)",
        "○1",
        "A.",
        "預期目標",
        "預期效益：",
        "\t",
        "\t\t\t",
        "\f",
        " ",
    ),
    *(
        "　",
        "執行要項\t執行重點\t執行單位",
        "職稱 編組人員 職掌 備考",
        "構面\t指標\t重點\t具體作法\t預期目標",
    ),
    *(
        "<ol>",
        "</p>",
        "<td",
        "&lt;",
        "各課室",
        "秘書室",
        "備註：",
        "填表人：",
        "目錄",
        "壹、依據......3",
        "- 7 -",
    ),
    *(
        "（",
        "」",
        "，",
        "。",
        "：",
        "\u202e",
        "\u200b",
        "\ufffd",
        "e\u0301",
        "👩‍👩‍👧",
        "\x00",
        "\x07",
        "99999999999",
    ),
    *("104.7.2", "a@b.example", "1兆948.18億元", "每年至少", "20萬 4千元", "達90%以上", "0.0000001%"),
)
Lines = list[str]
Pick = random.Random


def _some(pick: Pick, lines: Lines) -> int:
    return pick.randrange(len(lines)) if lines else 0


def take_out(pick: Pick, lines: Lines) -> Lines:
    share = pick.random() ** 2
    return [line for line in lines if pick.random() > share]


def double(pick: Pick, lines: Lines) -> Lines:
    at, length = _some(pick, lines), pick.randint(1, 30)
    return lines[:at] + lines[at : at + length] * pick.choice([2, 2, 3, 40]) + lines[at:]


def shuffle(pick: Pick, lines: Lines) -> Lines:
    at, length = _some(pick, lines), pick.randint(2, 60)
    part = lines[at : at + length]
    pick.shuffle(part)
    return lines[:at] + part + lines[at + length :]


def glue(pick: Pick, lines: Lines) -> Lines:
    at, length = _some(pick, lines), pick.randint(2, 200)
    return [*lines[:at], pick.choice(["", " ", "\t"]).join(lines[at : at + length]), *lines[at + length :]]


def cut_up(pick: Pick, lines: Lines) -> Lines:
    size = pick.randint(1, 12)
    at, length = _some(pick, lines), pick.randint(1, 40)
    parts = [
        line[i : i + size] for line in lines[at : at + length] for i in range(0, max(1, len(line)), size)
    ]
    return lines[:at] + parts + lines[at + length :]


def insert(pick: Pick, lines: Lines) -> Lines:
    lines = list(lines) or [""]
    for _ in range(pick.randint(1, 30)):
        at = _some(pick, lines)
        where = pick.randint(0, len(lines[at]))
        lines[at] = lines[at][:where] + pick.choice(SCRAPS) + lines[at][where:]
    return lines


def own_lines(pick: Pick, lines: Lines) -> Lines:
    lines = list(lines)
    for _ in range(pick.randint(1, 30)):
        lines.insert(_some(pick, lines), pick.choice(SCRAPS))
    return lines


def strip(pick: Pick, lines: Lines) -> Lines:
    return [line.strip() for line in lines if line.strip() or pick.random() < 0.5]


def indent(pick: Pick, lines: Lines) -> Lines:
    return [" " * pick.choice([0, 0, 1, 2, 4, 8, 30]) + line for line in lines]


def only_part(pick: Pick, lines: Lines) -> Lines:
    at = _some(pick, lines)
    return lines[at : at + pick.randint(1, 120)]


def one_character(pick: Pick, lines: Lines) -> Lines:
    return [pick.choice(SCRAPS) * pick.choice([1, 100, 5000]), *only_part(pick, lines)]


CHANGES: tuple[Callable[[Pick, Lines], Lines], ...] = (
    *(take_out, double, shuffle, glue, cut_up, insert, own_lines, strip, indent, only_part, one_character),
)


def spoil_bytes(pick: Pick, data: bytes) -> bytes:
    spoilt = bytearray(data)
    for _ in range(pick.choice([1, 3, 30, 300])):
        if spoilt:
            spoilt[pick.randrange(len(spoilt))] = pick.randrange(256)
    return bytes(spoilt[: pick.randint(0, len(spoilt))] if pick.random() < 0.2 else spoilt)


def make_file(number: int, plans: list[str]) -> bytes:
    pick = random.Random(number)  # noqa: S311 -- any damage will do
    lines = pick.choice(plans).split("\n")
    if pick.random() < 0.7:
        lines = only_part(pick, lines)
    for _ in range(pick.randint(1, 6)):
        lines = pick.choice(CHANGES)(pick, lines)
    encoding = pick.choice(["utf-8"] * 6 + ["cp950", "utf-16", "utf-16-le", "utf-16-be"])
    data = pick.choice(["\n", "\n", "\r\n", "\r"]).join(lines).encode(encoding, "ignore")
    return spoil_bytes(pick, data) if pick.random() < 0.25 else data


@dataclass
class Outcome:
    number: int
    result: str  # read, refused, lost, error
    seconds: float
    megabytes: int
    detail: str = ""


_plans: list[str] = []


def import_one(number: int) -> Outcome:
    data = make_file(number, _plans)
    result, detail = "read", ""
    started = time.process_time()  # other work on the machine does not count
    try:
        proposal = propose(read_file(data).lines)
        proposal_to_json(proposal)
        if lost := differences(proposal):
            result, detail = "lost", str(lost[:3])
        elif load(dump(proposal), proposal.source) != proposal:
            result, detail = "lost", "stored and loaded it differs"
    except UnreadableFile as refusal:
        result, detail = "refused", str(refusal)
    except Exception:  # whatever goes wrong is what is looked for
        result, detail = "error", traceback.format_exc(limit=-3)
    seconds = time.process_time() - started
    return Outcome(
        number, result, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, detail
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    folders = [ROOT.parent / "shared" / "seeds", ROOT / "tests" / "documents" / "twins"]
    paths = sorted(path for folder in folders for path in folder.glob("*.txt"))
    _plans.extend(path.read_text("utf-8-sig") for path in paths)
    results: Counter[str] = Counter()
    refusals: Counter[str] = Counter()
    slowest = largest = 0.0
    numbers = range(options.seed, options.seed + options.files)
    with multiprocessing.get_context("fork").Pool(options.processes) as pool:
        for outcome in pool.imap_unordered(import_one, numbers, chunksize=20):
            results[outcome.result] += 1
            if outcome.result == "refused":
                refusals[outcome.detail] += 1
            results["slow"] += outcome.seconds > MOST_SECONDS
            slowest, largest = max(slowest, outcome.seconds), max(largest, outcome.megabytes)
            if outcome.result in ("error", "lost") or outcome.seconds > MOST_SECONDS:
                print(
                    f"{outcome.number}: {outcome.result} {outcome.seconds:.1f} s {outcome.detail}", flush=True
                )
    print(
        f"{options.files} files: {results['read']} read, {results['refused']} refused, "
        f"{results['error']} errors, {results['lost']} with losses, {results['slow']} over "
        f"{MOST_SECONDS:.0f} s; slowest {slowest:.2f} s, largest process "
        f"{largest:.0f} MB (goal {MOST_MEGABYTES})"
    )
    for reason, count in refusals.most_common():
        print(f"  refused {count}: {reason}")
    if results["error"] or results["lost"] or results["slow"] or largest > MOST_MEGABYTES:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
