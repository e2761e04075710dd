"""Signing in: attempts, events, who has which role; the indexes of the audit log."""

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

#: The record of signing in: the database refuses to change it, like the facts of the book.
APPEND_ONLY = "accounts_signinevent"
AUDIT = (
    "accounts_customerevent",
    "accounts_userevent",
    "accounts_authoritylimitevent",
    "accounts_userroleevent",
    "accounts_rolepermissionevent",
)
NEW_AUDIT = ("accounts_userroleevent", "accounts_rolepermissionevent")


def append_only(table):
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


def by_time(table):
    """The audit log reads each table newest first."""
    return migrations.RunSQL(
        f"create index {table}_by_time on {table} (pgh_created_at desc, pgh_id desc)",
        f"drop index {table}_by_time",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_four_eyes"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("pghistory", "0007_auto_20250421_0444"),
        # refuse_change(): one function of the database for the tables of every room
        ("billing", "0003_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="Attempts",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("account", "User name"),
                            ("address", "Address"),
                            ("code", "Code of the second factor"),
                        ],
                        max_length=8,
                        verbose_name="counted by",
                    ),
                ),
                ("key", models.CharField(editable=False, max_length=64)),
                ("shown", models.CharField(max_length=80, verbose_name="who")),
                ("failures", models.IntegerField(verbose_name="failures")),
                ("since", models.DateTimeField(verbose_name="since")),
                ("locked_until", models.DateTimeField(null=True, verbose_name="locked until")),
            ],
            options={
                "verbose_name": "lock-out",
                "verbose_name_plural": "lock-outs",
                "permissions": [("lift_lockout", "Can lift a lock-out")],
            },
        ),
        migrations.CreateModel(
            name="RolePermissionEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.IntegerField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SignInEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                        verbose_name="time",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("signed_in", "Signed in"),
                            ("failed", "Attempt failed"),
                            ("locked", "Locked out"),
                            ("lifted", "Lock-out lifted"),
                            ("signed_out", "Signed out"),
                            ("factor_set", "Second factor set up"),
                            ("factor_removed", "Second factor removed"),
                            ("codes_made", "Recovery codes made"),
                            ("code_used", "Recovery code used"),
                            ("password", "Password changed"),
                            ("sessions_ended", "Sessions ended"),
                        ],
                        max_length=16,
                        verbose_name="what",
                    ),
                ),
                (
                    "about",
                    models.CharField(
                        blank=True, db_default="", max_length=200, verbose_name="about"
                    ),
                ),
                (
                    "address",
                    models.CharField(
                        blank=True, db_default="", max_length=60, verbose_name="address"
                    ),
                ),
                (
                    "device",
                    models.CharField(
                        blank=True, db_default="", max_length=80, verbose_name="device"
                    ),
                ),
            ],
            options={
                "verbose_name": "sign-in event",
                "verbose_name_plural": "sign-in events",
                "permissions": [("read_audit_log", "Can read the audit log")],
            },
        ),
        migrations.CreateModel(
            name="UserRoleEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="RolePermission",
            fields=[],
            options={
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("auth.group_permissions",),
        ),
        migrations.CreateModel(
            name="UserRole",
            fields=[],
            options={
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("accounts.user_groups",),
        ),
        migrations.AddIndex(
            model_name="actrequest",
            index=models.Index(fields=["-requested_at", "-id"], name="request_by_time"),
        ),
        migrations.AddIndex(
            model_name="actrequest",
            index=models.Index(
                condition=models.Q(("decided_at__isnull", False)),
                fields=["-decided_at", "-id"],
                name="request_by_decision",
            ),
        ),
        migrations.AddIndex(
            model_name="disclosure",
            index=models.Index(fields=["-at", "-id"], name="disclosure_by_time"),
        ),
        migrations.AddIndex(
            model_name="export",
            index=models.Index(fields=["-at", "-id"], name="export_by_time"),
        ),
        migrations.AddIndex(
            model_name="staffact",
            index=models.Index(fields=["-done_at", "-id"], name="staff_act_by_time"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "accounts_userevent" ("customer_id", "date_joined", "email", "first_name", "id", "is_active", "is_staff", "is_superuser", "language", "last_name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "username") VALUES (NEW."customer_id", NEW."date_joined", NEW."email", NEW."first_name", NEW."id", NEW."is_active", NEW."is_staff", NEW."is_superuser", NEW."language", NEW."last_name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."username"); RETURN NULL;',
                    hash="8d8d286c5f9f94689cda3bddb8b961caa3aed514",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_3867c",
                    table="accounts_user",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="attempts",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="user",
            ),
        ),
        migrations.AddField(
            model_name="rolepermissionevent",
            name="group",
            field=models.ForeignKey(
                db_constraint=False,
                db_tablespace="",
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="auth.group",
            ),
        ),
        migrations.AddField(
            model_name="rolepermissionevent",
            name="permission",
            field=models.ForeignKey(
                db_constraint=False,
                db_tablespace="",
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="auth.permission",
            ),
        ),
        migrations.AddField(
            model_name="rolepermissionevent",
            name="pgh_context",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="pghistory.context",
            ),
        ),
        migrations.AddField(
            model_name="signinevent",
            name="by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="by",
            ),
        ),
        migrations.AddField(
            model_name="signinevent",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="user",
            ),
        ),
        migrations.AddField(
            model_name="userroleevent",
            name="group",
            field=models.ForeignKey(
                db_constraint=False,
                db_tablespace="",
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="auth.group",
            ),
        ),
        migrations.AddField(
            model_name="userroleevent",
            name="pgh_context",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="pghistory.context",
            ),
        ),
        migrations.AddField(
            model_name="userroleevent",
            name="user",
            field=models.ForeignKey(
                db_constraint=False,
                db_tablespace="",
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="rolepermission",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "accounts_rolepermissionevent" ("group_id", "id", "permission_id", "pgh_context_id", "pgh_created_at", "pgh_label") VALUES (NEW."group_id", NEW."id", NEW."permission_id", _pgh_attach_context(), NOW(), \'insert\'); RETURN NULL;',
                    hash="81e12f75dfef6107562c527643a638a2e9b5960e",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_febfb",
                    table="auth_group_permissions",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="rolepermission",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "accounts_rolepermissionevent" ("group_id", "id", "permission_id", "pgh_context_id", "pgh_created_at", "pgh_label") VALUES (OLD."group_id", OLD."id", OLD."permission_id", _pgh_attach_context(), NOW(), \'delete\'); RETURN NULL;',
                    hash="8f755abdf91bb983b0ef4a91403e61ecbe689ac8",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_ff00d",
                    table="auth_group_permissions",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="userrole",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "accounts_userroleevent" ("group_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "user_id") VALUES (NEW."group_id", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."user_id"); RETURN NULL;',
                    hash="6d79b3b3b8950b4ab307af828e0fc409b1f162e2",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_c200e",
                    table="accounts_user_groups",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="userrole",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "accounts_userroleevent" ("group_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "user_id") VALUES (OLD."group_id", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."user_id"); RETURN NULL;',
                    hash="18799a208892464ea42d54d88042c9de9e979a56",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_15b35",
                    table="accounts_user_groups",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="attempts",
            constraint=models.UniqueConstraint(
                fields=("kind", "key"), name="attempts_are_counted_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="attempts",
            constraint=models.CheckConstraint(
                condition=models.Q(("failures__gte", 0)), name="attempts_are_not_negative"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="rolepermissionevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="b34fbcc40813c7770dee1192943386e686e8d6aa",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_2943d",
                    table="accounts_rolepermissionevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="signinevent",
            index=models.Index(fields=["-at", "-id"], name="sign_in_by_time"),
        ),
        migrations.AddIndex(
            model_name="signinevent",
            index=models.Index(fields=["user", "-at"], name="sign_in_by_user"),
        ),
        migrations.AddIndex(
            model_name="signinevent",
            index=models.Index(
                condition=models.Q(("by__isnull", False)),
                fields=["by", "-at"],
                name="sign_in_by_actor",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="userroleevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="a65586e7416b5d18b09e665bbc72988f45db56d2",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_5691d",
                    table="accounts_userroleevent",
                    when="BEFORE",
                ),
            ),
        ),
        append_only(APPEND_ONLY),
        *(not_truncated(table) for table in NEW_AUDIT),
        *(by_time(table) for table in AUDIT),
        migrations.RunSQL(
            # the audit log of one actor: what they changed in audited tables
            "create index audit_context_by_user on pghistory_context ((metadata ->> 'user'))",
            "drop index audit_context_by_user",
        ),
    ]
