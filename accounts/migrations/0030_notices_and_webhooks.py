"""Notices to customers with their texts and attempts; outgoing webhooks with their log."""

import datetime
import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import accounts.fields
import accounts.notices.models

APPEND_ONLY = ("accounts_noticetemplate", "accounts_outboxevent", "accounts_webhookattempt")
AUDIT = ("accounts_contactpreferenceevent", "accounts_webhookendpointevent")

# A notice that was sent is a fact: only who read it, and how its e-mail went, is written after.
SENT_IS_SENT = """
create function refuse_change_of_sent_notice() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        if old.sent_at is null then
            return old;
        end if;
    elsif (new.customer_id, new.kind, new.key, new."on", new.context, new.sent_at, new.language,
           new.subject, new.body, new.template_version, new.corrects_id)
          is not distinct from
          (old.customer_id, old.kind, old.key, old."on", old.context, old.sent_at, old.language,
           old.subject, old.body, old.template_version, old.corrects_id) then
        return new;
    end if;
    raise exception 'a notice that was sent stays as it was: % is refused', tg_op
        using errcode = 'restrict_violation', hint = 'Queue a correction instead.';
end $$;
create trigger notice_sent_stays before update or delete on accounts_notice
    for each row when (old.sent_at is not null)
    execute function refuse_change_of_sent_notice();
create trigger notice_is_not_truncated before truncate on accounts_notice
    for each statement execute function refuse_change()
"""
SENT_MAY_CHANGE = """
drop trigger notice_is_not_truncated on accounts_notice;
drop trigger notice_sent_stays on accounts_notice;
drop function refuse_change_of_sent_notice()
"""


def guard(table):
    return migrations.RunSQL(
        f"create trigger {table}_is_append_only before update or delete or truncate on {table} "
        "for each statement execute function refuse_change()",
        f"drop trigger {table}_is_append_only on {table}",
    )


