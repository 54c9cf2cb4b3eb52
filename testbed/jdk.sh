#!/usr/bin/env bash
# Print where a JDK 25 is: CLAUDEJOB_JDK, JAVA_HOME, the java on PATH, or the usual places.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

for home in "${CLAUDEJOB_JDK:-}" "${JAVA_HOME:-}" "$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")" /usr/lib/jvm/*25* /opt/java/* "$HOME"/.sdkman/candidates/java/25*; do
  if grep -qs '^JAVA_VERSION="25' "$home/release" && [ -x "$home/bin/javac" ]; then
    realpath "$home"
    exit
  fi
done
die "no JDK 25 found in JAVA_HOME, on PATH or under /usr/lib/jvm: install one, or say where it is with CLAUDEJOB_JDK"
