# shellcheck shell=bash
# The cluster's certificates and kubeconfigs, new in every life of the cluster. To be sourced after lib.sh.

new_ca() { # name
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$PKI/$1.key" -out "$PKI/$1.crt" \
    -days 365 -subj "/CN=$NAME-$1" 2>/dev/null
}

new_cert() { # name, subject, usage, ca, subject alternative names
  local file=$PKI/$1
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$file.key" -out "$file.csr" -subj "$2" 2>/dev/null
  printf 'basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=%s\n%s\n' "$3" "${5:+subjectAltName=$5}" >"$file.ext"
  openssl x509 -req -in "$file.csr" -CA "$PKI/$4.crt" -CAkey "$PKI/$4.key" -set_serial "0x$(openssl rand -hex 16)" \
    -days 365 -extfile "$file.ext" -out "$file.crt" 2>/dev/null
  rm "$file.csr" "$file.ext"
}

# Everything is inside the file, so that it can be copied and works for any client library.
kubeconfig() { # user, server
  cat <<Y
apiVersion: v1
kind: Config
current-context: $NAME
clusters:
- {name: $NAME, cluster: {server: "$2", certificate-authority-data: $(base64 -w0 "$PKI/ca.crt")}}
users:
- {name: $1, user: {client-certificate-data: $(base64 -w0 "$PKI/$1.crt"), client-key-data: $(base64 -w0 "$PKI/$1.key")}}
contexts:
- {name: $NAME, context: {cluster: $NAME, user: $1}}
Y
}

write_certs() {
  local api="DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,DNS:localhost"
  local user
  (
    umask 077
    new_ca ca
    new_ca front-proxy-ca
    openssl genrsa -out "$PKI/sa.key" 2048 2>/dev/null
    openssl rsa -in "$PKI/sa.key" -pubout -out "$PKI/sa.pub" 2>/dev/null
    new_cert apiserver /CN=kube-apiserver serverAuth ca "$api,IP:127.0.0.1,IP:${SERVICE_CIDR%.*}.1,IP:$NODE_IP"
    new_cert apiserver-to-kubelet /O=system:masters/CN=kube-apiserver-kubelet-client clientAuth ca
    new_cert front-proxy /CN=front-proxy-client clientAuth front-proxy-ca
    new_cert kubelet-server "/O=system:nodes/CN=system:node:$NODE" serverAuth ca "DNS:$NODE,IP:$NODE_IP"
    new_cert admin /O=system:masters/CN=admin clientAuth ca
    new_cert kubelet "/O=system:nodes/CN=system:node:$NODE" clientAuth ca
    for user in kube-controller-manager kube-scheduler kube-proxy coredns; do
      new_cert $user /CN=system:$user clientAuth ca
    done
    for user in kubelet kube-controller-manager kube-scheduler kube-proxy coredns; do
      kubeconfig $user https://127.0.0.1:6443 >"$ETC/$user.kubeconfig"
    done
    kubeconfig admin "https://127.0.0.1:$API_PORT" >"$KUBECONFIG_FILE"
  )
  # Whoever called sudo is the one to use it.
  chown "${SUDO_UID:-0}" "$KUBECONFIG_FILE"
}
