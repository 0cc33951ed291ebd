"""docs/deploy/nginx.conf made to run on free ports of this machine, with a certificate of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from django.conf import settings


def written_for(folder: Path, *, port: int, plain: int, upstream: int) -> Path:
    """The whole file for an nginx that serves at a port; only names, ports and folders differ from what cities get."""
    key, certificate = folder / "privkey.pem", folder / "fullchain.pem"
    if not key.exists():
        openssl = shutil.which("openssl") or "openssl"
        subprocess.run(
            [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
             "-keyout", key, "-out", certificate],
            check=True, capture_output=True,
        )  # fmt: skip
    told = (Path(settings.ROOT) / "docs" / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    for before, after in {
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{port} ssl http2;",
        "server 127.0.0.1:8000;": f"server 127.0.0.1:{upstream};",
        "city.example": "127.0.0.1",
        "/etc/ssl/wanmi/fullchain.pem": str(certificate),
        "/etc/ssl/wanmi/privkey.pem": str(key),
        "/var/lib/wanmi/static": str(folder / "static"),
        "/var/log/nginx/wanmi.log": str(folder / "access.log"),
    }.items():
        assert before in told, f"nginx.conf has no “{before}” any more"
        told = told.replace(before, after)
    assert not re.search(r"/var/|/etc/", re.sub(r"#.*", "", told)), "a folder of a real server is left"
    whole = folder / "nginx.conf"
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.geteuid() == 0 else ""
    whole.write_text(
        f"{user}worker_processes 1;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\n"
        f"events {{ worker_connections 256; }}\nhttp {{\ninclude /etc/nginx/mime.types;\n{temporary}{told}\n}}\n",
        encoding="utf-8",
    )
    return whole
