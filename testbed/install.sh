#!/usr/bin/env bash
# Install the operator by its chart, and the stand-in for the Messages API, from the images that the node has. Quick to repeat.
# More arguments go to helm, e.g. --set replicas=2.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

KUBECONFIG=$("$TESTBED/kubeconfig.sh")
export KUBECONFIG PATH=$BIN:$PATH
chart=$TESTBED/../charts/claudejob

# The tag stays the same when an image changes, so the Pods must be told.
kubectl apply -f "$TESTBED/standin/standin.yaml" >/dev/null
kubectl -n claudejob-standin patch deployment standin --type merge -p \
  "{\"spec\":{\"template\":{\"metadata\":{\"annotations\":{\"claudejob.dev/image\":\"$("$TESTBED/image.sh" id claudejob/standin:dev)\"}}}}}" >/dev/null
helm upgrade --install claudejob "$chart" --namespace claudejob-system --create-namespace --values "$TESTBED/values.yaml" \
  --set-string "podAnnotations.claudejob\.dev/image=$("$TESTBED/image.sh" id claudejob/operator:dev)" "$@" >/dev/null
kubectl -n claudejob-standin rollout status deployment standin --timeout 120s >/dev/null
kubectl -n claudejob-system rollout status deployment claudejob-operator --timeout 120s >/dev/null
log "the operator is installed"
