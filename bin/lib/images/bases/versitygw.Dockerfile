# hadolint ignore=DL3006
FROM vidferry-base/debian
COPY versitygw /usr/local/bin/versitygw
