#!/usr/bin/env bash
# Install the Debian packages that the testbed needs, if any is missing.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

packages=(containerd runc containernetworking-plugins debootstrap buildah skopeo iptables conntrack socat ethtool
  iproute2 util-linux procps openssl curl jq shellcheck)

missing=()
for p in "${packages[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing+=("$p")
done
# Docker's own packages bring both of these under another name.
if command -v containerd >/dev/null && command -v runc >/dev/null; then
  for i in "${!missing[@]}"; do case ${missing[i]} in containerd | runc) unset "missing[i]" ;; esac done
fi
[ ${#missing[@]} -gt 0 ] || exit 0

command -v apt-get >/dev/null || die "these are missing, and there is no apt-get to install them: ${missing[*]}"
need_root
log "installing ${missing[*]}"

# A package's daemon would be started at once; the testbed starts its own, and nothing else should stay behind.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  trap 'rm -f $policy' EXIT
  printf '#!/bin/sh\nexit 101\n' >$policy
  chmod 755 $policy
fi
export DEBIAN_FRONTEND=noninteractive
install() { apt-get install -y -q --no-install-recommends "${missing[@]}" >&2; }
install || {
  log "trying again with fresh package lists"
  apt-get update -q >&2
  install
} || die "apt-get could not install: ${missing[*]}"
