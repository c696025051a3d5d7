# hadolint ignore=DL3006
FROM vidferry-base/debian
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-17 \
    && rm -rf /var/lib/apt/lists/*
ENV PATH=/usr/lib/postgresql/17/bin:$PATH PGDATA=/var/lib/postgresql/data
# What docker.io/library/postgres does with POSTGRES_USER, POSTGRES_DB and POSTGRES_PASSWORD, as far as docker-compose.yml uses it.
COPY postgres-entrypoint /usr/local/bin/
STOPSIGNAL SIGINT
ENTRYPOINT ["postgres-entrypoint"]
