from __future__ import annotations

from django.urls import path

from plans.views import (  # one a line: the list grows
    beginnings,
    checking,
    comparing,
    editing,
    facts,
    history,
    reading,
    rounds,
)

app_name = "plans"

urlpatterns = [
    path("", reading.plan_list, name="plan-list"),
    path("new/", beginnings.plan_new, name="plan-new"),
    path("<int:pk>/", reading.plan_detail, name="plan-detail"),
    path("<int:pk>/copy/", beginnings.plan_copy, name="plan-copy"),
    path("<int:pk>/restore/", reading.plan_restore, name="plan-restore"),
    path("<int:pk>/compare/", comparing.plan_compare, name="plan-compare"),
    path("<int:pk>/versions/", comparing.version_list, name="version-list"),
    path("<int:pk>/versions/keep/", comparing.version_keep, name="version-keep"),
    path("<int:pk>/versions/<int:number>/", comparing.version_detail, name="version-detail"),
    path("<int:pk>/edit/", editing.plan_edit, name="plan-edit"),
    path("<int:pk>/checks/", checking.plan_checks, name="plan-checks"),
    path("<int:pk>/facts/", facts.facts_edit, name="facts-edit"),
    path("<int:pk>/attachments/", facts.attachment_list, name="attachment-list"),
    path("<int:pk>/attachments/add/", facts.attachment_add, name="attachment-add"),
    path("<int:pk>/attachments/change/", facts.attachment_change, name="attachment-change"),
    path("<int:pk>/attachments/<int:key>/", facts.attachment_download, name="attachment-download"),
    path("<int:pk>/presence/", editing.presence_tell, name="presence-tell"),
    path("<int:pk>/items/add/", editing.item_add, name="item-add"),
    path("<int:pk>/items/paste/", editing.lines_paste, name="lines-paste"),
    path("<int:pk>/items/<uuid:uid>/edit/", editing.item_edit, name="item-edit"),
    path("<int:pk>/items/<uuid:uid>/step/", editing.item_step, name="item-step"),
    path("<int:pk>/items/<uuid:uid>/move/", editing.item_move, name="item-move"),
    path("<int:pk>/items/<uuid:uid>/delete/", editing.item_remove, name="item-remove"),
    path("<int:pk>/items/<uuid:uid>/bring-back/", editing.item_bring_back, name="item-bring-back"),
    path("<int:pk>/round/", rounds.round_board, name="round-board"),
    path("<int:pk>/round/open/", rounds.round_open, name="round-open"),
    path("<int:pk>/round/change/", rounds.round_change, name="round-change"),
    path("<int:pk>/round/close/", rounds.round_close, name="round-close"),
    path("<int:pk>/round/remind/", rounds.round_remind, name="round-remind"),
    path("<int:pk>/round/units/<int:unit_pk>/", rounds.round_part, name="round-part"),
    path("<int:pk>/round/units/<int:unit_pk>/mark/", rounds.round_mark, name="round-mark"),
    path("<int:pk>/round/units/<int:unit_pk>/release/", rounds.round_release, name="round-release"),
    path("<int:pk>/round/units/<int:unit_pk>/take-back/", rounds.round_take_back, name="round-take-back"),
    path("<int:pk>/round/units/<int:unit_pk>/send-back/", rounds.round_send_back, name="round-send-back"),
    path("<int:pk>/history/", history.plan_history, name="plan-history"),
    path("<int:pk>/removed/", history.plan_removed, name="plan-removed"),
    path("<int:pk>/items/<uuid:uid>/history/", history.item_history, name="item-history"),
    path("<int:pk>/items/<uuid:uid>/restore/<int:key>/", history.item_restore, name="item-restore"),
]
