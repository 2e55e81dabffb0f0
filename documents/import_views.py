"""Importing a plan: upload or paste, watch it being read, correct the tree, save it as a plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import UserRequest
from documents import corrections, queries, services
from documents.forms import CorrectionForm, FactsForm, ImportForm, ItemForm, RosterForm
from documents.ingest.proposal import Proposal, ProposedItem
from documents.ingest.reading import MAX_BYTES
from documents.models import DraftState, ImportDraft
from documents.permissions import get_draft_to_edit, get_drafts_to_edit
from plans.permissions import can_begin_plans, can_edit_plan, get_districts_to_write

DRAFTS_PER_PAGE = 50


@login_required
@require_safe
def import_list(request: UserRequest) -> HttpResponse:
    today = timezone.localdate()
    drafts = get_drafts_to_edit(request.user, on=today).select_related("district__city", "plan", "made_by")
    drafts = drafts.defer("source", "proposal", "previous")
    context = {
        "page": Paginator(drafts, DRAFTS_PER_PAGE).get_page(request.GET.get("page")),
        "may_import": can_begin_plans(request.user, on=today),
    }
    return render(request, "documents/import_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_new(request: UserRequest) -> HttpResponse:
    today = timezone.localdate()
    districts = get_districts_to_write(request.user, on=today)
    if not districts:
        raise PermissionDenied
    wanted = {name: request.GET[name] for name in ("district", "year") if name in request.GET}
    form = ImportForm(
        request.POST or None, request.FILES or None, districts=districts, year=today.year, initial=wanted
    )
    if form.is_valid():
        upload, data = form.cleaned_data["file"], form.cleaned_data
        try:
            draft = services.start_import(
                district=data["district"],
                series=data["series"],
                year=data["year"],
                actor=request.user,
                # One byte too many is enough to be refused; the rest need not come into memory.
                data=upload.read(MAX_BYTES + 1) if upload else data["text"],
                file_name=upload.name if upload else "",
            )
        except ValidationError as error:
            form.add_error("file" if upload else "text", error)
        else:
            return redirect("documents:import-detail", draft.pk)
    return render(request, "documents/import_new.html", {"form": form})


@login_required
@never_cache
@require_safe
def import_detail(request: UserRequest, pk: int) -> HttpResponse:
    draft = get_draft_to_edit(request.user, pk, on=timezone.localdate())
    if draft.state != DraftState.READY:
        template = "documents/_import_state.html" if request.htmx else "documents/import_state.html"
        return render(request, template, {"draft": draft, "unplaced": queries.proposal_of(draft).unplaced})
    if request.htmx:  # the page that watched the reading: load the screen whole
        response = HttpResponse()
        response["HX-Refresh"] = "true"
        return response
    return _screen(request, draft)


@login_required
@require_POST
def import_change(request: UserRequest, pk: int) -> HttpResponse:
    """Apply one step to the chosen lines of the tree."""
    draft = get_draft_to_edit(request.user, pk, on=timezone.localdate())
    form = CorrectionForm(request.POST, draft=draft)
    if not form.is_valid():
        return _answer(request, draft, _("Choose a line that is there, then a step."))
    step, ids = form.cleaned_data["step"], form.cleaned_data["ids"]
    version: int = form.cleaned_data["version"]
    if step == "undo":
        return _apply(request, draft, lambda: services.undo_correction(pk, version=version))
    if not ids:
        return _answer(request, draft, _("Choose one or more lines first."))
    return _apply(request, draft, lambda: services.correct_draft(pk, _step(step, ids), version=version))


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def import_item(request: UserRequest, pk: int, key: int) -> HttpResponse:
    """The form of one line of the tree; a roster's is a list of rows."""
    draft = get_draft_to_edit(request.user, pk, on=timezone.localdate())
    proposal = queries.proposal_of(draft)
    item = next((item for item in proposal.items if item.id == key), None)
    if item is None:
        raise Http404
    form = ItemForm(request.POST or None, item=item)
    members = [row for row in proposal.task_force if row.item == key]
    roster = RosterForm(request.POST or None, members=members) if members else None
    if request.method == "POST" and form.is_valid() and (roster is None or roster.is_valid()):
        try:
            services.correct_draft(
                pk, _item_correction(request, item, form, roster), version=_version(request)
            )
        except services.StaleDraft:
            form.add_error(None, _stale_form_words())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _done(request, pk, key)
    first, last = item.lines.first, item.lines.last
    context = {
        "draft": draft,
        "item": item,
        "form": form,
        "roster": roster,
        "version": draft.version,
        "source": list(enumerate(proposal.source[first - 1 : last], first)),
    }
    return render(
        request, "documents/import_item.html", context, status=200 if request.method != "POST" else 422
    )


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def import_facts(request: UserRequest, pk: int) -> HttpResponse:
    draft = get_draft_to_edit(request.user, pk, on=timezone.localdate())
    form = FactsForm(request.POST or None, facts=queries.proposal_of(draft).plan)
    if form.is_valid():
        facts = form.values
        try:
            services.correct_draft(
                pk, lambda proposal: replace(proposal, plan=facts), version=_version(request)
            )
        except services.StaleDraft:
            form.add_error(None, _stale_form_words())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect("documents:import-detail", pk)
    return render(request, "documents/import_facts.html", {"draft": draft, "form": form})


