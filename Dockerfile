# The connector as an image: one program, one user without rights, nothing to write to but /data and /tmp.
# How to build and run it, with and without a container engine: docs/deployment.md.
#
# BASE is any Debian-like image with Python 3.11 or newer and its venv module.
ARG BASE=python:3.11-slim-bookworm

# ---- build: everything pinned, every hash checked -------------------------------------------------------------------
FROM ${BASE} AS build
ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
COPY requirements.lock requirements-build.lock ./
RUN python3 -m venv /opt/connector \
 && /opt/connector/bin/python -m pip install --quiet --no-deps --require-hashes --only-binary :all: -r requirements.lock \
 && python3 -m venv /build/tools \
 && /build/tools/bin/python -m pip install --quiet --no-deps --require-hashes --only-binary :all: -r requirements-build.lock
COPY pyproject.toml README.md LICENSE ./
COPY connector ./connector
# pip itself has no business in the image that runs.
RUN /build/tools/bin/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir /build/wheels . \
 && /opt/connector/bin/python -m pip install --quiet --no-deps --no-index /build/wheels/*.whl \
 && /opt/connector/bin/python -m compileall -q /opt/connector/lib \
 && /opt/connector/bin/python -m pip uninstall --quiet --yes pip setuptools

# ---- run ------------------------------------------------------------------------------------------------------------
FROM ${BASE}
LABEL org.opencontainers.image.title="Konnect Connector" \
      org.opencontainers.image.licenses="Apache-2.0"
# A number, so that Kubernetes' runAsNonRoot can see that it is not root.
ARG UID=10001
RUN groupadd --gid ${UID} connector \
 && useradd --uid ${UID} --gid ${UID} --home-dir /data --no-create-home --shell /usr/sbin/nologin connector \
 && install -d -o ${UID} -g ${UID} /data /data/inbox /data/archive /data/outbox /data/state \
 && install -d /data/config /data/config/profiles
COPY --from=build /opt/connector /opt/connector
ENV PATH=/opt/connector/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER ${UID}:${UID}
WORKDIR /data
# /data is the workspace. config/ is mounted read-only; the four others hold what must outlive the container.
# The ledger in state/ wants a local disk, not a network one.
VOLUME ["/data/inbox", "/data/archive", "/data/outbox", "/data/state"]
EXPOSE 8000
STOPSIGNAL SIGTERM
# Exit code 1 means that a file waits for a person: the connector itself is well.
HEALTHCHECK --interval=60s --timeout=20s --start-period=30s --retries=3 \
    CMD ["/bin/sh", "-c", "connector status --json >/dev/null; [ $? -le 1 ]"]
ENTRYPOINT ["connector"]
CMD ["run"]
