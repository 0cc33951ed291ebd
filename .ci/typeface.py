"""The typeface of printed sheets, made at set-up (some ten seconds) so that nobody waits for it at the first sheet."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maps.settings")


def main() -> None:
    import django

    django.setup()
    from maps.printing.fonts import NoFont, face

    try:
        face("")
    except NoFont as error:
        print(f"Note: {error}", file=sys.stderr)


if __name__ == "__main__":
    main()
