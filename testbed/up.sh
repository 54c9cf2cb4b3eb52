#!/usr/bin/env bash
# Start a single-node Kubernetes cluster in namespaces of its own, reachable at https://127.0.0.1:$CLAUDEJOB_TESTBED_PORT (16443).
# Already up: says so and ends. Half up (killed, machine restarted): clears the remains and starts anew.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

kubectl() { "$BIN/kubectl" --kubeconfig="$KUBECONFIG_FILE" "$@"; }
node_ready() { [ "$(kubectl get node "$NODE" --request-timeout=2s -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}' 2>/dev/null)" = True ]; }
up() { [ -f "$STATE/complete" ] && holder_pid >/dev/null && node_ready; }
say_up() { log "cluster is up: export KUBECONFIG=$KUBECONFIG_FILE PATH=$BIN:\$PATH"; }

need_root
if up; then say_up && exit 0; fi
lock cluster
if up; then say_up && exit 0; fi

# shellcheck source=cleanup.sh
. "$TESTBED/cleanup.sh"
# shellcheck source=certs.sh
. "$TESTBED/certs.sh"
# shellcheck source=config.sh
. "$TESTBED/config.sh"

check_machine() {
  [ -e /sys/fs/cgroup/memory/cgroup.procs ] || [ -e /sys/fs/cgroup/cgroup.controllers ] ||
    die "no cgroups at /sys/fs/cgroup: a container needs them from outside (docker run --privileged --cgroupns=private)"
  unshare --mount --pid --fork --mount-proc true || die "not allowed to make namespaces: needs a real root (virtual machine, or a privileged container)"
  iptables -w -n -L INPUT >/dev/null || die "iptables does not work here: kube-proxy needs it (try: update-alternatives --config iptables)"
  need_space "$CACHE" 3000
  need_space "$(dirname "$STATE")" 1000
  ! ss -Hltn "sport = :$API_PORT" | grep -q . || die "port $API_PORT is taken by another program: choose another with CLAUDEJOB_TESTBED_PORT"
  for CNI_PLUGINS in /usr/lib/cni /opt/cni/bin; do [ ! -x $CNI_PLUGINS/bridge ] || return 0; done
  die "no CNI plugins in /usr/lib/cni or /opt/cni/bin: install containernetworking-plugins"
}

make_network() {
  ip netns add "$NAME"
  # kubelet and kube-proxy want a default route. This one leads into a cable with nobody at the other end: nothing leaves.
  nsenter --net="$NETNS" bash -euc "
    ip link set lo up
    ip link add cjtb0 type veth peer name cjtb1
    ip link set cjtb0 up
    ip link set cjtb1 up
    ip addr add $NODE_IP/24 dev cjtb0
    ip route add default dev cjtb0
    echo 1 >/proc/sys/net/ipv4/ip_forward
    # Without it (a kernel without br_netfilter) a Pod can't reach itself through its own Service; all else works.
    echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables || true" 2>/dev/null || die "could not set up the network namespace $NAME"
}

make_cgroups() {
  local d c
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    for c in cpuset cpu io memory pids hugetlb; do echo "+$c" >/sys/fs/cgroup/cgroup.subtree_control || true; done 2>/dev/null
    mkdir -p "/sys/fs/cgroup/$NAME"
  else
    for d in /sys/fs/cgroup/*/; do [ ! -e "$d/cgroup.procs" ] || [ -e "$d/cgroup.controllers" ] || mkdir -p "$d/$NAME"; done
  fi
}

start_node() {
  # Descriptor 9 lets the node's PID 1 listen on the machine's loopback; the lock must not live as long as the cluster.
  setsid nsenter --net="$NETNS" unshare --mount --propagation slave --pid --fork --kill-child --mount-proc "$TESTBED/node.sh" \
    9</proc/self/ns/net >"$LOG/node.log" 2>&1 </dev/null {lock_fd}>&- &
  echo "$! $(start_time $!)" >"$STATE/holder"
}

give_up() {
  rm -rf "$CACHE/failed-up"
  cp -r "$LOG" "$CACHE/failed-up"
  take_down
  die "no $1 after $2 s. The daemons' logs are in $CACHE/failed-up"
}

"$TESTBED/packages.sh"
"$TESTBED/binaries.sh" >/dev/null
if [ -n "$(leftovers)" ]; then
  log "clearing the remains of an earlier cluster"
  take_down
fi
check_machine
start=$(date +%s%N)
mkdir -p "$RUN" "$LOG" "$PKI" "$ETC/cni" "$NODE_IMAGES"
chmod 700 "$RUN" "$PKI"
[ -e "$NODE_IMAGES.clean" ] || rm -rf "${NODE_IMAGES:?}"/*
rm -f "$NODE_IMAGES.clean"
make_network
make_cgroups
write_certs
write_config
log "starting the node"
start_node
await 30 "containerd" ctr_node version || give_up containerd 30
"$TESTBED/image.sh" pause || give_up "image for Pods' sandboxes" 30
await 60 "apiserver" kubectl get --raw /readyz || give_up apiserver 60
kubectl apply -f "$ETC/dns.yaml" >/dev/null
await 60 "node in state Ready" node_ready || give_up "node in state Ready" 60
await 30 "default service account" kubectl get serviceaccount default || give_up "default service account" 30
touch "$STATE/complete"
log "ready after $((($(date +%s%N) - start) / 1000000)) ms"
say_up
