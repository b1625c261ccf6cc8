#!/bin/sh
# Writes requirements.lock: every package of every extra, pinned, as resolved today in a throw-away environment.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"$1" -m venv "$place/env"
"$place/env/bin/pip" install --quiet torch==2.13.0
"$place/env/bin/pip" install --quiet -e '.[dev]'
"$place/env/bin/pip" freeze --exclude-editable | sed 's/^torch==.*/torch==2.13.0/' > requirements.lock
