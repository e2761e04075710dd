"""The score ledger, decisions and corrections are append-only; a published policy is immutable."""

from django.db import migrations

from billing.migrations import _guards

APPEND_ONLY = ("risk_point", "risk_decision", "risk_correction")
HOT = {"risk_score": 85, "risk_episode": 80, "risk_linestatus": 85, "risk_restriction": 90}

IMMUTABLE = """
create function refuse_change_of_published_policy() returns trigger language plpgsql as $$
begin
    if tg_op = 'TRUNCATE' or old.status = 'published' then
        raise exception 'a published policy is immutable: % is refused', tg_op
            using errcode = 'restrict_violation', hint = 'Publish a new version instead.';
    end if;
    return case tg_op when 'DELETE' then old else new end;
end $$;
create trigger published_policy_is_immutable before update or delete on risk_policyversion
    for each row execute function refuse_change_of_published_policy();
create trigger policies_are_not_truncated before truncate on risk_policyversion
    for each statement execute function refuse_change();
"""

MUTABLE = """
drop trigger policies_are_not_truncated on risk_policyversion;
drop trigger published_policy_is_immutable on risk_policyversion;
drop function refuse_change_of_published_policy();
"""


class Migration(migrations.Migration):
    dependencies = [("risk", "0001_credit_status"), ("billing", "0003_append_only")]

    operations = [
        *(_guards.guard(table) for table in APPEND_ONLY),
        *(_guards.roomy(table, fillfactor) for table, fillfactor in HOT.items()),
        migrations.RunSQL(IMMUTABLE, MUTABLE),
    ]
