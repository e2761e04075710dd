# Sourced: production settings with throw-away secrets, for steps that serve nobody.
python=${PYTHON_IN:-$(command -v .venv/bin/python || command -v python3)}
throw_away() { "$python" -c "import base64, secrets; print(base64.urlsafe_b64encode(secrets.token_bytes($1)).decode())"; }
DJANGO_ENV=production
DEBUG=no
SECURE_SSL=yes
ALLOWED_HOSTS=desk.invalid
SECRET_KEY=$(throw_away 64)
INDEX_KEY=$(throw_away 64)
FIELD_KEYS=$(throw_away 32)
DATABASE_URL=postgres://fairline@database.invalid/fairline
REDIS_URL=redis://broker.invalid/0
export DJANGO_ENV DEBUG SECURE_SSL ALLOWED_HOSTS SECRET_KEY INDEX_KEY FIELD_KEYS DATABASE_URL REDIS_URL
