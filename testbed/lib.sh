# shellcheck shell=bash disable=SC2034
# Names, paths and small functions that every script here shares. To be sourced.

TESTBED=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

KUBERNETES_VERSION=1.35.4
NAME=claudejob-testbed${CLAUDEJOB_TESTBED_NAME:+-$CLAUDEJOB_TESTBED_NAME} # of the network namespace, the cgroup and the state folder
NODE=testbed
NODE_IP=10.99.0.1
POD_CIDR=10.244.0.0/24
SERVICE_CIDR=10.96.0.0/16
DNS_IP=10.96.0.10
API_PORT=${CLAUDEJOB_TESTBED_PORT:-16443}
PAUSE_IMAGE=docker.io/claudejob/pause:testbed

CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/claudejob
BIN=$CACHE/bin
IMAGES=$CACHE/images               # buildah's store, and the images as they go to the node
NODE_IMAGES=$CACHE/node/containerd${CLAUDEJOB_TESTBED_NAME:+-$CLAUDEJOB_TESTBED_NAME} # containerd's root: outlives the cluster, so that images are loaded once

STATE=/var/lib/$NAME               # everything else; gone after `down`
RUN=$STATE/run
LOG=$STATE/log
PKI=$STATE/pki
ETC=$STATE/etc
KUBECONFIG_FILE=$STATE/kubeconfig
NETNS=/run/netns/$NAME
CONTAINERD_SOCKET=$RUN/containerd.sock

# Debian keeps daemons where an ordinary user's PATH does not look.
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

log() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() {
  log "error: $*"
  exit 1
}

need_root() { [ "$(id -u)" = 0 ] || die "needs root (namespaces, mounts, cgroups): run it with sudo -E, or in a virtual machine"; }

need_space() { # folder, MiB
  local have
  mkdir -p "$1"
  have=$(df -Pm "$1" | awk 'NR==2 {print $4}')
  [ "$have" -ge "$2" ] || die "$1 has $have MiB free, $2 are needed: make room, or set XDG_CACHE_HOME to a folder on a bigger disk"
}

# Two runs at once would build the same file, or clean up each other's cluster.
lock() { # name
  mkdir -p "$CACHE"
  exec {lock_fd}>"$CACHE/.lock-$1"
  flock -n "$lock_fd" && return
  log "waiting for another run of '$1' to end"
  flock -w 1800 "$lock_fd" || die "another run holds $CACHE/.lock-$1 since half an hour"
}

await() { # seconds, what, command...
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || {
      log "no $what in time"
      return 1
    }
    sleep 0.1
  done
}

ctr_node() { ctr --address "$CONTAINERD_SOCKET" --namespace k8s.io "$@"; }

# A pid alone can be somebody else's by now: the start time tells.
start_time() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }
holder_pid() { # the process that holds the cluster, if it lives
  local pid start
  [ -f "$STATE/holder" ] && read -r pid start <"$STATE/holder" && [ -n "$start" ] &&
    [ "$(start_time "$pid")" = "$start" ] && echo "$pid"
}
