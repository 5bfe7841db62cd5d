from django.db import migrations, models

import crm.lib.moments


class Migration(migrations.Migration):
    dependencies = [
        ("planning", "0002_decision_edits"),
    ]

    operations = [
        # What a default is given by is nothing to the database: no table need be made anew for it.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="buyingedit",
                    name="at",
                    field=models.DateTimeField(default=crm.lib.moments.now, verbose_name="when"),
                ),
                migrations.AlterField(
                    model_name="decisionedit",
                    name="at",
                    field=models.DateTimeField(default=crm.lib.moments.now, verbose_name="when"),
                ),
            ]
        )
    ]
