"""A Package in, the bytes of the one file that is filed to the city out."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator

import tablib

from core.sheet_writing import ods_bytes
from documents.approvals import Approval
from documents.packages import Package, digest_list
from documents.render.check_pdf import render_checks
from documents.render.pdf import render_pdf
from documents.render.response_pdf import render_responses
from documents.responses import ResponseSheet
from plans import promises
from plans.checks.record import CheckRecord
from plans.document import Enclosure, PlanDocument

_PREFIX = re.compile(r' xmlns:([\w-]+)="([^"]*)"')
_ROOT = re.compile(r"<[\w-]+:[\w-]+")
Open = Callable[[Enclosure], bytes]
Moment = tuple[int, int, int, int, int, int]


def render_package(package: Package, approval: Approval, open_enclosure: Open) -> bytes:
    """Return the zip file. The same package gives the same bytes.

    Raises RenderError as documents/render/pdf.py does, and what `open_enclosure` raises.
    """
    moment = (package.day.year, package.day.month, package.day.day, 0, 0, 0)
    names = package.names
    parts = dict(zip(names, _parts(package, approval, open_enclosure, moment), strict=False))
    parts[names[-1]] = digest_list(package, parts).encode()
    return _zipped(parts, moment)


def _parts(package: Package, approval: Approval, open_enclosure: Open, moment: Moment) -> Iterator[bytes]:
    """Yield the files in the order of `Package.names`, the list of digests aside."""
    document = package.plan
    yield render_pdf(document, is_draft=False, approval=approval)
    yield package.document.encode()
    yield _still(promises_sheet(document), moment)
    if package.checks:
        record = CheckRecord.from_json(package.checks)
        yield render_checks(record, document.facts, told=package.filed)
    if package.responses:
        yield render_responses(ResponseSheet.from_json(package.responses))
    for enclosure in document.enclosures:
        yield open_enclosure(enclosure)


def promises_sheet(document: PlanDocument) -> bytes:
    """Return the 預期目標表 as a sheet."""
    return ods_bytes(tablib.Dataset(*promises.promise_rows(document), headers=promises.HEADS))


def _zipped(parts: dict[str, bytes], moment: Moment) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(_entry(name, moment, zipfile.ZIP_DEFLATED), data)
    return stream.getvalue()


def _still(data: bytes, moment: Moment) -> bytes:
    """Return a sheet, a zip file itself, with the day of the filing in the place of the moment of writing."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for info in old.infolist():  # in their order: an ODF file begins with its kind, not compressed
            part = old.read(info)
            data = _used_names(part.decode()).encode() if info.filename.endswith(".xml") else part
            new.writestr(_entry(info.filename, moment, info.compress_type), data)
    return stream.getvalue()


def _used_names(xml: str) -> str:
    """Return XML that declares the prefixes it uses, in their order, and no others.

    odfpy declares those of everything its process ever read or wrote.
    """
    declared = dict(_PREFIX.findall(xml))
    bare = _PREFIX.sub("", xml)
    used = sorted(name for name in declared if f"{name}:" in bare)
    said = "".join(f' xmlns:{name}="{declared[name]}"' for name in used)
    return _ROOT.sub(lambda root: f"{root[0]}{said}", bare, count=1)


def _entry(name: str, moment: Moment, compression: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, moment)
    entry.compress_type = compression
    entry.external_attr = 0o644 << 16
    return entry
