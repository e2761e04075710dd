"""Work items with their moves, notes, reply templates, saved filters, bulk acts."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

#: What was, stays: moves and versions are only added to.
APPEND_ONLY = ("accounts_workmove", "accounts_noteversion", "accounts_replytemplateversion")
#: Rows that change, and stay.
KEPT = ("accounts_workitem", "accounts_note", "accounts_replytemplate")


def guard(table, name, events):
    return migrations.RunSQL(
        f"create trigger {table}_{name} before {events} on {table} "
        "for each statement execute function refuse_change()",
        f"drop trigger {table}_{name} on {table}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0011_export_jobs"),
    ]

    operations = [
        migrations.CreateModel(
            name="QueueSync",
            fields=[
                (
                    "queue",
                    models.CharField(
                        max_length=40, primary_key=True, serialize=False, verbose_name="queue"
                    ),
                ),
                ("through", models.DateField(verbose_name="through")),
                (
                    "at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="time"
                    ),
                ),
                (
                    "opened",
                    models.PositiveIntegerField(db_default=0, default=0, verbose_name="opened"),
                ),
                (
                    "closed",
                    models.PositiveIntegerField(db_default=0, default=0, verbose_name="closed"),
                ),
            ],
            options={
                "verbose_name": "state of a queue",
                "verbose_name_plural": "states of queues",
            },
        ),
        migrations.CreateModel(
            name="BulkRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("of", models.CharField(max_length=20, verbose_name="rows of")),
                (
                    "chosen",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None, verbose_name="chosen"
                    ),
                ),
                ("source", models.TextField(db_default="", default="", verbose_name="chosen from")),
                (
                    "recipe",
                    models.CharField(db_default="", default="", max_length=40, verbose_name="act"),
                ),
                ("data", models.JSONField(default=dict, verbose_name="data")),
                (
                    "above",
                    models.CharField(
                        db_default="ask",
                        default="ask",
                        max_length=4,
                        verbose_name="above one's authority",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("choosing", "Being prepared"),
                            ("previewed", "Previewed"),
                            ("running", "Running"),
                            ("done", "Done"),
                        ],
                        default="choosing",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "made_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="made at"),
                ),
                ("confirmed_at", models.DateTimeField(null=True, verbose_name="confirmed at")),
                ("done_at", models.DateTimeField(null=True, verbose_name="done at")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={
                "verbose_name": "bulk act",
                "verbose_name_plural": "bulk acts",
                "permissions": [("bulk_acts", "Can act on many customers at once")],
            },
        ),
        migrations.CreateModel(
            name="BulkTarget",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("subject_id", models.BigIntegerField(verbose_name="subject")),
                ("fill", models.JSONField(default=dict, verbose_name="filled in")),
                (
                    "words",
                    models.CharField(db_default="", default="", max_length=200, verbose_name="on"),
                ),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=2, default=0, max_digits=14, verbose_name="amount"
                    ),
                ),
                ("alone", models.BooleanField(default=True, verbose_name="within authority")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("done", "Done"),
                            ("asked", "Sent for approval"),
                            ("refused", "Refused"),
                            ("skipped", "Skipped"),
                        ],
                        default="waiting",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        db_default="", default="", max_length=300, verbose_name="why not"
                    ),
                ),
                ("at", models.DateTimeField(null=True, verbose_name="time")),
                (
                    "act",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.staffact",
                        verbose_name="act of staff",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.actrequest",
                        verbose_name="request for approval",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="targets",
                        to="accounts.bulkrun",
                        verbose_name="bulk act",
                    ),
                ),
            ],
            options={
                "verbose_name": "result of a bulk act",
                "verbose_name_plural": "results of bulk acts",
            },
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField(verbose_name="note")),
                (
                    "pinned",
                    models.BooleanField(db_default=False, default=False, verbose_name="pinned"),
                ),
                (
                    "version",
                    models.PositiveIntegerField(db_default=1, default=1, verbose_name="version"),
                ),
                (
                    "written_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="written at",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="written by",
                    ),
                ),
            ],
            options={
                "verbose_name": "internal note",
                "verbose_name_plural": "internal notes",
                "permissions": [
                    ("write_notes", "Can write internal notes on customers"),
                    ("edit_all_notes", "Can edit and pin the notes of others"),
                ],
            },
        ),
        migrations.CreateModel(
            name="NoteVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="version")),
                ("text", models.TextField(verbose_name="note")),
                ("pinned", models.BooleanField(verbose_name="pinned")),
                ("at", models.DateTimeField(verbose_name="time")),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "note",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="accounts.note",
                        verbose_name="internal note",
                    ),
                ),
            ],
            options={
                "verbose_name": "version of a note",
                "verbose_name_plural": "versions of notes",
            },
        ),
        migrations.CreateModel(
            name="ReplyTemplate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, unique=True, verbose_name="name")),
                ("text_en", models.TextField(verbose_name="text in English")),
                ("text_zh_hans", models.TextField(verbose_name="text in Simplified Chinese")),
                (
                    "active",
                    models.BooleanField(db_default=True, default=True, verbose_name="in use"),
                ),
                (
                    "version",
                    models.PositiveIntegerField(db_default=1, default=1, verbose_name="version"),
                ),
            ],
            options={
                "verbose_name": "reply template",
                "verbose_name_plural": "reply templates",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("name", ""), _negated=True),
                            models.Q(("text_en", ""), _negated=True),
                            models.Q(("text_zh_hans", ""), _negated=True),
                        ),
                        name="reply_says_something_in_both_languages",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReplyTemplateVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="version")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("text_en", models.TextField(verbose_name="text in English")),
                ("text_zh_hans", models.TextField(verbose_name="text in Simplified Chinese")),
                ("active", models.BooleanField(verbose_name="in use")),
                ("at", models.DateTimeField(verbose_name="time")),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "template",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="accounts.replytemplate",
                        verbose_name="reply template",
                    ),
                ),
            ],
            options={
                "verbose_name": "version of a reply template",
                "verbose_name_plural": "versions of reply templates",
            },
        ),
        migrations.CreateModel(
            name="SavedFilter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("of", models.CharField(max_length=80, verbose_name="list")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("query", models.CharField(max_length=1000, verbose_name="filters")),
                (
                    "shared",
                    models.BooleanField(db_default=False, default=False, verbose_name="shared"),
                ),
                (
                    "saved_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="saved at",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="owner",
                    ),
                ),
            ],
            options={
                "verbose_name": "saved filter",
                "verbose_name_plural": "saved filters",
                "permissions": [("share_filters", "Can share saved filters with everybody")],
            },
        ),
        migrations.CreateModel(
            name="WorkItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("queue", models.CharField(max_length=40, verbose_name="queue")),
                ("key", models.CharField(max_length=80, verbose_name="key")),
                ("subject_id", models.BigIntegerField(null=True, verbose_name="subject")),
                (
                    "context",
                    models.JSONField(
                        db_default=models.Value({}, models.JSONField()),
                        default=dict,
                        verbose_name="context",
                    ),
                ),
                ("cause_on", models.DateField(verbose_name="date of the cause")),
                ("opened_at", models.DateTimeField(verbose_name="opened at")),
                ("due_at", models.DateTimeField(verbose_name="due at")),
                (
                    "priority",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "Urgent"), (2, "High"), (3, "Normal"), (4, "Low")],
                        default=3,
                        verbose_name="priority",
                    ),
                ),
                ("claimed_at", models.DateTimeField(null=True, verbose_name="claimed at")),
                ("snoozed_until", models.DateTimeField(null=True, verbose_name="snoozed until")),
                (
                    "snoozed_why",
                    models.CharField(
                        db_default="", default="", max_length=300, verbose_name="why snoozed"
                    ),
                ),
                ("done_at", models.DateTimeField(null=True, verbose_name="done at")),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("nothing_to_do", "Looked at, nothing to do"),
                            ("acted", "Acted on"),
                            ("contacted", "Customer contacted"),
                            ("other", "Other"),
                            ("gone", "Its cause is gone"),
                            ("decided", "Decided"),
                        ],
                        db_default="",
                        default="",
                        max_length=16,
                        verbose_name="outcome",
                    ),
                ),
                (
                    "version",
                    models.PositiveIntegerField(db_default=1, default=1, verbose_name="version"),
                ),
                (
                    "assigned_to",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="assigned to",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "done_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="done by",
                    ),
                ),
                (
                    "not_for",
                    models.ForeignKey(
                        db_index=False,
                        help_text="who may not take it: their own request",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="not for",
                    ),
                ),
            ],
            options={
                "verbose_name": "work item",
                "verbose_name_plural": "work items",
                "permissions": [
                    ("work_items", "Can claim, hand over, snooze and finish work items"),
                    ("assign_work", "Can assign work items to others and take theirs over"),
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkMove",
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
                            ("claimed", "Claimed"),
                            ("assigned", "Assigned"),
                            ("handed_over", "Handed over"),
                            ("released", "Given back"),
                            ("snoozed", "Snoozed"),
                            ("woken", "Taken up again"),
                            ("finished", "Finished"),
                            ("closed", "Closed by itself"),
                        ],
                        max_length=12,
                        verbose_name="move",
                    ),
                ),
                ("version", models.PositiveIntegerField(verbose_name="version")),
                ("at", models.DateTimeField(verbose_name="time")),
                ("until", models.DateTimeField(null=True, verbose_name="until")),
                ("words", models.TextField(db_default="", default="", verbose_name="words")),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="moves",
                        to="accounts.workitem",
                        verbose_name="work item",
                    ),
                ),
                (
                    "to",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="to",
                    ),
                ),
            ],
            options={
                "verbose_name": "move of a work item",
                "verbose_name_plural": "moves of work items",
            },
        ),
        migrations.AddIndex(
            model_name="bulkrun",
            index=models.Index(
                condition=models.Q(("state", "running")), fields=["id"], name="bulk_run_running"
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("confirmed_at", None), ("state__in", ["choosing", "previewed"])),
                    models.Q(("confirmed_at__isnull", False), ("state__in", ["running", "done"])),
                    _connector="OR",
                ),
                name="confirmed_run_has_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkrun",
            constraint=models.CheckConstraint(
                condition=models.Q(("above__in", ["ask", "skip"])),
                name="above_authority_ask_or_skip",
            ),
        ),
        migrations.AddIndex(
            model_name="bulktarget",
            index=models.Index(fields=["run", "state", "id"], name="bulk_target_by_state"),
        ),
        migrations.AddConstraint(
            model_name="bulktarget",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["refused", "skipped"]), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="target_left_out_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="bulktarget",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gte", 0), ("amount__lt", 1000000000000)),
                name="target_amount_is_not_negative",
            ),
        ),
        migrations.AddIndex(
            model_name="note",
            index=models.Index(fields=["customer", "-pinned", "-id"], name="note_by_customer"),
        ),
        migrations.AddConstraint(
            model_name="note",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="note_says_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="noteversion",
            constraint=models.UniqueConstraint(
                fields=("note", "number"), name="note_version_has_a_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="replytemplateversion",
            constraint=models.UniqueConstraint(
                fields=("template", "number"), name="reply_version_has_a_number"
            ),
        ),
        migrations.AddIndex(
            model_name="savedfilter",
            index=models.Index(
                condition=models.Q(("shared", True)), fields=["of"], name="shared_filter"
            ),
        ),
        migrations.AddConstraint(
            model_name="savedfilter",
            constraint=models.UniqueConstraint(
                fields=("owner", "of", "name"), name="one_saved_filter_a_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="savedfilter",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True), name="saved_filter_has_a_name"
            ),
        ),
        migrations.AddIndex(
            model_name="workitem",
            index=models.Index(
                condition=models.Q(("done_at", None)),
                fields=["priority", "due_at", "id"],
                name="work_by_urgency",
            ),
        ),
        migrations.AddIndex(
            model_name="workitem",
            index=models.Index(
                condition=models.Q(("done_at", None)),
                fields=["queue", "priority", "due_at", "id"],
                name="work_open",
            ),
        ),
        migrations.AddIndex(
            model_name="workitem",
            index=models.Index(
                condition=models.Q(("done_at", None), ("assigned_to__isnull", False)),
                fields=["assigned_to", "priority", "due_at", "id"],
                name="work_of_a_person",
            ),
        ),
        migrations.AddIndex(
            model_name="workitem",
            index=models.Index(
                condition=models.Q(("done_at", None)), fields=["due_at", "id"], name="work_overdue"
            ),
        ),
        migrations.AddIndex(
            model_name="workitem",
            index=models.Index(
                condition=models.Q(("done_at", None), ("snoozed_until__isnull", False)),
                fields=["snoozed_until"],
                name="work_snoozed",
            ),
        ),
        migrations.AddIndex(
            model_name="workitem",
            index=models.Index(
                condition=models.Q(("done_at", None)),
                fields=["customer"],
                name="work_of_a_customer",
            ),
        ),
        migrations.AddIndex(
            model_name="workitem",
            index=models.Index(fields=["queue", "key", "cause_on"], name="work_by_cause"),
        ),
        migrations.AddConstraint(
            model_name="workitem",
            constraint=models.UniqueConstraint(
                condition=models.Q(("done_at", None)),
                fields=("queue", "key"),
                name="one_open_item_a_cause",
            ),
        ),
        migrations.AddConstraint(
            model_name="workitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("done_at", None), ("done_by", None), ("outcome", "")),
                    models.Q(("done_at__isnull", False), models.Q(("outcome", ""), _negated=True)),
                    _connector="OR",
                ),
                name="done_item_has_an_outcome",
            ),
        ),
        migrations.AddConstraint(
            model_name="workitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("assigned_to", None), ("claimed_at", None)),
                    models.Q(("assigned_to__isnull", False), ("claimed_at__isnull", False)),
                    _connector="OR",
                ),
                name="assigned_item_has_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="workitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("snoozed_until", None), ("snoozed_why", "")),
                    models.Q(
                        ("snoozed_until__isnull", False),
                        models.Q(("snoozed_why", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="snoozed_item_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="workitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("not_for", None),
                    ("assigned_to", None),
                    models.Q(("assigned_to", models.F("not_for")), _negated=True),
                    _connector="OR",
                ),
                name="item_is_not_given_to_whom_it_is_not_for",
            ),
        ),
        *(guard(table, "is_append_only", "update or delete or truncate") for table in APPEND_ONLY),
        *(guard(table, "is_kept", "delete or truncate") for table in KEPT),
        # claimed, snoozed, finished: an item changes several times within its page
        migrations.RunSQL(
            "alter table accounts_workitem set (fillfactor = 85)",
            "alter table accounts_workitem reset (fillfactor)",
        ),
    ]
