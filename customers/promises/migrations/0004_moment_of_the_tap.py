from django.db import migrations, models

import crm.lib.moments


class Migration(migrations.Migration):
    dependencies = [
        ("promises", "0003_counted_by_day"),
    ]

    operations = [
        # What a default is given by is nothing to the database: no table need be made anew for it.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="amendment",
                    name="at",
                    field=models.DateTimeField(default=crm.lib.moments.now, verbose_name="when"),
                ),
                migrations.AlterField(
                    model_name="problem",
                    name="opened_at",
                    field=models.DateTimeField(default=crm.lib.moments.now, verbose_name="noted"),
                ),
                migrations.AlterField(
                    model_name="problemedit",
                    name="at",
                    field=models.DateTimeField(default=crm.lib.moments.now, verbose_name="when"),
                ),
                migrations.AlterField(
                    model_name="promise",
                    name="made_at",
                    field=models.DateTimeField(default=crm.lib.moments.now, verbose_name="made"),
                ),
                migrations.AlterField(
                    model_name="standingorder",
                    name="made_at",
                    field=models.DateTimeField(default=crm.lib.moments.now, verbose_name="since"),
                ),
                migrations.AlterField(
                    model_name="standingorderedit",
                    name="at",
                    field=models.DateTimeField(default=crm.lib.moments.now, verbose_name="when"),
                ),
                migrations.AlterField(
                    model_name="wish",
                    name="asked_at",
                    field=models.DateTimeField(default=crm.lib.moments.now, verbose_name="asked"),
                ),
                migrations.AlterField(
                    model_name="wishedit",
                    name="at",
                    field=models.DateTimeField(default=crm.lib.moments.now, verbose_name="when"),
                ),
            ]
        )
    ]