@login_required
@require_POST
def import_unplaced(request: UserRequest, pk: int, number: int) -> HttpResponse:
    """Make a line of a text that was not placed, after the chosen line, or let it go."""
    draft = get_draft_to_edit(request.user, pk, on=timezone.localdate())
    chosen = [key for key in map(_whole, request.POST.getlist("ids")) if key is not None]
    after = chosen[-1] if chosen else None

    def correction(proposal: Proposal) -> Proposal:
        if request.POST.get("what") == "discard":
            return corrections.discard(proposal, number)
        return corrections.place(proposal, number, after)

    version = _version(request)
    return _apply(request, draft, lambda: services.correct_draft(pk, correction, version=version))


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def import_save(request: UserRequest, pk: int) -> HttpResponse:
    """Save the draft as a plan; where one stands already, ask whether to replace it."""
    today = timezone.localdate()
    draft = get_draft_to_edit(request.user, pk, on=today)
    if draft.plan is not None:
        return redirect(draft.plan)
    existing = services.plan_in_the_way(draft)
    if request.method == "POST" and (existing is None or "replace" in request.POST):
        if existing is not None and not can_edit_plan(request.user, existing, on=today):
            raise PermissionDenied
        try:
            plan = services.save_draft(
                pk, version=_version(request), actor=request.user, replace=existing is not None
            )
        except services.StaleDraft:
            return _answer(request, draft, _stale_words())
        except ValidationError as error:
            return _answer(request, draft, " ".join(error.messages))
        messages.success(request, _("The plan is saved."))
        return redirect(plan)
    context = {
        "draft": draft,
        "screen": queries.correction(draft),
        "existing": existing,
        "may_replace": existing is not None and can_edit_plan(request.user, existing, on=today),
    }
    return render(request, "documents/import_save.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_delete(request: UserRequest, pk: int) -> HttpResponse:
    """Throw a draft away, after a page that asks; the plan made from it stays."""
    draft = get_draft_to_edit(request.user, pk, on=timezone.localdate())
    if request.method == "POST":
        services.delete_draft(draft.pk)
        messages.success(request, _("The draft is deleted."))
        return redirect("documents:import-list")
    return render(request, "documents/import_delete.html", {"draft": draft})


def _step(step: str, ids: list[int]) -> Callable[[Proposal], Proposal]:
    if step.startswith("kind:"):
        return lambda proposal: corrections.set_kind(proposal, ids, step.removeprefix("kind:"))
    if step == "merge":
        return lambda proposal: corrections.merge_all(proposal, ids)
    steps = {
        "promote": corrections.promote,
        "demote": corrections.demote,
        "confirm": corrections.confirm,
        "remove": corrections.take_out,
    }
    return lambda proposal: steps[step](proposal, ids)


def _item_correction(
    request: UserRequest, item: ProposedItem, form: ItemForm, roster: RosterForm | None
) -> Callable[[Proposal], Proposal]:
    change = form.change
    if "split" in request.POST:
        return lambda proposal: corrections.split(
            corrections.change(proposal, item.id, change), item.id, change.text.split("\n")
        )

    def correction(proposal: Proposal) -> Proposal:
        proposal = corrections.change(proposal, item.id, change)
        if roster is not None:
            proposal = corrections.change_roster(proposal, item.id, roster.cleaned_data["rows"])
        return proposal

    return correction


def _version(request: UserRequest) -> int:
    """Return the version of the draft the page was made from; a missing one matches none."""
    version = _whole(request.POST.get("version", ""))
    return -1 if version is None else version


def _whole(text: str) -> int | None:
    # Of "²" Python says that it is a digit, and cannot read it.
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _apply(request: UserRequest, draft: ImportDraft, change: Callable[[], ImportDraft]) -> HttpResponse:
    try:
        change()
    except services.StaleDraft:
        return _answer(request, draft, _stale_words())
    except ValidationError as error:
        return _answer(request, draft, " ".join(error.messages))
    return _answer(request, draft)


def _stale_words() -> str:
    return _(
        "Nothing was changed: someone else changed this draft meanwhile. You now see it as it is; "
        "please do your step once more."
    )


def _stale_form_words() -> str:
    return _(
        "Nothing was saved: the draft was changed meanwhile. What you typed is still here; look at the "
        "line in the draft, then press again if yours is to stand."
    )


def _answer(request: UserRequest, draft: ImportDraft, problem: str = "") -> HttpResponse:
    """Show the tree as it is now, with what went wrong; without htmx the whole screen, by a redirect."""
    if not request.htmx:
        if problem:
            messages.error(request, problem)
            return redirect("documents:import-detail", draft.pk)
        return redirect(f"{reverse('documents:import-detail', args=[draft.pk])}{_place(request, draft)}")
    try:
        draft.refresh_from_db()
    except ImportDraft.DoesNotExist:
        return HttpResponse(headers={"HX-Redirect": reverse("documents:import-list")})
    if draft.state != DraftState.READY:
        return HttpResponse(headers={"HX-Redirect": reverse("documents:import-detail", args=[draft.pk])})
    context = {"draft": draft, "screen": queries.correction(draft), "problem": problem, "is_swap": True}
    return render(request, "documents/_import_tree.html", context)


def _place(request: UserRequest, draft: ImportDraft) -> str:
    """Return the fragment of the line a step was on, or of the one above it that is still there."""
    chosen = set(request.POST.getlist("ids"))
    keys = [str(item["id"]) for item in (draft.proposal or {}).get("items", [])]
    at = next((number for number, key in enumerate(keys) if key in chosen), -1)
    draft.refresh_from_db()
    now = {str(item.id) for item in queries.proposal_of(draft).items}
    return next((f"#item-{key}" for key in reversed(keys[: at + 1]) if key in now), "#lines")


def _done(request: UserRequest, pk: int, key: int) -> HttpResponse:
    return redirect(f"{reverse('documents:import-detail', args=[pk])}#item-{key}")


def _screen(request: UserRequest, draft: ImportDraft) -> HttpResponse:
    context = {"draft": draft, "screen": queries.correction(draft)}
    return render(request, "documents/import_detail.html", context)
