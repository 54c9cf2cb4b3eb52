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
cleanup() {
  if [[ -n $server ]]; then kill "$server" 2>/dev/null || true; fi
  rm -rf "$tmp"
}
trap cleanup EXIT
mkdir -p "$tmp/home" "$tmp/work" "$tmp/out"
touch "$tmp/server.log"

mapfile -t options < <(grep -v '^#' "$here/options.txt")
java -Xmx192m -jar "$jar" "${options[@]}" --root-dir "$here" --port 0 --bind-address 127.0.0.1 >"$tmp/server.log" 2>&1 &
server=$!
port=
for _ in {1..100}; do
  port=$(sed -n 's/^port: *\([0-9]*\)$/\1/p' "$tmp/server.log")
  [[ -n $port ]] && curl -fso /dev/null "http://127.0.0.1:$port/__admin/health" && break
  kill -0 "$server" || { cat "$tmp/server.log" >&2; exit 1; }
  sleep 0.1
done
standin=http://127.0.0.1:$port
oauth=CLAUDE_CODE_OAUTH_TOKEN=sk-ant-oat01-demo
apikey=ANTHROPIC_API_KEY=sk-ant-api03-demo
failed=0 ran=0

# check NAME CREDENTIAL PROMPT EXIT_CODE JQ_CONDITION_ON_THE_RESULT [CLI FLAGS, VAR=VALUE...]
check() {
  local name=$1 credential=$2 prompt=$3 want=$4 condition=$5 out=$tmp/out/$1.jsonl rc=0 result arg
  local -a flags=() vars=() limit=(60)
  shift 5
  [[ $only == "  " || $only == *" $name "* ]] || return 0
  for arg; do if [[ $arg == SIGNAL=* ]]; then limit=(-s "${arg#SIGNAL=}" 2); elif [[ $arg =~ ^[A-Z_]+= ]]; then vars+=("$arg"); else flags+=("$arg"); fi; done
  (cd "$tmp/work" && env -i HOME="$tmp/home" PATH=/usr/local/bin:/usr/bin:/bin DISABLE_AUTOUPDATER=1 CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 \
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
    sed -E -e "s#$tmp/work#/workspace#g; s#$tmp/home#/home/claude#g; s#${tmp//\//-}-work#-workspace#g; s#/tmp/cc-socks/[0-9]+#/tmp/cc-socks/1#g" "$out" >"$record/$name.jsonl"
    echo "$rc" >"$record/$name.rc"
  fi
}

# Two shapes which many conditions use: the last event is the result, and it is an API failure with this HTTP status.
api='(.[-1]|.type=="result" and .subtype=="success" and .is_error and .terminal_reason=="api_error")'
done='(.[-1]|.type=="result" and .subtype=="success" and (.is_error|not) and .terminal_reason=="completed")'
schema='{"type":"object","properties":{"title":{"type":"string"},"count":{"type":"integer"}},"required":["title","count"],"additionalProperties":false}'
bash=(--allowedTools Bash)

# shellcheck source=cases.sh
source "$here/cases.sh"

printf '%s cases, %s failed\n' "$ran" "$failed"
curl -fs "$standin/__admin/requests?limit=300" | jq -r '.requests[].request|.method+" "+.url' | sort | uniq -c
exit $((failed > 0))
