"""The index of open cases holds open cases only.

Django's PostGIS schema editor writes the SQL of a GiST index on a geometry itself and leaves its condition out, so that
the index named so until now held the closed cases too: counting the open cases of a city of 60,000 read all of them.
"""

from django.db import migrations

PARTIAL = """
DROP INDEX open_case_place;
CREATE INDEX open_case_place ON cases_case USING gist (place) WHERE NOT (stage IN ('closed', 'void'));
"""
WHOLE = """
DROP INDEX open_case_place;
CREATE INDEX open_case_place ON cases_case USING gist (place);
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0004_history_guard")]
    operations = [migrations.RunSQL(PARTIAL, WHOLE)]
