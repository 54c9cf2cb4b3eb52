#!/bin/sh
# Writes /opt/claudejob/NAME.aot in a training run: train.sh NAME MAIN-CLASS required|optional
set -eu
cache=/opt/claudejob/$1.aot
if timeout 120 /opt/claudejob/java/bin/java "@/opt/claudejob/$1.args" -Xlog:disable -Xlog:all=error:stderr "-XX:AOTCacheOutput=$cache" "$2" --train && [ -s "$cache" ]; then
  touch -d 2026-01-01T00:00:00Z "$cache"
  exit
fi
echo "The training run of the $1 failed: it starts without an AOT cache, slower and larger." >&2
[ "$3" = optional ]
# An empty file is a cache that does not fit: the JVM goes on without.
: >"$cache"
