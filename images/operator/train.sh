#!/bin/sh
# Makes the AOT caches by training runs: JVMs with the flags of production do once what they will do there.
# Arguments: the folder that holds them, and which to make.
set -eu
root=${1:-/opt/claudejob}

train() { # name, main class
  timeout 120 "$root/java/bin/java" "@$root/$1.args" -Xlog:disable -Xlog:all=error:stderr "-XX:AOTCacheOutput=$root/$1.aot" "$2" --train
  touch -d 2026-01-01T00:00:00Z "$root/$1.aot"
}

for name in ${2:-operator helper}; do
  case $name in
    operator) train operator dev.claudejob.runtime.Main ;;
    helper) train helper dev.claudejob.helper.Main ;;
  esac
done
