# What loads and tries infra/egress/nftables.conf in the trial: the images of Vidferry hold no tools for networks.
ARG DEBIAN_IMAGE
# hadolint ignore=DL3006
FROM ${DEBIAN_IMAGE}
RUN apt-get update \
    && apt-get install -y --no-install-recommends iproute2 nftables python3 \
    && rm -rf /var/lib/apt/lists/*
