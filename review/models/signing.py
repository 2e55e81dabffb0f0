"""Who signs a plan inside its district (陳核), in which order, and what each has said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from accounts.enums import DISTRICT_ROLES
from accounts.models import District, Unit, User
from plans.models import Plan, PlanEvent, PlanVersion

if TYPE_CHECKING:
    from django_stubs_ext.db.models.manager import RelatedManager

LABEL_LIMIT = 20  # characters of 會辦民政課, as they fit into a box of the strip
NOTE_LIMIT = 2_000  # characters of a reason or a note


class SigningChain(models.Model):
    """The places a district's plans pass. A district without one has the usual two (services/signing.py)."""

    district = models.OneToOneField(
        District, models.PROTECT, related_name="signing_chain", verbose_name=_("district")
    )

    history = HistoricalRecords()
    places: RelatedManager[SigningPlace]

    class Meta:
        verbose_name = _("signing chain")
        verbose_name_plural = _("signing chains")
        ordering = ["district"]

    def __str__(self) -> str:
        return str(self.district)


class Place(models.Model):
    """A place of a strip: of the whole district by its role, or consulted, by its unit."""

    position = models.PositiveSmallIntegerField(_("position"))
    label = models.CharField(_("label"), max_length=LABEL_LIMIT)
    role = models.CharField(_("role"), max_length=20, blank=True)
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("consulted unit")
    )
    is_required = models.BooleanField(_("must sign"), default=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.label


class SigningPlace(Place):
    """One place of a district's chain."""

    chain = models.ForeignKey(
        SigningChain, models.CASCADE, related_name="places", verbose_name=_("signing chain")
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("place of a signing chain")
        verbose_name_plural = _("places of signing chains")
        ordering = ["chain", "position"]
        constraints = [
            models.UniqueConstraint(fields=["chain", "position"], name="one_place_of_a_position_per_chain"),
            models.CheckConstraint(
                condition=Q(role="", unit__isnull=False)
                | Q(role__in=sorted(DISTRICT_ROLES), unit__isnull=True),
                name="a_place_is_of_a_role_or_of_a_unit",
                violation_error_message=_(
                    "A place is that of a role or that of a unit: give one of the two."
                ),
            ),
        ]


class SignatureState(models.TextChoices):
    """What became of a place of the strip."""

    WAITING = "waiting", pgettext_lazy("signature", "waiting")
    SIGNED = "signed", pgettext_lazy("signature", "signed")
    OUTSIDE = "outside", pgettext_lazy("signature", "signed outside")
    SENT_BACK = "sent_back", pgettext_lazy("signature", "sent back")


DONE = (SignatureState.SIGNED, SignatureState.OUTSIDE)


class SigningRound(models.Model):
    """One way of a plan through the chain, begun by one sending for signature.

    Its places are those the chain had then: a chain that is changed later changes no strip.
    """

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="signing_rounds", verbose_name=_("plan"))
    sent = models.OneToOneField(
        PlanEvent, models.PROTECT, related_name="signing_round", verbose_name=_("sent for signature")
    )
    # The text that goes round, for the next round to be compared with.
    version = models.ForeignKey(
        PlanVersion, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("version")
    )
    signatures: RelatedManager[Signature]

    class Meta:
        verbose_name = _("signing round")
        verbose_name_plural = _("signing rounds")
        ordering = ["plan", "sent"]

    def __str__(self) -> str:
        return f"{self.plan} {self.sent_id}"


class Signature(Place):
    """A place of one round, and what was decided there. Decided once; names are kept as they were then.

    Once it is decided the database refuses to change or delete it.
    """

    round = models.ForeignKey(
        SigningRound, models.PROTECT, related_name="signatures", verbose_name=_("signing round")
    )
    state = models.CharField(
        _("decision"), max_length=10, choices=SignatureState, default=SignatureState.WAITING
    )
    # Who decided; of a signature given outside, who recorded it.
    person = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="signatures", verbose_name=_("person")
    )
    name = models.CharField(_("name"), max_length=60, blank=True)
    title = models.CharField(_("job title"), max_length=60, blank=True)
    acting_for = models.CharField(_("acting for"), max_length=60, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True)
    document_number = models.CharField(_("document number"), max_length=60, blank=True)
    document_on = models.DateField(_("document date"), null=True, blank=True)
    scan = models.FileField(_("scan"), upload_to="signatures/%Y/%m/", blank=True)
    scan_name = models.CharField(_("file name"), max_length=200, blank=True)
    scan_sha256 = models.CharField(_("digest of the scan"), max_length=64, blank=True, default="")
    # The digest of the canonical JSON that was signed, and of all this row says once it is decided
    # (review/queries/seals.py).
    text_sha256 = models.CharField(_("digest of what was signed"), max_length=64, blank=True, default="")
    seal = models.CharField(_("seal"), max_length=64, blank=True, default="", editable=False)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        ordering = ["round", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "position"], name="one_signature_of_a_position_per_round"
            ),
            models.CheckConstraint(
                condition=Q(state=SignatureState.WAITING, person__isnull=True, decided_at__isnull=True)
                | Q(~Q(state=SignatureState.WAITING), person__isnull=False, decided_at__isnull=False),
                name="a_decision_has_a_person_and_a_moment",
            ),
        ]

    @property
    def is_done(self) -> bool:
        return self.state in DONE
