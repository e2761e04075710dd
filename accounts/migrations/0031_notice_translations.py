"""A notice keeps its text in the other languages too; who sends what."""

from django.db import migrations, models

GUARD = """
create or replace function refuse_change_of_sent_notice() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        if old.sent_at is null then
            return old;
        end if;
    elsif (new.customer_id, new.kind, new.key, new."on", new.context, new.sent_at, new.language,
           new.subject, new.body, {translations_new}new.template_version, new.corrects_id)
          is not distinct from
          (old.customer_id, old.kind, old.key, old."on", old.context, old.sent_at, old.language,
           old.subject, old.body, {translations_old}old.template_version, old.corrects_id) then
        return new;
    end if;
    raise exception 'a notice that was sent stays as it was: % is refused', tg_op
        using errcode = 'restrict_violation', hint = 'Queue a correction instead.';
end $$
"""


def guarding(also):
    return GUARD.format(
        translations_new="new.translations, " if also else "",
        translations_old="old.translations, " if also else "",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0030_notices_and_webhooks"),
    ]

    operations = [
        migrations.AddField(
            model_name="notice",
            name="translations",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.RunSQL(guarding(True), guarding(False)),
    ]
