"""Every kind of remedy by its code, in the order in which the desk offers them."""

from appeals.remedies.base import Remedy, RemedyForm
from appeals.remedies.by_hand import LiftedByHand
from appeals.remedies.corrections import DisputeForm, RefundForm
from appeals.remedies.credit import ForgiveForm, LiftForm
from appeals.remedies.plans import PlanForm
from appeals.remedies.relief import DueDayForm, FreezeForm
from appeals.remedies.waivers import WaiverForm

FORMS: dict[str, type[RemedyForm]] = {
    form.kind.model_fields["kind"].default: form
    for form in (
        PlanForm, WaiverForm, LiftForm, ForgiveForm, RefundForm, DisputeForm, FreezeForm,
        DueDayForm,
    )
}  # fmt: skip

KINDS: dict[str, type[Remedy]] = {code: form.kind for code, form in FORMS.items()}
#: Granted by a decision alone, never offered.
KINDS["lifted_by_hand"] = LiftedByHand
