"""What a PDF file costs, and what it weighs.

    python -m bench.pdf                     every figure
    python -m bench.pdf --only speed        one of: speed memory size identity processes look

Subject and base run interleaved in one process; figures are medians of --rounds. The base is WeasyPrint as
it comes, on the same HTML with the same parsed style sheet, with pdf/ua-1 and without tags.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import io
import os
import re
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from statistics import median

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "districtplans.settings")
os.environ.setdefault("DEBUG", "true")

import django

ROOT = Path(__file__).resolve().parent.parent
SEEDS = ROOT.parent / "shared" / "seeds"
PAGES = (10, 30, 60, 200)
IDENTIFIER = b"0123456789abcdef"


def outline_html(pages: int) -> str:
    from tests.documents import sample_dress as sample

    return sample.document(sample.outline(pages * 10))


def table_html(pages: int) -> str:
    from tests.documents import sample_dress as sample

    heading = sample.item(1, "壹、", "計畫內容", tag="h1")
    return sample.document(sample.title_block() + heading + sample.responsibility_table(pages * 2))


CONTENTS: dict[str, Callable[[int], str]] = {"outline": outline_html, "table": table_html}


def dressed(html: str) -> bytes:
    from documents.render.weasy import html_to_pdf

    return html_to_pdf(html, title="bench", identifier=IDENTIFIER)


def plain(html: str, variant: str | None) -> bytes:
    import weasyprint

    from documents.render import weasy

    source = weasyprint.HTML(string=html, base_url=weasy.ASSETS, url_fetcher=weasy.AssetFetcher())
    styles = [weasy._stylesheet(weasy.STYLESHEET)]
    return bytes(source.write_pdf(stylesheets=styles, pdf_variant=variant, pdf_identifier=IDENTIFIER))


def page_count(data: bytes) -> int:
    import pikepdf

    with pikepdf.open(io.BytesIO(data)) as pdf:
        return len(pdf.pages)


def cpu(function: Callable[[], object]) -> float:
    gc.collect()
    start = time.process_time()
    function()
    return time.process_time() - start


def speed(rounds: int, pages: tuple[int, ...] = PAGES) -> None:
    print(
        "speed: CPU seconds, median; goals: dress/ua-1 <= 1.10, dress/untagged <= 1.25, 200/30 a page <= 1.15"
    )
    print("         pages   dress    ua-1 untagged  /ua-1 /untag  ms/page KB")
    for kind, make in CONTENTS.items():
        per_page: dict[int, float] = {}
        for wanted in pages:
            html = make(wanted)
            data = dressed(html)
            count = page_count(data)
            figures: dict[str, list[float]] = {"dress": [], "ua-1": [], "untagged": []}
            for _ in range(rounds):
                figures["dress"].append(cpu(lambda html=html: dressed(html)))
                figures["ua-1"].append(cpu(lambda html=html: plain(html, "pdf/ua-1")))
                figures["untagged"].append(cpu(lambda html=html: plain(html, None)))
            dress, tagged, untagged = (median(figures[name]) for name in ("dress", "ua-1", "untagged"))
            per_page[wanted] = dress / count
            print(
                f"{kind:8} {count:5} {dress:7.2f} {tagged:7.2f} {untagged:8.2f} {dress / tagged:6.2f} "
                f"{dress / untagged:6.2f} {dress / count * 1000:8.1f} {len(data) / 1024:.0f}"
            )
        if 30 in per_page and 200 in per_page:
            print(f"{kind}: CPU a page, 200 pages / 30 pages: {per_page[200] / per_page[30]:.3f}")


def memory() -> None:
    print("memory: goals: peak of 200 pages <= 300 MB; RSS after 40 renders <= 1.05 x that after 5")
    for kind in CONTENTS:
        peak = child(f"bench.peak_of({kind!r}, 200)")
        print(f"{kind}: 200 pages, peak {float(peak):.0f} MB")
    first, last = map(float, child("bench.rss_of_renders()").split())
    print(f"30 pages: RSS after 5 renders {first:.1f} MB, after 40 {last:.1f} MB: {last / first:.3f}")


def peak_of(kind: str, pages: int) -> None:
    dressed(CONTENTS[kind](pages))
    # Not getrusage: a child's figure there begins with what its parent had when it was started.
    print(status("VmHWM"))


def rss_of_renders() -> None:
    found = {}
    documents = [outline_html(30), table_html(30)]
    for n in range(1, 41):
        dressed(documents[n % 2])
        if n in {5, 40}:
            found[n] = status("VmRSS")
    print(found[5], found[40])


def status(field: str) -> float:
    """Return a field of this process's status, in MB."""
    match = re.search(rf"{field}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert match is not None
    return int(match[1]) / 1024


def characters() -> str:
    """Return every distinct character of the seeds, or as many common ones where there are no seeds."""
    if not SEEDS.exists():
        return "".join(map(chr, range(0x4E00, 0x4E00 + 1241)))
    text = "".join(path.read_text() for path in SEEDS.glob("*.txt"))
    return "".join(sorted({char for char in text if not char.isspace() and ord(char) > 0x20}))


def size() -> None:
    from html import escape

    from fontTools import subset
    from fontTools.ttLib import TTFont

    from documents.render import fonts
    from tests.documents import sample_dress as sample
    from tests.documents.pdf_tools import Document

    text = characters()
    missing = fonts.missing_glyphs(text)
    text = "".join(char for char in text if char not in missing)
    print(f"size: {len(text)} distinct characters, missing {sorted(missing)}; goals <= 1.05, <= 3 MB")
    data = dressed(sample.document(sample.outline(400) + f"<p>{escape(text)}</p>"))
    document = Document(data)
    used = {char for root in document.tree for char in root.text} | set(sample.document(""))
    total = document.font_bytes()
    options = subset.Options(hinting=False, layout_features=[], notdef_outline=True, glyph_names=False)
    best = 0
    for name, characters_used in font_characters(document).items():
        face = fonts.BOLD if "Bold" in name else fonts.RARE if "Rare" in name else fonts.REGULAR
        font = TTFont(fonts.font_dir() / face)
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=[ord(char) for char in characters_used])
        subsetter.subset(font)
        # A font in a PDF file needs none of these: the file says itself which glyph is which character.
        for table in ("cmap", "name", "post", "OS/2"):
            if table in font:
                del font[table]
        buffer = io.BytesIO()
        font.save(buffer)
        best += len(zlib.compress(buffer.getvalue(), 9))
    print(
        f"file {len(data) / 1024:.0f} KB, fonts in it {total / 1024:.0f} KB, fontTools {best / 1024:.0f} KB: "
        f"{total / best:.3f} ({len(used)} characters)"
    )
    print(f"file / file with fontTools' fonts: {len(data) / (len(data) - total + best):.3f}")


