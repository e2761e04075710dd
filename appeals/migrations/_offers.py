"""What the database itself refuses about offers and letters; frozen with the migrations."""

from django.db import migrations

#: Every pair of `appeals/offers/choices.py`: STEPS; a test compares the two.
PAIRS = (
    ("draft", "accepted"),
    ("draft", "open"),
    ("draft", "superseded"),
    ("draft", "waiting_approval"),
    ("draft", "withdrawn"),
    ("open", "accepted"),
    ("open", "countered"),
    ("open", "declined"),
    ("open", "draft"),
    ("open", "expired"),
    ("open", "superseded"),
    ("open", "withdrawn"),
    ("waiting_approval", "accepted"),
    ("waiting_approval", "draft"),
    ("waiting_approval", "open"),
)

_PAIRS = ", ".join(f"('{before}', '{after}')" for before, after in PAIRS)
_KEPT = (
    "id, number, appeal_id, customer_id, side, package, package_hash, words, cost, months, effect, "
    "expires_on, made_at"
)


def _row(name: str) -> str:
    return ", ".join(f"{name}.{column.strip()}" for column in _KEPT.split(","))


MOVES = f"""
create function appeals_check_offer() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        raise exception 'an offer is never deleted' using errcode = 'restrict_violation';
    end if;
    if ({_row("new")}) is distinct from ({_row("old")})
       or new.made_by_id is distinct from old.made_by_id
       or new.replies_to_id is distinct from old.replies_to_id then
        raise exception 'what offer % says is not edited', old.number
            using errcode = 'restrict_violation', hint = 'Another package is another offer.';
    end if;
    if new.state <> old.state and (old.state, new.state) not in ({_PAIRS}) then
        raise exception 'offer % does not move from % to %', old.number, old.state, new.state
            using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger offer_moves_as_allowed before update or delete on appeals_offer
    for each row execute function appeals_check_offer();
create trigger offer_is_not_emptied before truncate on appeals_offer
    for each statement execute function refuse_change();
"""

NO_MOVES = """
drop trigger offer_is_not_emptied on appeals_offer;
drop trigger offer_moves_as_allowed on appeals_offer;
drop function appeals_check_offer();
"""

APPEND_ONLY = (
    "appeals_offerevent",
    "appeals_signature",
    "appeals_execution",
    "appeals_letter",
    "appeals_letterpdf",
    "appeals_letterview",
)

#: Role, months alone, months approved: what a book starts with.
LENGTHS = (("agent", 6, 0), ("supervisor", 12, 36), ("administrator", 0, 60))

#: Role, alone each, alone in 12 months, approves: what a package may cost.
LIMITS = (
    ("agent", 200, 500, None),
    ("supervisor", 2_000, 5_000, 20_000),
    ("administrator", None, None, 1_000_000),
)


def start_with_limits(apps, schema_editor):
    alias = schema_editor.connection.alias
    PlanLength = apps.get_model("appeals", "PlanLength")
    PlanLength.objects.using(alias).bulk_create(
        PlanLength(role=role, months_alone=alone, months_approves=most)
        for role, alone, most in LENGTHS
    )
    AuthorityLimit = apps.get_model("accounts", "AuthorityLimit")
    AuthorityLimit.objects.using(alias).bulk_create(
        AuthorityLimit(
            role=role, act="grant_package", alone=alone, alone_in_a_year=year, approves=most
        )
        for role, alone, year, most in LIMITS
    )


def end_limits(apps, schema_editor):
    alias = schema_editor.connection.alias
    apps.get_model("accounts", "AuthorityLimit").objects.using(alias).filter(
        act="grant_package"
    ).delete()


def guards() -> list:
    return [
        migrations.RunSQL(MOVES, NO_MOVES),
        *(
            migrations.RunSQL(
                f"create trigger {table}_is_append_only before update or delete or truncate "
                f"on {table} for each statement execute function refuse_change()",
                f"drop trigger {table}_is_append_only on {table}",
            )
            for table in APPEND_ONLY
        ),
    ]
