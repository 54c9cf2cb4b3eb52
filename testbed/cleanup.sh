# shellcheck shell=bash
# Take the cluster down, and see that nothing of it is left. To be sourced after lib.sh.

take_down() {
  local holder dir
  if holder=$(holder_pid); then
    kill -TERM "$(cat "/proc/$holder/task/$holder/children")" 2>/dev/null || true
    await 20 "orderly end of the node" holder_ended "$holder" || kill -KILL "$holder" 2>/dev/null || true
    await 10 "end of the node" holder_ended "$holder" || true
  fi
  kill_stragglers
  # An image store that was in use when its daemon died can hold anything.
  [ -e "$NODE_IMAGES.clean" ] || rm -rf "$NODE_IMAGES"
  if [ -e "$NETNS" ]; then ip netns delete "$NAME" 2>/dev/null || rm -f "$NETNS"; fi
  for dir in $(cgroups); do find "$dir" -depth -type d -exec rmdir {} + 2>/dev/null || true; done
  rm -rf --one-file-system "$STATE"
}

holder_ended() { [ "$(start_time "$1")" = "" ] || grep -q '^State:.Z' "/proc/$1/status"; }

# What a namespace or a cgroup still holds after its PID 1 is gone: only what entered from outside, or an older half-dead cluster.
kill_stragglers() {
  local pids
  pids=$(stragglers)
  [ -z "$pids" ] && return
  log "killing what is left: $(tr '\n' ' ' <<<"$pids")"
  xargs -r kill -KILL <<<"$pids" 2>/dev/null || true
  await 5 "end of these processes" no_stragglers || true
}

no_stragglers() { [ -z "$(stragglers)" ]; }

stragglers() {
  local id p dir
  {
    if [ -e "$NETNS" ] && id=$(stat -L -c 'net:[%i]' "$NETNS"); then
      for p in /proc/[0-9]*; do [ "$(readlink "$p/ns/net" 2>/dev/null)" != "$id" ] || echo "${p#/proc/}"; done
    fi
    for dir in $(cgroups); do find "$dir" -name cgroup.procs -exec cat {} + 2>/dev/null; done
    grep -lzE "^$STATE/|^unix://$STATE/|=$STATE/|UNIX-(LISTEN|CONNECT):$STATE/" /proc/[0-9]*/cmdline 2>/dev/null | cut -d/ -f3
  } | grep -v '^0$' | sort -nu | while read -r p; do
    # PID 1 of some machines is slow to collect the dead.
    case $(awk '/^State/ {print $2}' "/proc/$p/status" 2>/dev/null) in Z | X | '') ;; *) echo "$p" ;; esac
  done
}

cgroups() { find /sys/fs/cgroup -maxdepth 2 -type d -name "$NAME"; }

leftovers() {
  local p
  for p in $(stragglers); do echo "process $p: $(tr '\0' ' ' <"/proc/$p/cmdline" | cut -c1-100)"; done
  awk -v roots="$STATE $NETNS $NODE_IMAGES" 'BEGIN {n = split(roots, root, " ")}
    {for (i = 1; i <= n; i++) if ($5 == root[i] || index($5, root[i] "/") == 1) print "mount", $5}' /proc/self/mountinfo
  [ ! -e "$NETNS" ] || echo "network namespace $NAME"
  ip -o link show 2>/dev/null | grep -o 'cjtb[0-9]' | sed 's/^/network interface /'
  cgroups | sed 's/^/cgroup /'
  [ ! -e "$STATE" ] || echo "folder $STATE"
}
