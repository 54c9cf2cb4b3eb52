#!/bin/sh
# Runs Claude Code in the agent's container. The text is a container's command, in which the kubelet replaces a dollar sign with
# a parenthesis after it and doubled dollar signs: neither occurs here. Arguments: the flags for claude.
set -u
shared=${CLAUDEJOB_DIR:-/claudejob}
go=${CLAUDEJOB_GO:-/go/go}
prompt=${CLAUDEJOB_PROMPT_FILE:-/prompt/prompt}
kill_after=${CLAUDEJOB_KILL_AFTER:-20}
events=$shared/events.jsonl
pipe=${TMPDIR:-/tmp}/.claudejob.out
stopped=${TMPDIR:-/tmp}/.claudejob.stopped
term=0 again=0 starting=0 pid='' killer=''

finish() {
  printf '{"rc":%d,"term":%d,"exit":%d}\n' "$1" "$term" "$2" >"$shared/.exit.json" && mv -f "$shared/.exit.json" "$shared/exit.json"
  exit "$2"
}

# Claude Code writes its result on INT, but not on TERM. It gets one and no second, which would hurry it.
interrupt() {
  : >"$stopped"
  # Before it is there it is a shell, which ignores an INT.
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
    grep -q 'SigIgn:.*[2367abef]$' "/proc/$pid/status" || break
    sleep 0.2 || sleep 1
  done
  kill -INT "$pid"
  sleep "$kill_after"
  kill -KILL "$pid"
}

stop() {
  term=1 again=1
  if [ -z "$pid" ]; then
    # While it starts there is nothing to stop yet; below it is stopped as soon as there is.
    [ "$starting" = 1 ] && return
    finish 143 143
  fi
  [ -n "$killer" ] && return
  interrupt >/dev/null 2>&1 &
  killer=$!
}
trap stop TERM INT

# The helper makes this file when there is a credential: one that comes late starts the agent late.
until [ -e "$go" ]; do
  sleep 0.1 2>/dev/null || sleep 1
done

# What the helper hands over of a ~/.claude.
if [ -d "${go%/*}/home" ]; then
  mkdir -p "$HOME/.claude" && cp "${go%/*}/home/"* "$HOME/.claude/"
fi

starting=1
rm -f "$pipe" "$stopped"
mkfifo -m 600 "$pipe" || finish 125 125
tee -a "$events" <"$pipe" &
tee=$!

# Variables of the image that could choose another service, URL or credential than the job's. The operator's own are kept.
reserved='_*CLAUDE_|_*ANTHROPIC_|AWS_BEARER_TOKEN_BEDROCK|USE_[A-Z]*_OAUTH'
[ -n "${CLAUDEJOB_CLOUD-}" ] && reserved="$reserved|AWS_|AZURE_|GOOGLE_|GCLOUD_|GCE_|CLOUDSDK_|CLOUD_ML_|VERTEX_"
# With the credential Claude Code goes out itself, past no helper: by the install's proxy and authorities, or none.
[ "${CLAUDEJOB_DELIVERY-}" = Env ] &&
  reserved="$reserved|HTTPS?_PROXY|https?_proxy|ALL_PROXY|all_proxy|NODE_OPTIONS|NODE_EXTRA_CA_CERTS|NODE_TLS_REJECT_UNAUTHORIZED|SSL_CERT_"
# A value may have lines that look like variables, or like none.
# shellcheck disable=SC2006 # the kubelet would take the modern form for a variable of its own
for name in `env -0 | tr '\n\0' ' \n' | grep -E "^($reserved)[A-Za-z0-9_]*=" | cut -d= -f1`; do
  case " ${CLAUDEJOB_KEEP-} " in
    *" $name "*) ;;
    *) unset "$name" ;;
  esac
done
# A proxy of the image has no way to the helper.
export NO_PROXY="127.0.0.1${NO_PROXY:+,$NO_PROXY}"
export no_proxy="$NO_PROXY"

# With an apiKeyHelper, which a repository's settings may name, Claude Code does not use its OAuth token. At an INT it begins to leave at once,
# whether its result is written or not. It waits for its hooks, and so this one waits for the result.
export CLAUDE_CODE_SESSIONEND_HOOKS_TIMEOUT_MS=5000
# shellcheck disable=SC2016 # expanded by the hook's shell
set -- claude -p --output-format stream-json --verbose --settings '{"apiKeyHelper":"","hooks":{"SessionEnd":[{"hooks":[{"type":"command","command":
"for _ in 1 2 3 4 5 6 7 8; do [ -e ${TMPDIR:-/tmp}/.claudejob.stopped ] || break; tail -c 65536 ${CLAUDEJOB_DIR:-/claudejob}/events.jsonl | grep -q type...result && break; sleep 0.5 || sleep 1; done"}]}]}}' "$@"
# A shell starts background commands with INT ignored.
env --default-signal=INT,QUIT true 2>/dev/null && set -- env --default-signal=INT,QUIT "$@"
"$@" <"$prompt" >"$pipe" &
pid=$!
[ "$term" = 1 ] && stop

# A signal ends wait early. 127 says that it has been waited for already, or at first that there is no claude.
rc=127
while :; do
  again=0
  wait "$pid"
  now=$?
  [ "$now" = 127 ] || rc=$now
  [ "$again" = 1 ] || break
done
[ -n "$killer" ] && kill "$killer" 2>/dev/null

# What the agent left running may keep the pipe open for ever.
(sleep 5; kill "$tee") >/dev/null 2>&1 &
guard=$!
while kill -0 "$tee" 2>/dev/null; do
  wait "$tee"
done
kill "$guard" 2>/dev/null

out=$rc
if [ "$rc" = 0 ]; then
  # The agent may have left any file there, one of terabytes too: of its end some MiB hold the result.
  [ -f "$events" ] && tail -c 4194304 "$events" | tail -n 20 | grep -q '"type":"result"' || out=70
fi
[ "$term" = 1 ] && out=143
finish "$rc" "$out"
