#!/usr/bin/env bash
# Check what is not Java: shell scripts, the chart, and that what is generated from it is current.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

cd "$TESTBED/.."
command -v shellcheck >/dev/null || "$TESTBED/packages.sh"
# SC2317 takes functions that a trap calls for unreachable.
git ls-files '*.sh' .ci/run images/operator/bin | xargs shellcheck -x -P SCRIPTDIR -e SC2317
HELM=$BIN/helm KUBECTL=$BIN/kubectl deploy/check.sh
log "shell scripts and chart are fine"
