# hadolint ignore=DL3006
FROM vidferry-base/debian
RUN apt-get update \
    && apt-get install -y --no-install-recommends prometheus \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o nobody -g nogroup /prometheus
USER 65534
ENTRYPOINT ["prometheus"]
