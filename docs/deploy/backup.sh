#!/usr/bin/env bash
# A copy of the database (custom form, for pg_restore) and of the photos in FOLDER/<moment>; the last KEEP are kept.
#
#   docs/deploy/backup.sh FOLDER [KEEP]     run in the checkout's environment, as whoever may read the database
#
# A copy that was broken off has the ending .part and is thrown away by the next one.
set -euo pipefail
folder="${1:?FOLDER}" keep="${2:-14}"
cd "$(dirname "$0")/../.."
mkdir -p "$folder"
exec 9>"$folder/.lock"
flock -n 9 || { echo "another copy is being made" >&2; exit 1; }
rm -rf "$folder"/*.part
to="$folder/$(date -u +%Y%m%dT%H%M%SZ)"
mkdir -m 0700 "$to.part"
settings=$(.venv/bin/python - <<'P'
from maps import settings

print(settings.DATABASE_URL.replace("postgis://", "postgresql://", 1))
print(settings.PHOTOS)
P
)
{ read -r url; read -r photos; } <<<"$settings"
pg_dump --format=custom --no-password --file "$to.part/database.dump" "$url"
# After the database: a row is never without its file, while files without a row do no harm.
if [ -d "$photos" ]; then tar --create --file "$to.part/photos.tar" --directory "$photos" .; fi
(cd "$to.part" && sha256sum -- * >SHA256SUMS)
sync
mv "$to.part" "$to"
find "$folder" -mindepth 1 -maxdepth 1 -type d -name '20*Z' | sort | head -n -"$keep" | xargs -r rm -rf
echo "$to"
