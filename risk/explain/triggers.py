"""One function a trigger: from a restriction and the record to words."""

import datetime
from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.desk.formats import money, words_date
from billing.choices import Product
from risk.choices import EvidenceKind, Severity, Trigger
from risk.explain import outlook
from risk.explain.codes import ReasonCode
from risk.explain.costs import bill_names, costs
from risk.explain.record import Record
from risk.explain.words import Evidence, Words
from risk.models import Episode, Restriction, RestrictionEvidence
from risk.policy import Rule


def own_overdue(record: Record, row: Restriction) -> Words:
    codes = ReasonCode.OWN_OVERDUE, ReasonCode.OWN_OVERDUE_HELD
    return _overdue(record, row, codes, _("Overdue on this line"))


def linked(record: Record, row: Restriction) -> Words:
    if row.trigger == Trigger.LINKED_SEVERE:
        codes = ReasonCode.LINKED_SEVERE, ReasonCode.LINKED_SEVERE_HELD
        return _overdue(record, row, codes, _("Seriously overdue on the other line"))
    codes = ReasonCode.LINKED_OVERDUE, ReasonCode.LINKED_OVERDUE_HELD
    return _overdue(record, row, codes, _("Overdue on the other line"))


def score_below(record: Record, row: Restriction) -> Words:
    rule = record.rule_of(row)
    was = next((e.evidence_id for e in _evidence(record, row, EvidenceKind.SCORE)), None)
    happened = []
    if was is not None and rule:
        happened.append(
            _("The credit score was %(score)s on %(day)s; this line needs %(threshold)s.")
            % {"score": was, "day": words_date(row.from_on), "threshold": rule.score}
        )
    if record.score is not None and rule and rule.score and _stands(row):
        missing = max(rule.score - record.score, 0)
        text = ngettext(
            "The score is %(score)s now: %(missing)s point is missing.",
            "The score is %(score)s now: %(missing)s points are missing.",
            missing,
        )
        happened.append(text % {"score": record.score, "missing": missing})
        happened += costs(record)
    earliest = outlook.score_reaches(record, rule.score) if rule and rule.score else None
    return Words(
        code=ReasonCode.SCORE_LOW,
        title=_("Credit score too low"),
        happened=tuple(happened),
        lifts=tuple(_score_lifts(record, rule, earliest)),
        earliest=earliest,
        evidence=(Evidence(_("Score %(score)s") % {"score": was}, "risk.point"),)
        if was is not None
        else (),
    )


def alert(record: Record, row: Restriction) -> Words:
    alerts = [
        record.alerts[e.evidence_id]
        for e in _evidence(record, row, EvidenceKind.ALERT)
        if e.evidence_id in record.alerts
    ]
    rule = record.policy.alerts.sharp_drop if record.policy else None
    earliest = outlook.alert_ends(record, rule) if rule else None
    happened, lifts = [], []
    for found in alerts:
        text = _("The score lost %(points)s points within a short time, up to %(day)s.")
        happened.append(text % {"points": found.points_lost, "day": words_date(found.opened_on)})
        if rule:
            window = datetime.timedelta(days=rule.window_days - 1)
            happened += costs(record, (found.opened_on - window, found.opened_on))
    if rule:
        text = _("The rule: %(points)s points lost within %(days)s days raise an alert.")
        happened.append(text % {"points": rule.points_lost, "days": rule.window_days})
    if earliest:
        lifts.append(
            _("Lifts by itself on %(day)s, if no more points are lost.")
            % {"day": words_date(earliest)}
        )
    lifts.append(_("Staff can close the alert after a review; that lifts it at once."))
    return Words(
        code=ReasonCode.SCORE_DROPPED,
        title=_("Sharp drop of the credit score"),
        happened=tuple(happened),
        lifts=tuple(lifts),
        earliest=earliest,
        evidence=tuple(
            Evidence(_("Alert of %(day)s") % {"day": words_date(a.opened_on)}, "risk.alert", a.pk)
            for a in alerts
        ),
    )


