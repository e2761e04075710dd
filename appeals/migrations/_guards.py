"""What the database itself refuses about appeals; frozen with the migrations that use it."""

from django.db import migrations

#: Every move of `appeals/moves.py`, from and to; a test compares the two.
PAIRS = (
    ("submitted", "in_review"),
    ("submitted", "withdrawn"),
    ("in_review", "waiting_customer"),
    ("in_review", "negotiating"),
    ("in_review", "waiting_approval"),
    ("in_review", "decided"),
    ("in_review", "withdrawn"),
    ("waiting_customer", "in_review"),
    ("waiting_customer", "withdrawn"),
    ("waiting_customer", "expired"),
    ("negotiating", "in_review"),
    ("negotiating", "waiting_customer"),
    ("negotiating", "waiting_approval"),
    ("negotiating", "decided"),
    ("negotiating", "withdrawn"),
    ("waiting_approval", "in_review"),
    ("waiting_approval", "negotiating"),
    ("waiting_approval", "decided"),
    ("waiting_approval", "withdrawn"),
)

_PAIRS = ", ".join(f"('{before}', '{after}')" for before, after in PAIRS)

MOVES = f"""
create function appeals_check_move() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        raise exception 'an appeal is never deleted' using errcode = 'restrict_violation';
    end if;
    if tg_op = 'INSERT' then
        if new.state <> 'submitted' or new.version <> 1 then
            raise exception 'an appeal begins as submitted' using errcode = 'restrict_violation';
        end if;
        return new;
    end if;
    if old.state in ('decided', 'withdrawn', 'expired') then
        raise exception 'appeal % has ended', old.number
            using errcode = 'restrict_violation', hint = 'Ask for a second review.';
    end if;
    if new.version <> old.version + 1 then
        raise exception 'appeal % changes one logged step at a time', old.number
            using errcode = 'restrict_violation', hint = 'appeals/operations is the one writer.';
    end if;
    if (new.id, new.public_id, new.number, new.customer_id, new.kind, new.subject_kind,
        new.words, new.channel, new.received_at, new.received_on, new.filed_at)
       is distinct from
       (old.id, old.public_id, old.number, old.customer_id, old.kind, old.subject_kind,
        old.words, old.channel, old.received_at, old.received_on, old.filed_at)
       or new.subject_id is distinct from old.subject_id
       or new.second_review_of_id is distinct from old.second_review_of_id then
        raise exception 'what appeal % says is not edited', old.number
            using errcode = 'restrict_violation';
    end if;
    if new.state <> old.state and (old.state, new.state) not in ({_PAIRS}) then
        raise exception 'appeal % does not move from % to %', old.number, old.state, new.state
            using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger appeal_moves_as_allowed before insert or update or delete on appeals_appeal
    for each row execute function appeals_check_move();
create trigger appeal_is_not_emptied before truncate on appeals_appeal
    for each statement execute function refuse_change();

create function appeals_check_log() returns trigger language plpgsql as $$
begin
    if not exists (
        select from appeals_appealevent e
        where e.appeal_id = new.id and e.version = new.version and e.to_state = new.state
    ) then
        raise exception 'appeal % changed without a row in its log', new.number
            using errcode = 'restrict_violation';
    end if;
    return null;
end $$;
create constraint trigger appeal_leaves_a_log after insert or update on appeals_appeal
    deferrable initially deferred
    for each row execute function appeals_check_log();
"""

NO_MOVES = """
drop trigger appeal_leaves_a_log on appeals_appeal;
drop function appeals_check_log();
drop trigger appeal_is_not_emptied on appeals_appeal;
drop trigger appeal_moves_as_allowed on appeals_appeal;
drop function appeals_check_move();
"""

CAUSES = """
create function appeals_check_cause() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or old.result is not null
       or (new.appeal_id, new.position, new.subject_kind, new.subject_id, new.code, new.bills,
           new.deciders)
          is distinct from
          (old.appeal_id, old.position, old.subject_kind, old.subject_id, old.code, old.bills,
           old.deciders) then
        raise exception 'a contested cause is decided once, and not edited'
            using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger cause_is_decided_once before update or delete on appeals_contestedcause
    for each row execute function appeals_check_cause();
create function appeals_check_evidence() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or old.scan <> 'waiting'
       or (new.appeal_id, new.public_id, new.name, new.content_type, new.size, new.sha256,
           new.stored_as, new.author, new.at)
          is distinct from
          (old.appeal_id, old.public_id, old.name, old.content_type, old.size, old.sha256,
           old.stored_as, old.author, old.at) then
        raise exception 'evidence is scanned once, and not edited'
            using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger evidence_is_kept_as_sent before update or delete on appeals_evidence
    for each row execute function appeals_check_evidence();
create function appeals_check_second_review() returns trigger language plpgsql as $$
begin
    if exists (
        select from appeals_appeal a
        join appeals_appealdecision d on d.appeal_id = a.second_review_of_id
        where a.id = new.appeal_id
          and (new.decided_by_id in (d.decided_by_id, d.approved_by_id)
               or new.approved_by_id in (d.decided_by_id, d.approved_by_id))
    ) then
        raise exception 'a second review is decided by somebody else'
            using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger second_review_is_by_another before insert on appeals_appealdecision
    for each row execute function appeals_check_second_review();
"""

NO_CAUSES = """
drop trigger second_review_is_by_another on appeals_appealdecision;
drop function appeals_check_second_review();
drop trigger evidence_is_kept_as_sent on appeals_evidence;
drop function appeals_check_evidence();
drop trigger cause_is_decided_once on appeals_contestedcause;
drop function appeals_check_cause();
"""

APPEND_ONLY = (
    "appeals_appealevent",
    "appeals_message",
    "appeals_internalnote",
    "appeals_evidenceview",
    "appeals_appealdecision",
    "appeals_appealrules",
)


def guards() -> list[migrations.RunSQL]:
    return [
        migrations.RunSQL("create sequence appeals_number", "drop sequence appeals_number"),
        migrations.RunSQL(MOVES, NO_MOVES),
        migrations.RunSQL(CAUSES, NO_CAUSES),
        *(
            migrations.RunSQL(
                f"create trigger {table}_is_append_only before update or delete or truncate "
                f"on {table} for each statement execute function refuse_change()",
                f"drop trigger {table}_is_append_only on {table}",
            )
            for table in APPEND_ONLY
        ),
    ]
