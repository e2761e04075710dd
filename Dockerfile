FROM python:3.13-slim AS build
WORKDIR /app
COPY requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -q -r requirements.txt

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY --from=build /venv /venv
COPY . .
# Static files are collected at build time, under settings that hold no secret of anybody.
RUN useradd --system --no-create-home fairline \
    && python manage.py compile_messages \
    && STATIC_FOLDER=/app/collected sh scripts/collect_static.sh \
    && mkdir -p var && chown fairline var
ENV STATIC_FOLDER=/app/collected DJANGO_ENV=production
USER fairline
EXPOSE 8000
CMD ["granian", "--interface=wsgi", "--host=0.0.0.0", "--port=8000", "--blocking-threads=8", "--blocking-threads-idle-timeout=600", "--backpressure=64", "config.wsgi:application"]