def font_characters(document: object) -> dict[str, set[str]]:
    import pikepdf

    from tests.documents.pdf_content import _to_unicode

    found: dict[str, set[str]] = {}
    for item in document.pdf.objects:  # type: ignore[attr-defined]
        if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/Font" and "/ToUnicode" in item:
            texts = _to_unicode(item.ToUnicode.read_bytes()).values()
            found.setdefault(str(item.BaseFont), set()).update("".join(texts))
    return found


def identity() -> None:
    print("identity: the same bytes in another process")
    for kind, make in CONTENTS.items():
        here = hashlib.sha256(dressed(make(30))).hexdigest()
        there = child(f"bench.digest_of({kind!r})").strip()
        print(f"{kind}: {'equal' if here == there else 'DIFFERENT'}")


def digest_of(kind: str) -> None:
    print(hashlib.sha256(dressed(CONTENTS[kind](30))).hexdigest())


def processes(rounds: int) -> None:
    print("processes: goal: two workers >= 1.8 x one (pages a second by the clock)")
    figures: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(rounds):
        for workers in (1, 2):
            running = [start_child("bench.work(6)") for _ in range(workers)]
            for process in running:
                assert process.stdout is not None
                assert process.stdin is not None
                assert process.stdout.readline() == "ready\n"
            start = time.perf_counter()
            for process in running:
                process.stdin.write("go\n")
                process.stdin.flush()
            pages = sum(int(process.stdout.readline()) for process in running)
            figures[workers].append(pages / (time.perf_counter() - start))
            for process in running:
                process.wait()
    one, two = median(figures[1]), median(figures[2])
    print(f"one {one:.1f} pages/s, two {two:.1f} pages/s: {two / one:.2f}; load {os.getloadavg()[0]:.1f}")


def work(renders: int) -> None:
    html = table_html(30)
    pages = page_count(dressed(html))
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(renders):
        dressed(html)
    print(pages * renders, flush=True)


def look() -> None:
    from tests.documents.pdf_tools import Document

    print("look: goals 0 kinsoku violations, >= 99 % flush, 0 open, 0 orphans, 0 irregular, 1 table")
    left = 73.64
    edges = [left + 448, left + 67 + 79 + 235 - 3.45]
    for kind, make in CONTENTS.items():
        document = Document(dressed(make(60)))
        full, ragged = document.flush_right(edges)
        print(
            f"{kind}: {len(document.pages)} pages, kinsoku {len(document.kinsoku_violations())}, "
            f"full lines {full}, ragged {len(ragged)}, open {len(document.open_tables())}, "
            f"orphans {len(document.orphans())}, tables {len(document.tables())}, "
            f"irregular {len(document.irregular_tables())}, "
            f"cells without heads {len(document.cells_without_heads())}, "
            f"bookmarks right {document.bookmarks() == document.headings()}"
        )


def start_child(code: str) -> subprocess.Popen[str]:
    script = f"import django; from bench import pdf as bench; django.setup(); {code}"
    environment = {**os.environ, "PYTHONHASHSEED": "4242"}
    return subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def child(code: str) -> str:
    output, _ = start_child(code).communicate()
    return output


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=["speed", "memory", "size", "identity", "processes", "look"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pages", type=int, nargs="*", default=PAGES)
    options = parser.parse_args()
    django.setup()
    steps: dict[str, Callable[[], None]] = {
        "look": look,
        "size": size,
        "identity": identity,
        "speed": lambda: speed(options.rounds, tuple(options.pages)),
        "memory": memory,
        "processes": lambda: processes(options.rounds),
    }
    for name, step in steps.items():
        if options.only in (None, name):
            step()


if __name__ == "__main__":
    main()
