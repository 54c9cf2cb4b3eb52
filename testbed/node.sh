#!/usr/bin/env bash
# PID 1 of the node: starts the cluster's daemons, restarts those that die, and stops them in order. Not for users: up.sh starts it
# in namespaces of its own. When this process ends, the kernel ends every process of the node and drops every mount.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

keepers=()
keep() { # name, command...
  local name=$1
  shift
  (
    trap - TERM
    while :; do
      "$@" >>"$LOG/$name.log" 2>&1 </dev/null &
      echo $! >"$RUN/$name.pid"
      wait $! || true
      echo "--- $name ended, starting it again" >>"$LOG/$name.log"
      sleep 1
    done
  ) &
  keepers+=($!)
}

stop() {
  trap - TERM
  local name names=()
  kill -KILL "${keepers[@]}" 2>/dev/null || true
  for name in "$RUN"/*.pid; do
    [ "$name" = "$RUN/containerd.pid" ] || names+=("$name")
  done
  # A throwaway cluster: nothing of it is worth a graceful end, except the store of images.
  cat "${names[@]}" 2>/dev/null | xargs -r kill -KILL 2>/dev/null || true
  if forget_containers; then
    kill -TERM "$(cat "$RUN/containerd.pid")"
    await 5 "end of containerd" containerd_ended && rm -rf "$NODE_IMAGES/io.containerd.grpc.v1.cri" && sync -f "$NODE_IMAGES" && touch "$NODE_IMAGES.clean"
  fi
  exit 0
}

forget_containers() {
  [ -S "$CONTAINERD_SOCKET" ] || return 1
  ctr_node tasks ls -q | xargs -r -P 4 -n 1 ctr --address "$CONTAINERD_SOCKET" -n k8s.io tasks rm -f >/dev/null 2>&1 || true
  ctr_node containers ls -q | xargs -r ctr --address "$CONTAINERD_SOCKET" -n k8s.io containers rm >/dev/null 2>&1 || true
  [ -z "$(ctr_node containers ls -q)" ]
}

containerd_ended() { ! kill -0 "$(cat "$RUN/containerd.pid")"; }

api_ready() {
  [ "$(curl -s -m 2 --cacert "$PKI/ca.crt" --cert "$PKI/admin.crt" --key "$PKI/admin.key" https://127.0.0.1:6443/readyz)" = ok ]
}

trap stop TERM
# Mounts made for Pods must reach their containers, and never the machine.
mount --make-rshared /
# The daemons leave files in these whatever their configuration says, and a Kubernetes of the machine's own may use them too.
for d in /run /var/log; do mount -t tmpfs tmpfs $d; done

# The door to the apiserver: the machine's loopback (file descriptor 9 is its network namespace) - a socket file - the node's loopback.
keep door-outside nsenter --net=/proc/self/fd/9 socat "TCP-LISTEN:$API_PORT,bind=127.0.0.1,reuseaddr,fork,backlog=128" "UNIX-CONNECT:$RUN/api.sock"
exec 9<&-
keep door-inside socat "UNIX-LISTEN:$RUN/api.sock,fork,mode=600,backlog=128,unlink-early" TCP:127.0.0.1:6443

keep containerd containerd --config "$ETC/containerd.toml"
keep etcd "$BIN/etcd" --data-dir="$STATE/etcd" --unsafe-no-fsync --log-level=warn \
  --listen-client-urls=http://127.0.0.1:2379 --advertise-client-urls=http://127.0.0.1:2379 \
  --listen-peer-urls=http://127.0.0.1:2380 --initial-advertise-peer-urls=http://127.0.0.1:2380 --initial-cluster=default=http://127.0.0.1:2380
# OwnerReferencesPermissionEnforcement is off by default and on in OpenShift: with it here, a missing permission is found here.
# A MutatingAdmissionPolicy injects containers for a test, with no webhook of ours.
keep kube-apiserver "$BIN/kube-apiserver" --etcd-servers=http://127.0.0.1:2379 --secure-port=6443 --advertise-address=$NODE_IP \
  --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction,OwnerReferencesPermissionEnforcement \
  --feature-gates=MutatingAdmissionPolicy=true --runtime-config=admissionregistration.k8s.io/v1beta1=true \
  --service-cluster-ip-range=$SERVICE_CIDR --allow-privileged=true --profiling=false \
  --tls-cert-file="$PKI/apiserver.crt" --tls-private-key-file="$PKI/apiserver.key" --client-ca-file="$PKI/ca.crt" \
  --kubelet-certificate-authority="$PKI/ca.crt" --kubelet-preferred-address-types=InternalIP \
  --kubelet-client-certificate="$PKI/apiserver-to-kubelet.crt" --kubelet-client-key="$PKI/apiserver-to-kubelet.key" \
  --service-account-issuer=https://kubernetes.default.svc.cluster.local \
  --service-account-key-file="$PKI/sa.pub" --service-account-signing-key-file="$PKI/sa.key" \
  --requestheader-client-ca-file="$PKI/front-proxy-ca.crt" --requestheader-allowed-names=front-proxy-client \
  --requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group --requestheader-extra-headers-prefix=X-Remote-Extra- \
  --proxy-client-cert-file="$PKI/front-proxy.crt" --proxy-client-key-file="$PKI/front-proxy.key" \
  --audit-policy-file="$ETC/audit-policy.yaml" --audit-log-path="$LOG/audit.log" --audit-log-maxsize=500 --audit-log-maxbackup=1

# Started before it answers, the others would back off for seconds.
until api_ready; do sleep 0.1; done

config() { echo "--kubeconfig=$ETC/$1.kubeconfig --authentication-kubeconfig=$ETC/$1.kubeconfig --authorization-kubeconfig=$ETC/$1.kubeconfig"; }
# At its default rate of 20 requests a second it needs 4 s to start its own controllers.
# shellcheck disable=SC2046
keep kube-controller-manager "$BIN/kube-controller-manager" $(config kube-controller-manager) --bind-address=127.0.0.1 --leader-elect=false \
  --root-ca-file="$PKI/ca.crt" --service-account-private-key-file="$PKI/sa.key" --use-service-account-credentials=true --kube-api-qps=200 --kube-api-burst=400 \
  --cluster-signing-cert-file="$PKI/ca.crt" --cluster-signing-key-file="$PKI/ca.key"
# shellcheck disable=SC2046
keep kube-scheduler "$BIN/kube-scheduler" $(config kube-scheduler) --bind-address=127.0.0.1 --leader-elect=false
until [ -S "$CONTAINERD_SOCKET" ]; do sleep 0.1; done
keep kubelet "$BIN/kubelet" --config="$ETC/kubelet.yaml" --kubeconfig="$ETC/kubelet.kubeconfig" --hostname-override=$NODE --node-ip=$NODE_IP \
  --root-dir="$STATE/kubelet" --cert-dir="$STATE/kubelet/pki"
keep kube-proxy "$BIN/kube-proxy" --config="$ETC/kube-proxy.yaml"
keep coredns "$BIN/coredns" -conf "$ETC/Corefile"

# In the foreground a signal would wait for the command to end; `wait` it interrupts.
while :; do wait || true; sleep 1; done