def plan_broken(record: Record, row: Restriction) -> Words:
    rule = record.rule_of(row)
    hold = rule.hold_days if rule else 0
    plans = [
        record.plans[e.evidence_id]
        for e in _evidence(record, row, EvidenceKind.PLAN)
        if e.evidence_id in record.plans
    ]
    ends = [p.ended_on for p in plans if p.ended_on]
    earliest = max(ends, default=row.from_on) + datetime.timedelta(days=hold)
    return Words(
        code=ReasonCode.PLAN_BROKEN,
        title=_("Repayment plan broken"),
        happened=tuple(
            _("Repayment plan %(plan)s was broken on %(day)s: an instalment was not paid in time.")
            % {"plan": p.number, "day": words_date(p.ended_on)}
            for p in plans
            if p.ended_on
        ),
        lifts=(
            _("Lifts by itself on %(day)s, %(days)s days after the plan broke.")
            % {"day": words_date(earliest), "days": hold},
        ),
        earliest=earliest,
        evidence=tuple(
            Evidence(_("Plan %(plan)s") % {"plan": p.number}, "billing.plan", p.pk) for p in plans
        ),
    )


def manual(record: Record, row: Restriction) -> Words:
    decisions = [
        record.decisions[e.evidence_id]
        for e in _evidence(record, row, EvidenceKind.DECISION)
        if e.evidence_id in record.decisions
    ]
    return Words(
        code=ReasonCode.STAFF_DECISION,
        title=_("Set by staff"),
        # the words that staff left with it are for staff: they may name a suspicion
        happened=tuple(
            _("Our staff restricted this line on %(day)s.") % {"day": words_date(d.value_on)}
            for d in decisions
        ),
        lifts=(_("Staff lift it by hand after a review; no date is set. An appeal asks for one."),),
        earliest=None,
        evidence=tuple(
            Evidence(_("Decision %(number)s") % {"number": d.number or d.pk}, "risk.decision", d.pk)
            for d in decisions
        ),
    )


# -- overdue -----------------------------------------------------------------------------


def _overdue(
    record: Record, row: Restriction, codes: tuple[ReasonCode, ReasonCode], title: str
) -> Words:
    rule = record.rule_of(row)
    hold = rule.hold_days if rule else 0
    episodes = [
        record.episodes[e.evidence_id]
        for e in _evidence(record, row, EvidenceKind.EPISODE)
        if e.evidence_id in record.episodes
    ]
    held = [e for e in episodes if not _stands(row) or _still_holds(record, e, hold)] or episodes
    ends = [_free(record, e, hold) for e in held]
    return Words(
        code=codes[all(e.cured_on for e in held)],
        title=title,
        happened=tuple(text for e in held for text in _what_happened(record, e)),
        lifts=tuple(_lifts(record, e, hold) for e in held),
        earliest=max(ends, default=None),
        evidence=tuple(_bills_and_episode(record, held)),
    )


def _what_happened(record: Record, episode: Episode) -> Iterable[str]:
    bills = record.bills.get(episode.pk, [])
    product = Product(record.lines[episode.line_id]["product"]).label
    if episode.cured_on:
        text = ngettext(
            "%(product)s: %(bills)s was overdue from %(first)s until it was paid on %(last)s.",
            "%(product)s: %(bills)s were overdue from %(first)s until they were paid on %(last)s.",
            len(bills),
        )
        yield text % {
            "product": product,
            "bills": bill_names(record, episode),
            "first": words_date(episode.opened_on),
            "last": words_date(episode.cured_on),
        }
    else:
        unpaid = {row.bill_id for row in record.owed if row.principal + row.interest > 0}
        yield from _open(record, episode, str(product), sum(b.pk in unpaid for b in bills))
    if episode.severity == Severity.SEVERE and record.policy:
        yield _severe(record, episode)


def _open(record: Record, episode: Episode, product: str, count: int) -> Iterable[str]:
    days = record.dpd(episode)
    bill = next(
        (b for b in record.bills.get(episode.pk, []) if b.due_on == episode.oldest_due), None
    )
    text = ngettext(
        "%(product)s: bill %(bill)s was due on %(due)s and is %(days)s day past due.",
        "%(product)s: bill %(bill)s was due on %(due)s and is %(days)s days past due.",
        days,
    )
    if bill is None:
        text = ngettext(
            "%(product)s: the oldest bill was due on %(due)s and is %(days)s day past due.",
            "%(product)s: the oldest bill was due on %(due)s and is %(days)s days past due.",
            days,
        )
    yield text % {
        "product": product,
        "bill": bill.number if bill else "",
        "due": words_date(episode.oldest_due),
        "days": days,
    }
    text = ngettext(
        "%(amount)s is overdue on %(count)s bill.",
        "%(amount)s is overdue on %(count)s bills.",
        count,
    )
    yield text % {"amount": money(record.overdue(episode)), "count": count}
    if episode.frozen_dpd is not None:
        yield _("A repayment plan covers it: its days do not grow while the plan is kept.")
    yield from _held(record, episode)


