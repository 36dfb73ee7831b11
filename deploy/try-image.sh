#!/usr/bin/env bash
# Try the image where no container engine runs: its file system, read-only, in namespaces of its own; its user, without
# capabilities; only /tmp and the four data folders can be written. As near to `docker run --read-only` as can be had.
#
#   deploy/try-image.sh            what compose.yaml does: sandbox and connector, one file from the inbox to the archive
#   deploy/try-image.sh COMMAND…   one command of the connector, such as --help or demo
#
# TAG is the image, default konnect-connector:latest. Needs root, buildah and util-linux.
set -euo pipefail
cd "$(dirname "$0")/.."

TAG=${TAG:-konnect-connector:latest}
user=10001

if [ "${1:-}" = --inside ]; then
    # In the new namespaces: make the root read-only, mount what may be written, become nobody in particular.
    root=$2 data=$3
    shift 3
    mount --bind "$root" "$root"
    mount -o remount,bind,ro,nosuid "$root"
    mount -t proc -o ro,nosuid,nodev,noexec,hidepid=invisible,subset=pid proc "$root/proc"
    mount -t tmpfs -o size=512m,mode=1777,nosuid,nodev tmpfs "$root/tmp"
    mount -t tmpfs -o size=1m,mode=755,nosuid tmpfs "$root/dev"
    for device in null zero urandom random; do
        touch "$root/dev/$device"
        mount --bind "/dev/$device" "$root/dev/$device"
    done
    mkdir "$root/dev/shm"
    mount -t tmpfs -o size=64m,mode=1777,nosuid,nodev,noexec tmpfs "$root/dev/shm"
    mount --bind "$data/config" "$root/data/config"
    mount -o remount,bind,ro "$root/data/config"
    for folder in inbox archive outbox state; do mount --bind "$data/$folder" "$root/data/$folder"; done
    # setpriv inside changes the user after chroot; --no-new-privs and the empty bounding set are `cap_drop: [ALL]`.
    exec chroot "$root" /usr/bin/env -i PATH=/opt/connector/bin:/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 \
        PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 KONNECT_PASSWORD=demo-company-token HOME=/data \
        setpriv --reuid "$user" --regid "$user" --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all \
        sh -c 'cd /data && exec "$@"' sh "$@"
fi

container=$(buildah from --pull-never "$TAG")
root=$(buildah mount "$container")
data=$(mktemp -d)
started=()
finish() {
    [ "${#started[@]}" -eq 0 ] || kill "${started[@]}" 2>/dev/null || true
    wait
    rm -rf "$data"
    buildah umount "$container" >/dev/null
    buildah rm "$container" >/dev/null
}
trap finish EXIT

chmod 755 "$data"
mkdir "$data"/{config,inbox,archive,outbox,state}
cp -r deploy/compose/config/. "$data/config/"
sed -i 's#http://sandbox:8000#http://127.0.0.1:8000#' "$data/config/connector.toml"
chown "$user:$user" "$data"/{inbox,archive,outbox,state}
confined() { unshare --mount --propagation private "$0" --inside "$root" "$data" "$@"; }
# In the background as one process, so that a signal reaches the connector and not a shell around it.
start() {
    local log=$data/$1.log
    shift
    (exec unshare --mount --propagation private "$0" --inside "$root" "$data" "$@") >"$log" 2>&1 &
    started+=($!)
}

if [ $# -gt 0 ]; then
    confined connector "$@"
    exit
fi

waits_for() {
    local seconds
    for seconds in $(seq 60); do
        "$@" >/dev/null 2>&1 && return
        sleep 1
    done
    echo "gave up after $seconds seconds: $*" >&2
    tail -n 20 "$data"/*.log >&2
    return 1
}

echo "== who and what"
confined sh -c 'id; touch /x 2>&1; grep -E "^(CapEff|CapBnd|NoNewPrivs)" /proc/self/status; connector --version'
echo "== sandbox and connector"
start sandbox connector sandbox --host 127.0.0.1 --port 8000
waits_for curl --silent --fail http://127.0.0.1:8000/openapi.json
start connector connector run
connector=$!
printf 'sku,location_id,quantity\r\nTS-RED-S,BLR-01,7\r\nTS-RED-M,BLR-01,0\r\n' >"$data/inbox/.stock.tmp"
mv "$data/inbox/.stock.tmp" "$data/inbox/stock.csv"
waits_for sh -c "find '$data/archive' -type f -name '*stock*' | grep -q ."
echo "== archive and outbox"
(cd "$data" && find archive outbox -type f)
echo "== health check"
confined sh -c 'connector status --json >/dev/null; [ $? -le 1 ]' && echo healthy
echo "== SIGTERM"
kill "$connector"
code=0
wait "$connector" || code=$?
tail -n 5 "$data/connector.log"
echo "the daemon ended with code $code"
[ "$code" -eq 0 ]
