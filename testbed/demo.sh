#!/usr/bin/env bash
# Run examples/hello.yaml in the testbed and show its answer. Exit code 0 only if the job completed.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

KUBECONFIG=$("$TESTBED/kubeconfig.sh")
export KUBECONFIG PATH=$BIN:$PATH
example=$TESTBED/../examples/hello.yaml
namespace=demo
title() { printf '\n\033[1m%s\033[0m\n' "$*"; }
k() { kubectl -n "$namespace" "$@"; }

kubectl create namespace "$namespace" --dry-run=client -o yaml | kubectl apply -f - >/dev/null
kubectl label --overwrite namespace "$namespace" pod-security.kubernetes.io/enforce=restricted >/dev/null
k create secret generic claude --from-literal=token=sk-ant-oat01-demo --dry-run=client -o yaml | k apply -f - >/dev/null
k delete claudejob hello --ignore-not-found >/dev/null

title "The job (examples/hello.yaml; the Messages API is the testbed's stand-in, no token leaves this machine)"
grep -v '^#' "$example"
k apply -f "$example"
if ! k wait claudejob/hello --for=condition=Finished --timeout=120s; then
  k get claudejob,pod,event
  die "the job did not finish: see above"
fi

title "kubectl get claudejobs"
k get claudejobs
title "Its answer: kubectl get claudejob hello -o jsonpath='{.status.result.text}'"
k get claudejob hello -o jsonpath='{.status.result.text}{"\n"}'
title "Its transcript: kubectl logs -l claudejob.dev/job-name=hello"
k logs -l claudejob.dev/job-name=hello --tail=-1 | grep -v '^claudejob-result '

title "Look further"
cat <<END
  export KUBECONFIG=$KUBECONFIG PATH=$BIN:\$PATH
  kubectl -n $namespace describe claudejob hello
  kubectl -n $namespace get claudejob hello -o yaml
  kubectl explain claudejob.spec
Clean up: make cluster-down
END
[ "$(k get claudejob hello -o jsonpath='{.status.phase}')" = Succeeded ] || die "the job did not succeed: see its reason above"
