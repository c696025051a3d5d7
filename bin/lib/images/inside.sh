# The first process of the namespaces that bin/images makes: RUN_FOLDER DATA_FOLDER COMMAND…
# Starts a Docker daemon here, then the command.
set -eu
run=$1 data=$2
shift 2

mount --make-rprivate /
# Sockets and locks of a daemon that the machine may have are not ours.
mount -t tmpfs -o mode=755 vidferry /run
ip link set lo up
echo here >"$run/ready"
waited=0
until ip -4 addr show dev tap0 2>/dev/null | grep -q inet; do
  waited=$((waited + 1))
  [ "$waited" -le 300 ] || { echo "vidferry: slirp4netns made no network; see .tools/images/slirp4netns.log" >&2; exit 1; }
  sleep 0.1
done
# The machine's own may be on its loopback, which is another one here.
echo 'nameserver 10.0.2.3' >/run/resolv.conf
mount --bind /run/resolv.conf /etc/resolv.conf

# All containers together would count as one process, and get next to nothing where many run.
for weight in /sys/fs/cgroup/cpu/vidferry-images/cpu.shares /sys/fs/cgroup/vidferry-images/cpu.weight; do
  group=${weight%/*}
  [ ! -e "${group%/*}/cgroup.procs" ] || { mkdir -p "$group" && echo 10000 >"$weight"; } 2>/dev/null || true
done

mkdir -p "$data"
dockerd --data-root "$data" --exec-root /run/docker -H unix:///run/docker.sock --pidfile /run/docker.pid \
  --cgroup-parent /vidferry-images >"$data.log" 2>&1 &
daemon=$!
export DOCKER_HOST=unix:///run/docker.sock
until docker info >/dev/null 2>&1; do
  kill -0 "$daemon" 2>/dev/null || { echo "vidferry: the Docker daemon did not start; see $data.log" >&2; tail -5 "$data.log" >&2; exit 1; }
  sleep 0.2
done
status=0
"$@" || status=$?
exit "$status"
