from django.db import migrations, models

import crm.lib.moments


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0003_merged_customers"),
    ]

    operations = [
        # What a default is given by is nothing to the database: no table need be made anew for it.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="customer",
                    name="added_at",
                    field=models.DateTimeField(default=crm.lib.moments.now, editable=False, verbose_name="added"),
                ),
                migrations.AlterField(
                    model_name="customeredit",
                    name="at",
                    field=models.DateTimeField(default=crm.lib.moments.now, verbose_name="when"),
                ),
                migrations.AlterField(
                    model_name="customermerge",
                    name="at",
                    field=models.DateTimeField(default=crm.lib.moments.now, verbose_name="when"),
                ),
                migrations.AlterField(
                    model_name="household",
                    name="made_at",
                    field=models.DateTimeField(default=crm.lib.moments.now, verbose_name="since"),
                ),
                migrations.AlterField(
                    model_name="membership",
                    name="joined_at",
                    field=models.DateTimeField(default=crm.lib.moments.now, verbose_name="since"),
                ),
            ]
        )
    ]
