from django.db import migrations


def show_decimals(apps, schema_editor):
    """Let shares and means, which seldom come out even, be told with two decimals."""
    indicators = apps.get_model("indicators", "Indicator").objects.using(schema_editor.connection.alias)
    indicators.filter(aggregation__in=["ratio", "mean"], decimals=0).update(decimals=2)


class Migration(migrations.Migration):
    dependencies = [("indicators", "0004_milestones_and_manner")]

    operations = [migrations.RunPython(show_decimals, migrations.RunPython.noop, elidable=True)]
