#!/bin/sh
# Installs the locked versions into .venv. torch goes first and alone, so that no other package can pull a newer build.
set -eu
start=$(date +%s)
for tool in bwrap:bubblewrap chromium:chromium chromedriver:chromium-driver; do
    command=${tool%%:*} package=${tool##*:}
    if ! command -v "$command" >/dev/null 2>&1; then
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
            { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$package"; } >/dev/null 2>&1 ||
                echo "skipped: the system package $package could not be installed"
        else
            echo "skipped: the system package $package is missing (needs root and apt-get)"
        fi
    fi
done
[ -x .venv/bin/python ] || "$1" -m venv .venv
.venv/bin/pip install --quiet "$(grep '^torch==' requirements.lock)"
.venv/bin/pip install --quiet -r requirements.lock
.venv/bin/pip install --quiet --no-deps -e .
echo "installation time: $(( $(date +%s) - start )) s"
