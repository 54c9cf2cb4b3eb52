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

# A credential of yours, and a way to the vendor's API: then the demo is no dry run.
real=
kind=oauthToken
token=sk-ant-oat01-demo
if [ -n "${CLAUDE_CODE_OAUTH_TOKEN:-}${ANTHROPIC_API_KEY:-}" ]; then
  if curl -s -o /dev/null -m 10 https://api.anthropic.com/; then
    real=yes
    token=${CLAUDE_CODE_OAUTH_TOKEN:-$ANTHROPIC_API_KEY}
    [ -n "${CLAUDE_CODE_OAUTH_TOKEN:-}" ] || kind=apiKey
  else
    log "there is a credential in the environment, but no way to api.anthropic.com: it is left alone"
  fi
fi
if [ -n "$real" ]; then
  what="the real Messages API, with your $kind: this run costs about a cent"
  "$TESTBED/way-out.sh" api.anthropic.com
  "$TESTBED/install.sh" --set config.upstreams.anthropic=https://api.anthropic.com
  trap '"$TESTBED/way-out.sh" --close; "$TESTBED/install.sh"' EXIT
else
  what="the testbed's stand-in for the Messages API: no credential, no cost, nothing leaves this machine"
fi

kubectl get namespace "$namespace" >/dev/null 2>&1 || kubectl create namespace "$namespace" >/dev/null
kubectl label --overwrite namespace "$namespace" pod-security.kubernetes.io/enforce=restricted >/dev/null
k delete secret claude --ignore-not-found >/dev/null
k create secret generic claude --from-file=token=<(printf %s "$token") >/dev/null
k delete claudejob hello --ignore-not-found >/dev/null

title "The job (examples/hello.yaml), against $what"
job=$(sed -e '/^#/d' -e "s/oauthToken:/$kind:/" "$example")
echo "$job"
k apply -f - <<<"$job"
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
