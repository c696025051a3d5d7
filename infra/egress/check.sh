#!/bin/sh
# Proves nftables.conf in two network namespaces: what runs as the worker's user reaches its services and the loopback and
# nothing else, not over IPv6 either; another user goes out. As root, on Linux with nft, ip, setpriv and python3.
set -eu
# What every user may run, whatever the caller has before it.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

here=$(cd "$(dirname "$0")" && pwd -P)
inside=vidferry-in-$$ outside=vidferry-out-$$
clean() {
  for listener in ${listeners-}; do kill "$listener" 2>/dev/null || true; done
  for name in "$inside" "$outside"; do ip netns del "$name" 2>/dev/null || true; done
}
trap clean EXIT INT TERM
ip netns add "$inside"
ip netns add "$outside"
ip -n "$inside" link add veth0 type veth peer name veth0 netns "$outside"
for name in "$inside" "$outside"; do
  ip -n "$name" link set lo up
  ip -n "$name" link set veth0 up
done
ip -n "$inside" addr add 192.0.2.1/24 dev veth0
ip -n "$inside" addr add fd00:7::1/64 dev veth0 nodad
ip -n "$outside" addr add 192.0.2.2/24 dev veth0
ip -n "$outside" addr add fd00:7::2/64 dev veth0 nodad
ip netns exec "$inside" nft -f "$here/nftables.conf"

listen='import socket, sys
server = socket.create_server((sys.argv[1], int(sys.argv[2])), family=socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
while True: server.accept()[0].close()'
for at in "$outside 192.0.2.2 5432" "$outside 192.0.2.2 80" "$outside fd00:7::2 80" "$inside 127.0.0.1 3128"; do
  # shellcheck disable=SC2086 # three words
  set -- $at
  ip netns exec "$1" python3 -c "$listen" "$2" "$3" &
  listeners="${listeners-} $!"
done

try='import socket, sys, time
for _ in range(40):
    try:
        socket.create_connection((sys.argv[1], int(sys.argv[2])), 2); print("open"); sys.exit()
    except ConnectionRefusedError: time.sleep(0.1)
    except OSError: break
print("closed")'
failed=0
expect() {
  found=$(ip netns exec "$inside" setpriv --reuid "$2" --regid "$2" --clear-groups python3 -c "$try" "$3" "$4")
  [ "$found" = "$1" ] && verdict=ok || { verdict=WRONG; failed=1; }
  echo "$verdict: uid $2 to $3 port $4 is $found"
}
expect open 10001 192.0.2.2 5432
expect open 10001 127.0.0.1 3128
expect closed 10001 192.0.2.2 80
expect closed 10001 fd00:7::2 80
expect open 10002 192.0.2.2 80
expect open 10002 fd00:7::2 80
exit "$failed"
