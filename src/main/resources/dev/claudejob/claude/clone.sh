#!/bin/sh
# Fetches one ref: a branch, a tag or a commit, by the same command. Prompts and local transports are off: the address is the user's word.
set -eu
export GIT_TERMINAL_PROMPT=0 GIT_ASKPASS=/bin/false
cd /workspace
git -c init.defaultBranch=main init -q
git remote add origin "$CLAUDEJOB_GIT_URL"
set -- --no-tags --no-recurse-submodules
[ "$CLAUDEJOB_GIT_DEPTH" = 0 ] || set -- "$@" --depth "$CLAUDEJOB_GIT_DEPTH"
git -c protocol.allow=never -c protocol.https.allow=always -c protocol.http.allow=always -c protocol.git.allow=always \
  fetch -q "$@" -- origin "$CLAUDEJOB_GIT_REF"
git checkout -q --detach FETCH_HEAD
echo "workspace: $CLAUDEJOB_GIT_URL $CLAUDEJOB_GIT_REF at $(git rev-parse --short HEAD)"
