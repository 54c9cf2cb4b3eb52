#!/bin/sh
# Fetches one ref: a branch, a tag or a commit, by the same command. Prompts and local transports are off: the address is the user's word.
set -eu
export GIT_TERMINAL_PROMPT=0 GIT_ASKPASS=/bin/false
if [ -n "${CLAUDEJOB_CA_FILE:-}" ]; then
  # git takes one file for all its authorities.
  GIT_SSL_CAINFO=/tmp/claudejob-authorities.crt
  export GIT_SSL_CAINFO
  for file in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
    [ ! -f "$file" ] || { cat "$file"; break; }
  done >"$GIT_SSL_CAINFO"
  cat "$CLAUDEJOB_CA_FILE" >>"$GIT_SSL_CAINFO"
fi
cd /workspace
git -c init.defaultBranch=main init -q
git remote add origin "$CLAUDEJOB_GIT_URL"
set -- --no-tags --no-recurse-submodules
[ "$CLAUDEJOB_GIT_DEPTH" = 0 ] || set -- "$@" --depth "$CLAUDEJOB_GIT_DEPTH"
git -c protocol.allow=never -c protocol.https.allow=always -c protocol.http.allow=always -c protocol.git.allow=always \
  fetch -q "$@" -- origin "$CLAUDEJOB_GIT_REF"
git checkout -q --detach FETCH_HEAD
echo "workspace: $CLAUDEJOB_GIT_URL $CLAUDEJOB_GIT_REF at $(git rev-parse --short HEAD)"
