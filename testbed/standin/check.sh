#!/usr/bin/env bash
# Runs the real Claude Code CLI through every scenario of the stand-in, on loopback, and checks the result event and exit code.
# usage: check.sh [--record DIR] [CASE...]     --record keeps each event stream as DIR/<case>.jsonl and its exit code as DIR/<case>.rc
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cli_version=2.1.330
wiremock_version=3.13.2
cli_dir=${XDG_CACHE_HOME:-$HOME/.cache}/claudejob/claude-code-$cli_version
claude=$cli_dir/node_modules/.bin/claude
jar=$root/target/standin/wiremock-standalone.jar
record=
if [[ ${1:-} == --record ]]; then record=$(mkdir -p "$2" && cd "$2" && pwd); shift 2; fi
only=" $* "

[[ -x $claude ]] || npm install --silent --no-audit --no-fund --prefix "$cli_dir" "@anthropic-ai/claude-code@$cli_version" >&2
[[ -f $jar ]] || mvn -q -B -f "$here" dependency:copy -Dartifact="org.wiremock:wiremock-standalone:$wiremock_version" \
  -DoutputDirectory="$(dirname "$jar")" -Dmdep.stripVersion=true >&2

tmp=$(mktemp -d)
server=
# shellcheck disable=SC2329 # the trap calls it
cleanup() {
  if [[ -n $server ]]; then kill "$server" 2>/dev/null || true; fi
  rm -rf "$tmp"
}
trap cleanup EXIT
mkdir -p "$tmp/home" "$tmp/work" "$tmp/out"
touch "$tmp/server.log"

CLASSPATH=$jar java "@$here/standin.args" --root-dir "$here" --port 0 --bind-address 127.0.0.1 >"$tmp/server.log" 2>&1 &
server=$!
port=
for _ in {1..100}; do
  port=$(sed -n 's/^port: *\([0-9]*\)$/\1/p' "$tmp/server.log")
  [[ -n $port ]] && curl -fso /dev/null "http://127.0.0.1:$port/__admin/health" && break
  kill -0 "$server" || { cat "$tmp/server.log" >&2; exit 1; }
  sleep 0.1
done
standin=http://127.0.0.1:$port
failed=0 ran=0

# shellcheck disable=SC2329 # cases.sh calls it
# check NAME CREDENTIAL PROMPT EXIT_CODE JQ_CONDITION_ON_THE_RESULT [CLI FLAGS, VAR=VALUE...]
check() {
  local name=$1 credential=$2 prompt=$3 want=$4 condition=$5 out=$tmp/out/$1.jsonl rc=0 result arg
  local -a flags=() vars=() limit=(60)
  shift 5
  [[ $only == "  " || $only == *" $name "* ]] || return 0
  for arg; do if [[ $arg == SIGNAL=* ]]; then limit=(-s "${arg#SIGNAL=}" 2); elif [[ $arg =~ ^[A-Z0-9_]+= ]]; then vars+=("$arg"); else flags+=("$arg"); fi; done
  (cd "$tmp/work" && env -i HOME="$tmp/home" TMPDIR="$tmp" CLAUDE_CODE_TMPDIR="$tmp" PATH=/usr/local/bin:/usr/bin:/bin DISABLE_AUTOUPDATER=1 CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 \
    CLAUDE_CODE_MAX_RETRIES=1 ANTHROPIC_BASE_URL="$standin" "$credential" "${vars[@]}" timeout --preserve-status "${limit[@]}" \
    "$claude" -p --output-format stream-json --verbose "${flags[@]}" <<<"$prompt" >"$out" 2>"$out.err") || rc=$?
  ran=$((ran + 1))
  result=$(jq -c 'select(.type=="result")' "$out" | tail -1)
  if [[ $rc == "$want" ]] && jq -es "$condition" "$out" >/dev/null; then
    printf 'ok    %-24s rc=%s\n' "$name" "$rc"
  else
    failed=$((failed + 1))
    printf 'FAIL  %-24s rc=%s (wanted %s) condition: %s\n      %s\n' "$name" "$rc" "$want" "$condition" \
      "$(jq -c '{subtype,is_error,terminal_reason,api_error_status,api_error,api_error_type,stop_reason,num_turns,errors,structured_output,result:(.result//""|.[0:200])}' <<<"${result:-{\}}")"
    head -c 500 "$out.err"
  fi
  if [[ -n $record ]]; then
    sed -E -e "s#$tmp/work#/workspace#g; s#$tmp/home#/home/claude#g; s#${tmp//\//-}-work#-workspace#g; s#$tmp/cc-socks/[0-9]+#/tmp/cc-socks/1#g; s#$tmp#/tmp#g" "$out" >"$record/$name.jsonl"
    echo "$rc" >"$record/$name.rc"
  fi
}

# shellcheck source=/dev/null
source "$here/cases.sh"

printf '%s cases, %s failed\n' "$ran" "$failed"
curl -fs "$standin/__admin/requests?limit=200" | jq -r '.requests[].request|.method+" "+.url' | sort | uniq -c
exit $((failed > 0))