def _held(record: Record, episode: Episode) -> Iterable[str]:
    for hold in record.resting(episode)[:1]:
        since = words_date(hold.started_on)
        if hold.until_on is None:
            text = _("Held since %(since)s: these days do not count towards points and severity.")
        else:
            text = _("Held from %(since)s until %(until)s: these days do not count towards points "
                     "and severity.")  # fmt: skip
        until = "" if hold.until_on is None else words_date(hold.until_on)
        yield text % {"since": since, "until": until}
        if reason := record.hold_reasons.get(hold.pk):
            yield _("The reason for it: %(reason)s") % {"reason": reason}


def _severe(record: Record, episode: Episode) -> str:
    assert record.policy is not None
    criterion, figure = outlook.why_severe(record, episode, record.policy)
    day = words_date(episode.severe_on or record.on)
    if criterion == "episodes":
        return _("Counts as serious since %(day)s: overdue %(times)s times within a year.") % {
            "day": day,
            "times": figure,
        }
    if criterion == "amount":
        return _("Counts as serious since %(day)s: %(amount)s or more was overdue.") % {
            "day": day,
            "amount": money(record.policy.severity.severe_amount),
        }
    return _("Counts as serious since %(day)s: %(days)s days past due were reached.") % {
        "day": day,
        "days": figure,
    }


def _lifts(record: Record, episode: Episode, hold: int) -> str:
    if episode.cured_on:
        free = episode.cured_on + datetime.timedelta(days=hold)
        return _("Paid on %(paid)s. Lifts by itself on %(free)s, %(days)s days after that.") % {
            "paid": words_date(episode.cured_on),
            "free": words_date(free),
            "days": hold,
        }
    figures = {
        "amount": money(record.to_cure(episode)),
        "product": str(Product(record.lines[episode.line_id]["product"]).label).lower(),
        "days": hold,
    }
    if hold:
        text = _("Lifts %(days)s days after %(amount)s is paid to the %(product)s.")
    else:
        text = _("Lifts at once when %(amount)s is paid to the %(product)s.")
    return text % figures


def _bills_and_episode(record: Record, episodes: list[Episode]) -> Iterable[Evidence]:
    for episode in episodes:
        for bill in record.bills.get(episode.pk, [])[:6]:
            text = _("Bill %(bill)s") % {"bill": bill.number}
            yield Evidence(text, "billing.bill", bill.pk)
        text = _("Episode of %(day)s") % {"day": words_date(episode.opened_on)}
        yield Evidence(text, "risk.episode", episode.pk)


def _still_holds(record: Record, episode: Episode, hold: int) -> bool:
    if episode.reversed_on:
        return False
    if episode.cured_on is None:
        return True
    return record.on < episode.cured_on + datetime.timedelta(days=hold)


def _free(record: Record, episode: Episode, hold: int) -> datetime.date:
    return (episode.cured_on or record.on) + datetime.timedelta(days=hold)


# -- score -------------------------------------------------------------------------------


def _score_lifts(
    record: Record, rule: Rule | None, earliest: datetime.date | None
) -> Iterable[str]:
    if rule is None or record.policy is None:
        return
    yield _("Lifts at once when the score reaches %(score)s.") % {"score": rule.score}
    if earliest and earliest == record.on and record.open_episodes():
        yield _("Paying everything that is overdue today is enough.")
    elif earliest and record.open_episodes():
        text = _("If everything overdue is paid today, time alone brings it there on %(day)s.")
        yield text % {"day": words_date(earliest)}
    elif earliest:
        text = _("Time alone brings it there on %(day)s, if no bill becomes overdue.")
        yield text % {"day": words_date(earliest)}
    each = record.policy.score.paid_on_time.points
    if each > 0:
        yield _("Each bill paid on time adds %(points)s points.") % {"points": each}


def _evidence(record: Record, row: Restriction, kind: str) -> list[RestrictionEvidence]:
    return [e for e in record.evidence.get(row.pk, ()) if e.kind == kind]


def _stands(row: Restriction) -> bool:
    return row.until_on is None and row.reversed_on is None
