"""Handing out files that came from outside."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpResponse, HttpResponseNotModified
from django.utils.cache import get_conditional_response

from accounts.http import UserRequest
from core.uploads import is_picture_to_show
from plans.models import Plan
from plans.recording import record_download
from progress.models import KeptFile

# A file from outside is handed over, not run: not as a page, not with the site's rights, not as another type.
SEALED = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-cache",  # asked each time whether the person may still have it
}


def download(request: UserRequest, kept: KeptFile, plan: Plan, kind: str) -> HttpResponse | FileResponse:
    """Hand out a file under its own name, always as one to be stored; the audit log is told."""
    response = _hand_out(request, kept, is_shown=False)
    if request.method == "GET" and response.status_code == 200:
        record_download(plan, kind, actor=request.user, file=kept.file_name)
    return response


def show_picture(request: UserRequest, kept: KeptFile) -> HttpResponse | FileResponse:
    """Hand out a picture of a kind every browser shows, if its bytes still are one; nothing else.

    It is one to be stored, too: a page shows it in an <img>, for which that is all the same.
    """
    if not kept.is_picture:
        raise Http404
    return _hand_out(request, kept, is_shown=True)


def _hand_out(request: UserRequest, kept: KeptFile, *, is_shown: bool) -> HttpResponse | FileResponse:
    if not kept.file:
        raise Http404
    tag = f'"{kept.sha256}"'
    unchanged = get_conditional_response(request, etag=tag, response=None)
    if isinstance(unchanged, HttpResponseNotModified):
        unchanged.headers["ETag"] = tag
        unchanged.headers["Cache-Control"] = SEALED["Cache-Control"]
        return unchanged
    try:
        file = kept.file.open()
    except OSError as error:
        raise Http404 from error  # `verify_versions` names it
    if is_shown and not is_picture_to_show(file, kept.content_type):
        file.close()
        raise Http404
    file.seek(0)
    return FileResponse(
        file,
        as_attachment=True,
        filename=kept.file_name,
        content_type=kept.content_type,
        headers=SEALED | {"ETag": tag},
    )
