from typing import Any

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies: list[Any] = []
    operations = [
        migrations.CreateModel(
            name="SeenRequest",
            fields=[
                ("nonce", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("at", models.BigIntegerField(db_index=True)),
            ],
        ),
    ]
