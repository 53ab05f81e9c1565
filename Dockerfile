# awswhitelist as an MCP server on standard input and output: docker run --rm -i awswhitelist
#
# The base is named exactly. To pin its contents too, give it with its digest:
#     make image BASE=python:3.13.7-slim-bookworm@sha256:...
ARG BASE=python:3.13.7-slim-bookworm

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY setup.py pyproject.toml MANIFEST.in README.md LICENSE CHANGELOG.md ./
COPY requirements.txt requirements-dev.txt ./
COPY awswhitelist ./awswhitelist
# What only a build needs (pip, for one) does not go along.
RUN python -m venv /opt/awswhitelist \
    && /opt/awswhitelist/bin/python -m pip install . \
    && /opt/awswhitelist/bin/python -m pip uninstall --yes pip

FROM ${BASE}
LABEL org.opencontainers.image.title="awswhitelist" \
      org.opencontainers.image.description="Opens one hole in an AWS firewall, and closes it again" \
      org.opencontainers.image.source="https://github.com/awswhitelist/awswhitelist" \
      org.opencontainers.image.licenses="MIT" \
      io.modelcontextprotocol.server.name="io.github.awswhitelist/awswhitelist"
# State and configuration have places that a volume can be mounted at. By number, so that an engine
# can see that it is not root.
RUN install -d -o 10001 -g 10001 -m 0700 /var/lib/awswhitelist /var/cache/awswhitelist \
    && install -d -m 0755 /etc/awswhitelist
COPY --from=build /opt/awswhitelist /opt/awswhitelist
COPY --chmod=0755 deploy/healthcheck.sh /usr/local/bin/awswhitelist-healthcheck
ENV PATH=/opt/awswhitelist/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    XDG_STATE_HOME=/var/lib \
    XDG_CACHE_HOME=/var/cache \
    XDG_CONFIG_HOME=/etc
USER 10001:10001
WORKDIR /var/lib/awswhitelist
VOLUME ["/var/lib/awswhitelist"]
# Asks AWS who we are: rarely, for it counts against the account's limits as any call does.
HEALTHCHECK --interval=5m --timeout=30s --start-period=10s --retries=3 \
    CMD ["awswhitelist-healthcheck"]
ENTRYPOINT ["awswhitelist"]
CMD ["serve"]
