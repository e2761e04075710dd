#!/bin/sh
# Collects static files as production serves them; STATIC_FOLDER says where to.
set -eu
cd "$(dirname "$0")/.."
. scripts/production_env.sh
exec "$python" manage.py collectstatic --no-input --verbosity 0
