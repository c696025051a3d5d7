# hadolint ignore=DL3006
FROM vidferry-base/debian
RUN apt-get update \
    && apt-get install -y --no-install-recommends valkey-server valkey-tools \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o valkey -g valkey /data
# hadolint ignore=DL3066
USER valkey
WORKDIR /data
