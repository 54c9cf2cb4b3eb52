#!/usr/bin/env bash
# Print the path of the testbed's kubeconfig (administrator; https://127.0.0.1:<port>).
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

[ -f "$KUBECONFIG_FILE" ] || die "the cluster is not up: start it with $TESTBED/up.sh"
echo "$KUBECONFIG_FILE"
