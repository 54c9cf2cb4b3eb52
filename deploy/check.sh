#!/usr/bin/env bash
# Checks the chart without a cluster: it lints, renders with every kind of value, grants nothing it must not, refuses what can't work, and
# what is generated from it is up to date. HELM and KUBECTL name the tools to use.
set -euo pipefail
cd "$(dirname "$0")/.."
export HELM=${HELM:-helm}
failed=0

render() { "$HELM" template claudejob charts/claudejob --namespace claudejob-system --kube-version 1.35.0 "$@"; }
fail() {
  echo "check: $1" >&2
  failed=1
}
refuses() { # part of the message, values...
  local message
  if message=$(render "${@:2}" 2>&1 >/dev/null); then
    fail "${*:2} should be refused"
  elif [[ $message != *"$1"* ]]; then
    fail "${*:2} should be refused with '$1', but the message is: $message"
  fi
}
has() { # part of the output, values...
  local output
  output=$(render "${@:2}") || fail "${*:2} should render"
  [[ $output == *"$1"* ]] || fail "${*:2} should render '$1'"
}

"$HELM" lint --quiet charts/claudejob

for watch in '[]' '["a","b"]'; do
  roles=$(render --set crds.install=false --set-json "config.watchNamespaces=$watch" | awk '/^kind: (Cluster)?Role$/ {role = 1} /^---/ {role = 0} role')
  [[ $roles == *"resources: [pods]"* ]] || fail "no rule for Pods with watchNamespaces=$watch"
  ! grep -nE "secrets|\*" <<<"$roles" || fail "a wildcard, or a verb on Secrets, with watchNamespaces=$watch"
done
[ "$(render --set 'config.watchNamespaces={a,b}' | grep -c '^kind: ClusterRoleBinding')" = 0 ] || fail "cluster-wide rights in spite of watchNamespaces"

has 'helm.sh/resource-policy: keep'
has 'claude: 1000650000' --set config.users.claude=1000650000
has 'kind: PodMonitor' --set metrics.monitor.enabled=true,metrics.monitor.kind=PodMonitor
has 'kind: PodDisruptionBudget' --set replicas=2
has 'image: r.example/op@sha256:' --set images.operator.repository=r.example/op,images.operator.digest="sha256:$(printf '%064d' 0)"
has $'imagePullSecrets:\n      - reg' --set 'imagePullSecrets[0].name=reg'
has 'value: "app.kubernetes.io/component=operator,app.kubernetes.io/instance=claudejob,app.kubernetes.io/name=claudejob"'
has 'httpsProxy: http://proxy.example:3128' --set config.egress.httpsProxy=http://proxy.example:3128
has 'configMapName: corporate' --set config.trustBundle.configMapName=corporate
has 'kind: ValidatingAdmissionPolicyBinding'
has 'verbs: [use, expose]'
has 'validationActions: ["Warn","Audit"]' --set 'admissionPolicy.validationActions={Warn,Audit}'
has 'values: ["a","b"]' --set 'config.watchNamespaces={a,b}'
! render --set admissionPolicy.enabled=false | grep -qE 'ValidatingAdmissionPolicy|verbs: \[use' || fail "an admission policy in spite of admissionPolicy.enabled=false"
has 'type: Recreate' --set config.leaderElection=false
! render --set config.resultFromLogs=false | grep -q 'pods/log' || fail "pods/log is granted in spite of resultFromLogs=false"

# Names that YAML takes for numbers, and names as long as they may be.
odd=$(render --set-string 'config.watchNamespaces={2024}' --set-string fullnameOverride=2025,serviceAccount.name=2026 --namespace 2027)
! grep -nE '[:-] 202[0-9]$' <<<"$odd" || fail "a name is rendered as a number"
long=$(printf 'x%.0s' {1..53})
jobs=$("$HELM" template "$long" charts/claudejob --kube-version 1.35.0 | awk '/^kind:/ {kind = $2} kind == "Job" && /^  name: / {print $2}' | tr -d '"')
[ -n "$jobs" ] || fail "no uninstall Job"
! grep -qE '.{64}' <<<"$jobs" || fail "the uninstall Job's name is too long: $jobs"
has $'resourceNames: ["other"]' --set fullnameOverride=other
has $'name: CLAUDEJOB_LEASE\n              value: "other"' --set fullnameOverride=other
"${KUBECTL:-kubectl}" kustomize deploy | grep -A 1 '^  resourceNames:' | grep -q '^  - claudejob-operator$' || fail "kustomize gives the Lease another name"

refuses "additional properties 'image' not allowed" --set config.runner.image=x
refuses "additional properties 'colour' not allowed" --set config.colour=x
refuses 'does not match pattern' --set config.upstreams.anthropic=api.anthropic.com
refuses 'does not match pattern' --set config.egress.httpsProxy=http://me:secret@proxy.example:3128
refuses 'needs config.leaderElection' --set replicas=2,config.leaderElection=false
refuses 'must differ' --set config.users.claude=1002
refuses 'must name an existing ServiceAccount' --set serviceAccount.create=false
refuses 'minimum' --set runAsUser=0
refuses "one of 'Deny'" --set 'admissionPolicy.validationActions={Allow}'
refuses 'not both' --set 'admissionPolicy.validationActions={Deny,Warn}'
has 'validationActions: ["Deny","Audit"]' --set 'admissionPolicy.validationActions={Deny,Audit}'

state() { find charts deploy -type f -exec sha256sum {} + | sort -k 2; }
before=$(state)
deploy/generate.sh
[ "$before" = "$(state)" ] || fail "generated files were out of date; deploy/generate.sh has rewritten them: $(git status --short charts deploy)"
exit "$failed"
