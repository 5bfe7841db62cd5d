from django.db import migrations, models

import crm.lib.moments


class Migration(migrations.Migration):
    dependencies = [
        ("preferences", "0002_merged_products"),
    ]

    operations = [
        # What a default is given by is nothing to the database: no table need be made anew for it.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="noticeanswer",
                    name="at",
                    field=models.DateTimeField(default=crm.lib.moments.now),
                ),
                migrations.AlterField(
                    model_name="preference",
                    name="at",
                    field=models.DateTimeField(default=crm.lib.moments.now, verbose_name="since"),
                ),
            ]
        )
    ]
