#!/usr/bin/env bash
# Let the testbed's Pods reach one host, port 443, and nothing else: way-out.sh HOST [ADDRESS:PORT to connect to instead]. TLS passes through
# untouched. HTTPS_PROXY (http://proxy:port) is honoured. It ends with the cluster. `way-out.sh --close` ends it before.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

need_root
[ -f "$STATE/complete" ] || die "the cluster is not up: start it with $TESTBED/up.sh"
socket=$RUN/way-out.sock

close() {
  pkill -KILL -f "^socat .*UNIX-(LISTEN|CONNECT):$socket" || true
  rm -f "$socket"
  : >"$ETC/hosts"
}

host=${1:?usage: $0 HOST [ADDRESS:PORT] | --close}
close
[ "$host" != --close ] || exit 0
target=TCP:${2:-$host:443}
if [ $# = 1 ] && [[ ${HTTPS_PROXY:-${https_proxy:-}} =~ ^http://([^@/:]+):([0-9]+)/?$ ]]; then
  target=PROXY:${BASH_REMATCH[1]}:$host:443,proxyport=${BASH_REMATCH[2]}
fi
setsid socat "UNIX-LISTEN:$socket,fork,mode=600,unlink-early" "$target" >>"$LOG/way-out.log" 2>&1 </dev/null &
setsid nsenter --net="$NETNS" socat "TCP-LISTEN:443,bind=$NODE_IP,reuseaddr,fork" "UNIX-CONNECT:$socket" >>"$LOG/way-out.log" 2>&1 </dev/null &
echo "$NODE_IP $host" >"$ETC/hosts"
log "Pods can reach $host:443"
