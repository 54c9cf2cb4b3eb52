#!/usr/bin/env bash
# Check what is not Java: shell scripts, the chart, and that generated files are what their sources make.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

cd "$TESTBED/.."
command -v shellcheck >/dev/null || "$TESTBED/packages.sh"
git ls-files "*.sh" .ci/run images/operator/bin | xargs shellcheck
"$BIN/helm" lint --strict --quiet charts/claudejob

before=$(git ls-files -co --exclude-standard charts deploy | xargs -r sha256sum)
HELM=$BIN/helm deploy/generate.sh
after=$(git ls-files -co --exclude-standard charts deploy | xargs -r sha256sum)
[ "$before" = "$after" ] || die "charts/ or deploy/ are not what their sources make: run make generate, and commit what it changes"
