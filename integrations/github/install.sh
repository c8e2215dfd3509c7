#!/usr/bin/env bash
# Installs campaignd from the checkout that this action is a part of, with the versions it was
# tested with, once a job.
set -euo pipefail

root=$(cd "$GITHUB_ACTION_PATH/../.." && pwd)
home=$RUNNER_TEMP/campaignd
if [ -x "$home/bin/campaignd" ]; then
  exit 0
fi
"$PYTHON" -m venv "$home"
# Hashes would be demanded of the checkout as well, which has none.
sed -E -e '/^ +--hash=/d' -e 's/ *\\$//' "$root/requirements.lock" > "$home/constraints.txt"
"$home/bin/pip" install --quiet --disable-pip-version-check \
  --constraint "$home/constraints.txt" "$root"
"$home/bin/campaignd" --version
