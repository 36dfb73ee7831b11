#!/usr/bin/env bash
# Build the image without a container engine: buildah with chroot isolation, as root, from the same Dockerfile.
#
#   deploy/build-image.sh [options of `buildah build`, such as --volume]
#
# BASE   the base image; default: the one of the Dockerfile. Where it cannot be fetched, a Debian with Python is made by
#        debootstrap and taken instead.
# TAG    name of the image, default konnect-connector:latest
# MIRROR Debian mirror for debootstrap, default debootstrap's own
# A proxy's certificate, pip's configuration and the like are this machine's business: pass them as options, for example
#   deploy/build-image.sh --volume /etc/pip.conf:/etc/pip.conf:ro
set -euo pipefail
cd "$(dirname "$0")/.."

BASE=${BASE:-$(sed -n 's/^ARG BASE=//p' Dockerfile)}
TAG=${TAG:-konnect-connector:latest}
OWN_BASE=localhost/debian-python:bookworm

for tool in buildah debootstrap; do
    command -v "$tool" >/dev/null || { echo "$tool is missing: apt-get install buildah debootstrap" >&2; exit 1; }
done

make_base() {
    local folder container
    folder=$(mktemp -d)
    echo "base: Debian bookworm with Python, by debootstrap"
    # shellcheck disable=SC2086 - no mirror is no argument
    debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$folder" ${MIRROR:-} \
        >"$folder.log" 2>&1 || { tail -n 20 "$folder.log" >&2; exit 1; }
    rm -rf "$folder"/var/cache/apt/archives/*.deb "$folder"/var/lib/apt/lists/*
    container=$(buildah from scratch)
    buildah add --quiet "$container" "$folder" / >/dev/null
    buildah config --cmd python3 --env LANG=C.UTF-8 "$container"
    buildah commit --quiet --rm "$container" "$OWN_BASE" >/dev/null
    rm -rf "$folder" "$folder.log"
}

if ! buildah inspect --type image "$BASE" >/dev/null 2>&1 && ! buildah pull --quiet "$BASE" >/dev/null 2>&1; then
    echo "base: $BASE cannot be fetched from here"
    BASE=$OWN_BASE
    buildah inspect --type image "$BASE" >/dev/null 2>&1 || make_base
fi

echo "build: $TAG on $BASE"
# The docker format, because the other one has no place for a health check.
buildah build --isolation chroot --format docker --build-arg "BASE=$BASE" --tag "$TAG" "$@" .
echo "built: $TAG"
