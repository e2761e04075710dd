#!/bin/sh
# Django's deployment checks under production settings.
set -eu
cd "$(dirname "$0")/.."
. scripts/production_env.sh
exec "$python" manage.py check --deploy --fail-level WARNING
