# hadolint ignore=DL3006
FROM vidferry-base/debian
COPY bun /usr/local/bin/bun
