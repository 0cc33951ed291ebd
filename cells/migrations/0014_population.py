"""How many people live where."""

import django.contrib.postgres.indexes
import spatial.postgis.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cells', '0013_posts_at_every_level'),
    ]

    operations = [
        migrations.CreateModel(
            name='Population',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=60, verbose_name='code')),
                ('year', models.PositiveSmallIntegerField(verbose_name='year')),
                ('people', models.FloatField(verbose_name='people')),
                ('source', models.CharField(blank=True, max_length=120, verbose_name='source')),
                ('shape', spatial.postgis.fields.CityMultiPolygonField(spatial_index=False, verbose_name='shape')),
            ],
            options={
                'ordering': ('-year', 'code'),
                'indexes': [django.contrib.postgres.indexes.GistIndex(fields=['shape'], name='population_shape')],
                'constraints': [models.UniqueConstraint(fields=('year', 'code'), name='one_population_of_an_area_and_year'), models.CheckConstraint(condition=models.Q(('people__gte', 0)), name='people_are_counted')],
            },
        ),
    ]
