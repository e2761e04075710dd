"""Working calendars are published from a day on, and never edited."""

import datetime

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


def keep_the_newest(apps, schema_editor):
    """One row a code again: what a table without days can say."""
    rows = apps.get_model("appeals", "WorkCalendar").objects
    newest = {code: pk for pk, code in rows.order_by("effective_from").values_list("pk", "code")}
    rows.exclude(pk__in=newest.values()).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("appeals", "0011_limits_of_packages"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(migrations.RunPython.noop, keep_the_newest),
        pgtrigger.migrations.RemoveTrigger(
            model_name="workcalendar",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="workcalendar",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="workcalendar",
            name="delete_delete",
        ),
        migrations.AddField(
            model_name="workcalendar",
            name="effective_from",
            field=models.DateField(
                db_default=datetime.date(2000, 1, 1),
                default=datetime.date(2000, 1, 1),
                verbose_name="effective from",
            ),
        ),
        migrations.AddField(
            model_name="workcalendar",
            name="published_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), verbose_name="published at"
            ),
        ),
        migrations.AddField(
            model_name="workcalendar",
            name="published_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="published by",
            ),
        ),
        migrations.AddField(
            model_name="workcalendarevent",
            name="effective_from",
            field=models.DateField(
                db_default=datetime.date(2000, 1, 1),
                default=datetime.date(2000, 1, 1),
                verbose_name="effective from",
            ),
        ),
        migrations.AddField(
            model_name="workcalendarevent",
            name="published_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), verbose_name="published at"
            ),
        ),
        migrations.AddField(
            model_name="workcalendarevent",
            name="published_by",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="published by",
            ),
        ),
        migrations.AlterField(
            model_name="workcalendar",
            name="code",
            field=models.SlugField(db_index=False, max_length=20, verbose_name="code"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="workcalendar",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "appeals_workcalendarevent" ("code", "document", "effective_from", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "published_by_id") VALUES (NEW."code", NEW."document", NEW."effective_from", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."published_at", NEW."published_by_id"); RETURN NULL;',
                    hash="d0dbc9ab85f1c6c054ce0d11b5320870bde41012",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_7ef2b",
                    table="appeals_workcalendar",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="workcalendar",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "appeals_workcalendarevent" ("code", "document", "effective_from", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "published_by_id") VALUES (NEW."code", NEW."document", NEW."effective_from", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."published_at", NEW."published_by_id"); RETURN NULL;',
                    hash="e227ac5fbeb4afec0945799be66af05c20e36b22",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_2f636",
                    table="appeals_workcalendar",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="workcalendar",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "appeals_workcalendarevent" ("code", "document", "effective_from", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "published_by_id") VALUES (OLD."code", OLD."document", OLD."effective_from", OLD."id", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."published_at", OLD."published_by_id"); RETURN NULL;',
                    hash="70008f5740b2a3e0fc1c46bb7db05a3612dcfb0a",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_e83ad",
                    table="appeals_workcalendar",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="workcalendar",
            constraint=models.UniqueConstraint(
                fields=("code", "effective_from"), name="calendar_has_one_version_a_day"
            ),
        ),
        migrations.RunSQL(
            "create trigger appeals_workcalendar_is_append_only before update or delete or "
            "truncate on appeals_workcalendar for each statement execute function refuse_change()",
            "drop trigger appeals_workcalendar_is_append_only on appeals_workcalendar",
        ),
    ]
