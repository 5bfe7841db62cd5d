import uuid

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import vendors.tenancy


class Migration(migrations.Migration):
    dependencies = [
        ("planning", "0001_initial"),
        ("vendors", "0003_merged_products"),
    ]

    operations = [
        migrations.CreateModel(
            name="DecisionEdit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="when")),
                ("before", models.JSONField(verbose_name="before")),
                ("after", models.JSONField(verbose_name="after")),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="vendors.member",
                        verbose_name="changed by",
                    ),
                ),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="edits", to="planning.decision"
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="vendors.vendor",
                        verbose_name="shop",
                    ),
                ),
            ],
            options={
                "verbose_name": "change of a decision",
                "verbose_name_plural": "changes of decisions",
                "ordering": ["at", "id"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("vendor", "uid"), name="planning_decisionedit_uid_once_a_shop"),
                    models.UniqueConstraint(fields=("vendor", "id"), name="planning_decisionedit_can_be_parent"),
                    vendors.tenancy.SameVendor(field="by", name="planning_decisionedit_by_same_shop"),
                    vendors.tenancy.SameVendor(field="decision", name="planning_decisionedit_decision_same_shop"),
                ],
            },
        ),
    ]
