"""Folders of the project."""

import os
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
# Everything that running writes: data of the embedded servers, logs, uploads, secrets.
VAR = Path(os.environ.get("VAR_DIR", "") or BASE / "var").resolve()
