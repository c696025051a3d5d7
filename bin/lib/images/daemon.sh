# Sourced by bin/images, after setup.sh. A Docker daemon: the one that is there, else one for this run alone.

images_tools=$tools/images

# with_docker COMMAND…: runs it where DOCKER_HOST leads to a daemon.
with_docker() {
  if docker info >/dev/null 2>&1; then
    "$@"
    return
  fi
  [ -z "${DOCKER_HOST:-}" ] || {
    say "DOCKER_HOST is $DOCKER_HOST, and no Docker daemon answers there; start it, or unset DOCKER_HOST"
    exit 1
  }
  [ "$(uname -s)" = Linux ] && [ "$(id -u)" = 0 ] || {
    say "no Docker daemon answers. Start Docker, or run this as root on Debian or Ubuntu, where it brings a daemon of its own"
    exit 1
  }
  has_daemon_packages || system_install "a Docker daemon" "$daemon_packages" '' '' '' || true
  has_daemon_packages || {
    missing "a Docker daemon" "$(system_line "$daemon_packages" "moby-engine docker-compose slirp4netns" "docker docker-cli-compose slirp4netns" docker)"
    exit 1
  }
  mkdir -p "$images_tools"
  # Held by all that runs inside as well: a second run cannot meet what is left of a first.
  exec 9>"$images_tools/lock"
  flock -n 9 || {
    say "another bin/images of this clone is running"
    exit 1
  }
  run_in_namespaces "$@"
}

daemon_packages='docker.io docker-compose iptables iproute2 mmdebstrap slirp4netns util-linux'

has_daemon_packages() {
  for program in dockerd docker-compose iptables ip mmdebstrap slirp4netns unshare setpriv; do
    command -v "$program" >/dev/null 2>&1 || return 1
  done
}

# The daemon and everything it starts are in a network, a mount and a process namespace: its bridges and packet filters are
# no others', and when the first process ends, by whatever signal, the kernel ends all others. slirp4netns, outside, is its way
# to the registries.
run_in_namespaces() {
  run=$(mktemp -d)
  mkfifo "$run/ready"
  # With this shell, whatever ends it, ends `unshare`, and with that all of the inside.
  setpriv --pdeathsig KILL unshare --net --mount --pid --fork --kill-child --mount-proc -- \
    /bin/sh "$root/bin/lib/images/inside.sh" "$run" "$images_tools/data" "$@" &
  unshared=$!
  trap 'end_namespaces' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  # What is inside knows no process outside, so that its number is asked for here.
  first=''
  while [ -z "$first" ] && kill -0 "$unshared" 2>/dev/null; do
    first=$(cat "/proc/$unshared/task/$unshared/children" 2>/dev/null | tr -d ' ')
    [ -n "$first" ] || sleep 0.1
  done
  read -r _ <"$run/ready" || true
  setpriv --pdeathsig TERM slirp4netns --configure --mtu=65520 --disable-host-loopback "$first" tap0 >"$images_tools/slirp4netns.log" 2>&1 9>&- &
  network=$!
  status=0
  wait "$unshared" || status=$?
  exit "$status"
}

end_namespaces() {
  status=$?
  trap - EXIT
  kill -KILL "$unshared" 2>/dev/null || true
  [ -z "${network:-}" ] || kill "$network" 2>/dev/null || true
  wait 2>/dev/null || true
  # Control groups outlast what was in them.
  for group in /sys/fs/cgroup/vidferry-images /sys/fs/cgroup/*/vidferry-images; do
    [ ! -d "$group" ] || find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
  done
  rm -rf "$run"
  exit "$status"
}
