#!/bin/sh
# Makes the AOT caches by training runs: JVMs with the flags of production do once what they will do there.
set -eu

train() { # name, main class
  timeout 120 /opt/claudejob/java/bin/java "@/opt/claudejob/$1.args" -Xlog:disable -Xlog:all=error:stderr "-XX:AOTCacheOutput=/opt/claudejob/$1.aot" "$2" --train
}

train operator dev.claudejob.runtime.Main
train helper dev.claudejob.helper.Main
touch -d 2026-01-01T00:00:00Z /opt/claudejob/operator.aot /opt/claudejob/helper.aot
