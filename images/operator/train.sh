#!/bin/sh
# Makes the AOT caches by training runs: JVMs with the flags of production do once what they will do there.
# $1 is a full JDK. Ports are whatever is free: a build may share the machine's network.
set -eu
cd /opt/claudejob
java=/opt/claudejob/java/bin/java
quiet='-Xlog:disable -Xlog:all=error:stderr'

# shellcheck disable=SC2086 # two words
timeout 120 $java @/opt/claudejob/operator.args $quiet -XX:AOTCacheOutput=/opt/claudejob/operator.aot dev.claudejob.runtime.Main --train

if "$1/bin/javap" -cp claudejob.jar dev.claudejob.helper.Rehearsal >/dev/null 2>&1; then
  # shellcheck disable=SC2086
  timeout 120 "$1/bin/java" -cp claudejob.jar dev.claudejob.helper.Rehearsal $java @/opt/claudejob/helper.args $quiet -XX:AOTCacheOutput=/opt/claudejob/helper.aot
else
  echo 'NO TRAINING RUN FOR THE HELPER IN THIS JAR: it starts slower, and takes more memory.' >&2
  : >helper.aot
fi

touch -d 2026-01-01T00:00:00Z ./*.aot
