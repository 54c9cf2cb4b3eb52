#!/usr/bin/env bash
# Take the testbed's cluster down and leave nothing but the cache. `down.sh --check` only reports what is left (exit code 1 if anything).
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=cleanup.sh
. "$TESTBED/cleanup.sh"

need_root
if [ "${1:-}" != --check ]; then
  [ $# = 0 ] || die "unknown argument '$1' (only --check)"
  lock cluster
  [ -e "$STATE" ] || [ -e "$NETNS" ] || [ -n "$(cgroups)" ] || {
    log "not up"
    exit 0
  }
  take_down
fi
left=$(leftovers)
[ -z "$left" ] || die "this is left of the testbed:"$'\n'"$left"
log "nothing is left (images and binaries are kept in $CACHE)"