def not_truncated(table):
    return migrations.RunSQL(
        f"create trigger {table}_is_not_truncated before truncate on {table} "
        "for each statement execute function refuse_change()",
        f"drop trigger {table}_is_not_truncated on {table}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0020_work"),
        ("pghistory", "0007_auto_20250421_0444"),
        # refuse_change(): one function of the database for the tables of every room
        ("billing", "0003_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="ContactPreference",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="contact",
                        serialize=False,
                        to="accounts.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "email",
                    accounts.fields.EncryptedTextField(
                        blank=True, editable=True, null=True, verbose_name="e-mail"
                    ),
                ),
                (
                    "time_zone",
                    models.CharField(
                        blank=True, db_default="", max_length=64, verbose_name="time zone"
                    ),
                ),
                (
                    "contact_from",
                    models.TimeField(
                        db_default=models.Value(datetime.time(8, 0)),
                        default=datetime.time(8, 0),
                        verbose_name="not before",
                    ),
                ),
                (
                    "contact_until",
                    models.TimeField(
                        db_default=models.Value(datetime.time(22, 0)),
                        default=datetime.time(22, 0),
                        verbose_name="not after",
                    ),
                ),
                (
                    "channels",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=16),
                        default=accounts.notices.models.all_channels,
                        size=None,
                        verbose_name="channels",
                    ),
                ),
                (
                    "changed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="changed at",
                    ),
                ),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="changed by",
                    ),
                ),
            ],
            options={
                "verbose_name": "contact preference",
                "verbose_name_plural": "contact preferences",
            },
        ),
        migrations.CreateModel(
            name="ContactPreferenceEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "email",
                    accounts.fields.EncryptedTextField(
                        blank=True, editable=True, null=True, verbose_name="e-mail"
                    ),
                ),
                (
                    "time_zone",
                    models.CharField(
                        blank=True, db_default="", max_length=64, verbose_name="time zone"
                    ),
                ),
                (
                    "contact_from",
                    models.TimeField(
                        db_default=models.Value(datetime.time(8, 0)),
                        default=datetime.time(8, 0),
                        verbose_name="not before",
                    ),
                ),
                (
                    "contact_until",
                    models.TimeField(
                        db_default=models.Value(datetime.time(22, 0)),
                        default=datetime.time(22, 0),
                        verbose_name="not after",
                    ),
                ),
                (
                    "channels",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=16),
                        default=accounts.notices.models.all_channels,
                        size=None,
                        verbose_name="channels",
                    ),
                ),
                (
                    "changed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="changed at",
                    ),
                ),
                (
                    "changed_by",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="changed by",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        serialize=False,
                        to="accounts.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="accounts.contactpreference",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.UUIDField(
                        db_default=models.Func(function="gen_random_uuid"), default=uuid.uuid4
                    ),
                ),
                ("kind", models.CharField(max_length=40, verbose_name="kind")),
                ("key", models.CharField(max_length=120)),
                ("about", models.CharField(blank=True, db_default="", max_length=80)),
                ("on", models.DateField(verbose_name="business date")),
                ("context", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("held", "Held"),
                            ("sending", "Being sent"),
                            ("sent", "Sent"),
                            ("read", "Read"),
                            ("dropped", "Dropped"),
                            ("failed", "Failed"),
                        ],
                        db_default="queued",
                        default="queued",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                (
                    "why",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("hours", "outside the hours in which the customer may be contacted"),
                            ("silenced", "the customer must not be contacted"),
                            ("over", "its cause was over before it was sent"),
                            ("superseded", "a newer notice about the same took its place"),
                            ("too_old", "it could not be sent in time"),
                            ("untold", "what it corrects was never sent"),
                            ("broken", "its text could not be made"),
                            ("refused", "the mail server refused it"),
                            ("unknown", "nobody knows whether the mail server took it"),
                        ],
                        db_default="",
                        max_length=12,
                        verbose_name="why",
                    ),
                ),
                ("because", models.CharField(blank=True, db_default="", max_length=40)),
                (
                    "queued_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="queued at",
                    ),
                ),
                (
                    "due_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="not before",
                    ),
                ),
                ("sent_at", models.DateTimeField(null=True, verbose_name="sent at")),
                ("read_at", models.DateTimeField(null=True, verbose_name="read at")),
                (
                    "language",
                    models.CharField(
                        blank=True, db_default="", max_length=10, verbose_name="language"
                    ),
                ),
                (
                    "subject",
                    models.CharField(
                        blank=True, db_default="", max_length=200, verbose_name="subject"
                    ),
                ),
                ("body", models.TextField(blank=True, db_default="", verbose_name="text")),
                (
                    "template_version",
                    models.PositiveIntegerField(null=True, verbose_name="version of the text"),
                ),
                (
                    "corrects",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrected_by",
                        to="accounts.notice",
                        verbose_name="corrects",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to="accounts.customer",
                        verbose_name="customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "notice",
                "verbose_name_plural": "notices",
                "permissions": [("resend_notices", "Can send a failed notice again")],
            },
        ),
        migrations.CreateModel(
            name="NoticeAttempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[("in_app", "In the app"), ("email", "E-mail")],
                        max_length=16,
                        verbose_name="channel",
                    ),
                ),
                ("n", models.PositiveSmallIntegerField(verbose_name="attempt")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("sending", "Being sent"),
                            ("sent", "Sent"),
                            ("refused", "Refused"),
                            ("unknown", "Unknown"),
                            ("dropped", "Dropped"),
                        ],
                        default="waiting",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                (
                    "not_before",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="not before",
                    ),
                ),
                ("started_at", models.DateTimeField(null=True, verbose_name="started at")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended at")),
                (
                    "to",
                    models.CharField(blank=True, db_default="", max_length=254, verbose_name="to"),
                ),
                (
                    "error",
                    models.CharField(
                        blank=True, db_default="", max_length=500, verbose_name="error"
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="asked by",
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attempts",
                        to="accounts.notice",
                    ),
                ),
            ],
            options={
                "verbose_name": "attempt to send",
                "verbose_name_plural": "attempts to send",
            },
        ),
        migrations.CreateModel(
            name="NoticeTemplate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=40, verbose_name="kind")),
                ("language", models.CharField(max_length=10, verbose_name="language")),
                ("version", models.PositiveIntegerField(verbose_name="version")),
                ("subject", models.CharField(max_length=200, verbose_name="subject")),
                ("body", models.TextField(verbose_name="text")),
                (
                    "published_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="published at",
                    ),
                ),
                (
                    "published_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="published by",
                    ),
                ),
            ],
            options={
                "verbose_name": "text of a notice",
                "verbose_name_plural": "texts of notices",
                "permissions": [("publish_notice_texts", "Can publish texts of notices")],
            },
        ),
        migrations.CreateModel(
            name="OutboxEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.UUIDField(
                        db_default=models.Func(function="gen_random_uuid"),
                        default=uuid.uuid4,
                        verbose_name="public id",
                    ),
                ),
                (
                    "event",
                    models.CharField(
                        choices=[
                            ("line.status_changed", "Line status changed"),
                            ("restriction.opened", "Restriction opened"),
                            ("restriction.lifted", "Restriction lifted"),
                            ("appeal.decided", "Appeal decided"),
                            ("day.closed", "Day closed"),
                        ],
                        max_length=40,
                        verbose_name="event",
                    ),
                ),
                ("key", models.CharField(max_length=120)),
                ("occurred_at", models.DateTimeField(verbose_name="occurred at")),
                ("data", models.JSONField(default=dict, verbose_name="data")),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.customer",
                        verbose_name="customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "announced event",
                "verbose_name_plural": "announced events",
            },
        ),
        migrations.CreateModel(
            name="WebhookDelivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("lane", models.BigIntegerField(db_default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("delivered", "Delivered"),
                            ("dead", "Given up"),
                            ("skipped", "Skipped"),
                        ],
                        db_default="waiting",
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "attempts",
                    models.PositiveSmallIntegerField(
                        db_default=0, default=0, verbose_name="attempts"
                    ),
                ),
                (
                    "next_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="next attempt",
                    ),
                ),
                ("done_at", models.DateTimeField(null=True, verbose_name="done at")),
                (
                    "event",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="accounts.outboxevent",
                        verbose_name="event",
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="sent again or skipped by",
                    ),
                ),
            ],
            options={
                "verbose_name": "webhook delivery",
                "verbose_name_plural": "webhook deliveries",
                "permissions": [("resend_webhooks", "Can send webhooks again")],
            },
        ),
        migrations.CreateModel(
            name="WebhookAttempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("n", models.PositiveSmallIntegerField(verbose_name="attempt")),
                ("at", models.DateTimeField(verbose_name="time")),
                ("url", models.CharField(max_length=500, verbose_name="address")),
                ("request", models.TextField(verbose_name="request")),
                ("status", models.PositiveSmallIntegerField(null=True, verbose_name="status")),
                ("response", models.TextField(blank=True, db_default="", verbose_name="response")),
                (
                    "error",
                    models.CharField(
                        blank=True, db_default="", max_length=300, verbose_name="error"
                    ),
                ),
                ("milliseconds", models.PositiveIntegerField(verbose_name="milliseconds")),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="log",
                        to="accounts.webhookdelivery",
                        verbose_name="delivery",
                    ),
                ),
            ],
            options={
                "verbose_name": "webhook attempt",
                "verbose_name_plural": "webhook attempts",
            },
        ),
        migrations.CreateModel(
            name="WebhookEndpoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, unique=True, verbose_name="name")),
                ("url", models.CharField(max_length=500, verbose_name="address")),
                (
                    "secret",
                    accounts.fields.EncryptedTextField(
                        editable=True, null=True, verbose_name="secret"
                    ),
                ),
                (
                    "previous_secret",
                    accounts.fields.EncryptedTextField(
                        editable=True, null=True, verbose_name="previous secret"
                    ),
                ),
                (
                    "previous_until",
                    models.DateTimeField(null=True, verbose_name="previous secret signs until"),
                ),
                (
                    "wants",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("line.status_changed", "Line status changed"),
                                ("restriction.opened", "Restriction opened"),
                                ("restriction.lifted", "Restriction lifted"),
                                ("appeal.decided", "Appeal decided"),
                                ("day.closed", "Day closed"),
                            ],
                            max_length=40,
                        ),
                        default=list,
                        size=None,
                        verbose_name="events",
                    ),
                ),
                (
                    "active",
                    models.BooleanField(db_default=True, default=True, verbose_name="active"),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="created at",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
            ],
            options={
                "verbose_name": "webhook endpoint",
                "verbose_name_plural": "webhook endpoints",
            },
        ),
        migrations.AddField(
            model_name="webhookdelivery",
            name="endpoint",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deliveries",
                to="accounts.webhookendpoint",
                verbose_name="endpoint",
            ),
        ),
        migrations.CreateModel(
            name="WebhookEndpointEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("url", models.CharField(max_length=500, verbose_name="address")),
                (
                    "previous_until",
                    models.DateTimeField(null=True, verbose_name="previous secret signs until"),
                ),
                (
                    "wants",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("line.status_changed", "Line status changed"),
                                ("restriction.opened", "Restriction opened"),
                                ("restriction.lifted", "Restriction lifted"),
                                ("appeal.decided", "Appeal decided"),
                                ("day.closed", "Day closed"),
                            ],
                            max_length=40,
                        ),
                        default=list,
                        size=None,
                        verbose_name="events",
                    ),
                ),
                (
                    "active",
                    models.BooleanField(db_default=True, default=True, verbose_name="active"),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="created at",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="accounts.webhookendpoint",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddConstraint(
            model_name="contactpreference",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("contact_from__gte", datetime.time(8, 0)),
                    ("contact_from__lt", models.F("contact_until")),
                    ("contact_until__lte", datetime.time(22, 0)),
                ),
                name="contact_hours_are_within_the_day",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contactpreference",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "accounts_contactpreferenceevent" ("changed_at", "changed_by_id", "channels", "contact_from", "contact_until", "customer_id", "email", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "time_zone") VALUES (NEW."changed_at", NEW."changed_by_id", NEW."channels", NEW."contact_from", NEW."contact_until", NEW."customer_id", NEW."email", _pgh_attach_context(), NOW(), \'insert\', NEW."customer_id", NEW."time_zone"); RETURN NULL;',
                    hash="b92c6604b4cd06392f751d93e020bec68881022c",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_704b3",
                    table="accounts_contactpreference",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contactpreference",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "accounts_contactpreferenceevent" ("changed_at", "changed_by_id", "channels", "contact_from", "contact_until", "customer_id", "email", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "time_zone") VALUES (NEW."changed_at", NEW."changed_by_id", NEW."channels", NEW."contact_from", NEW."contact_until", NEW."customer_id", NEW."email", _pgh_attach_context(), NOW(), \'update\', NEW."customer_id", NEW."time_zone"); RETURN NULL;',
                    hash="77bfef19e87ab68ff34f9eb77bd34315ff9ea4e0",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_98765",
                    table="accounts_contactpreference",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contactpreference",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "accounts_contactpreferenceevent" ("changed_at", "changed_by_id", "channels", "contact_from", "contact_until", "customer_id", "email", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "time_zone") VALUES (OLD."changed_at", OLD."changed_by_id", OLD."channels", OLD."contact_from", OLD."contact_until", OLD."customer_id", OLD."email", _pgh_attach_context(), NOW(), \'delete\', OLD."customer_id", OLD."time_zone"); RETURN NULL;',
                    hash="e3d4cd33aacaddfe4d49733c187312638847a149",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_7ff94",
                    table="accounts_contactpreference",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contactpreferenceevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="bf872f63ba763713096012d06744d59361c0c0c1",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_b1907",
                    table="accounts_contactpreferenceevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("state__in", ("queued", "held"))),
                fields=["due_at", "id"],
                name="notice_to_deliver",
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("state__in", ("queued", "held"))),
                fields=["customer", "about"],
                name="notice_to_supersede",
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["customer", "id"], name="notice_by_customer"),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("read_at__isnull", True), ("sent_at__isnull", False)),
                fields=["customer"],
                name="notice_unread",
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["state", "id"], name="notice_by_state"),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.UniqueConstraint(
                fields=("kind", "key"), name="notice_is_queued_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("sent_at", None),
                    models.Q(
                        models.Q(("subject", ""), _negated=True),
                        models.Q(("body", ""), _negated=True),
                        models.Q(("language", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="sent_notice_keeps_its_text",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("sent_at", None), ("state__in", ("queued", "held", "dropped"))),
                    models.Q(
                        ("sent_at__isnull", False), ("state__in", ("sending", "sent", "read"))
                    ),
                    ("state", "failed"),
                    _connector="OR",
                ),
                name="notice_is_sent_at_a_moment",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(("read_at", None), ("sent_at__isnull", False), _connector="OR"),
                name="notice_is_read_after_it_is_sent",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ("held", "dropped", "failed")), _negated=True),
                    models.Q(("why", ""), _negated=True),
                    _connector="OR",
                ),
                name="notice_not_sent_says_why",
            ),
        ),
        migrations.AddIndex(
            model_name="noticeattempt",
            index=models.Index(
                condition=models.Q(("state__in", ("waiting", "sending"))),
                fields=["not_before", "id"],
                name="attempt_to_make",
            ),
        ),
        migrations.AddConstraint(
            model_name="noticeattempt",
            constraint=models.UniqueConstraint(
                fields=("notice", "channel", "n"), name="attempt_is_made_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="noticeattempt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ("waiting", "dropped")),
                    ("started_at__isnull", False),
                    _connector="OR",
                ),
                name="attempt_begins_before_it_ends",
            ),
        ),
        migrations.AddConstraint(
            model_name="noticetemplate",
            constraint=models.UniqueConstraint(
                fields=("kind", "language", "version"), name="one_text_a_version"
            ),
        ),
        migrations.AddConstraint(
            model_name="noticetemplate",
            constraint=models.CheckConstraint(
                condition=models.Q(("version__gte", 1)),
                name="published_text_follows_the_shipped_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="outboxevent",
            constraint=models.UniqueConstraint(
                fields=("event", "key"), name="event_is_announced_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="webhookattempt",
            constraint=models.UniqueConstraint(
                fields=("delivery", "n"), name="one_webhook_attempt_a_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="webhookendpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(("wants", []), _negated=True),
                name="endpoint_wants_at_least_one_event",
            ),
        ),
        migrations.AddConstraint(
            model_name="webhookendpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("previous_secret", None), ("previous_until", None)),
                    models.Q(("previous_secret__isnull", False), ("previous_until__isnull", False)),
                    _connector="OR",
                ),
                name="previous_secret_has_its_end",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="webhookendpoint",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "accounts_webhookendpointevent" ("active", "created_at", "created_by_id", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "previous_until", "url", "wants") VALUES (NEW."active", NEW."created_at", NEW."created_by_id", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."previous_until", NEW."url", NEW."wants"); RETURN NULL;',
                    hash="c306463038999fc5e30cd08e2e1c1732560a2a1e",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_ca5e8",
                    table="accounts_webhookendpoint",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="webhookendpoint",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."active" IS DISTINCT FROM (NEW."active") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."created_by_id" IS DISTINCT FROM (NEW."created_by_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."previous_until" IS DISTINCT FROM (NEW."previous_until") OR OLD."url" IS DISTINCT FROM (NEW."url") OR OLD."wants" IS DISTINCT FROM (NEW."wants"))',
                    func='INSERT INTO "accounts_webhookendpointevent" ("active", "created_at", "created_by_id", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "previous_until", "url", "wants") VALUES (NEW."active", NEW."created_at", NEW."created_by_id", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."previous_until", NEW."url", NEW."wants"); RETURN NULL;',
                    hash="143ee2a97cc0756a6becba556cf2a0047f3f31de",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_fbd22",
                    table="accounts_webhookendpoint",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(
                condition=models.Q(("state__in", ("waiting", "dead"))),
                fields=["endpoint", "lane", "id"],
                name="delivery_not_done",
            ),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(
                condition=models.Q(("state", "dead")), fields=["id"], name="delivery_given_up"
            ),
        ),
        migrations.AddConstraint(
            model_name="webhookdelivery",
            constraint=models.UniqueConstraint(
                fields=("event", "endpoint"), name="event_goes_to_an_endpoint_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="webhookdelivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("done_at", None), ("state__in", ("waiting", "dead"))),
                    models.Q(("done_at__isnull", False), ("state__in", ("delivered", "skipped"))),
                    _connector="OR",
                ),
                name="delivery_is_done_at_a_moment",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="webhookendpointevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="7d5e12c5ecd0d6657753f5548ad848fee56f95a5",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_63cc2",
                    table="accounts_webhookendpointevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(SENT_IS_SENT, SENT_MAY_CHANGE),
        *(guard(table) for table in APPEND_ONLY),
        *(not_truncated(table) for table in AUDIT),
    ]
