#!/usr/bin/env bash
# Make sure that the testbed's binaries exist (Kubernetes, CoreDNS, helm, kstatus), building them from source if not, and print their folder.
# Needs only Go and the Go module proxy: no root, no packages. 5 to 10 minutes on two cores, once for a version.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

tools=(etcd kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubelet kubectl)
module=$TESTBED/kube
platform=linux-$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
recipe=2 # to be raised when build() below makes something else of the same sources
key=$( (
  cd "$module"
  cat go.mod go.sum cmd/*/main.go
  echo "$recipe $KUBERNETES_VERSION $platform"
) | sha256sum | cut -c1-16)
built=$CACHE/build/$key
kstatus=$CACHE/build/kstatus-$(cat "$TESTBED"/kstatus/{go.mod,go.sum,main.go} - <<<"$platform" | sha256sum | cut -c1-16)

# Java's kube-api-test looks for its binaries by this layout.
api_test=$CACHE/kubeapitest/k8s/$KUBERNETES_VERSION-$platform

build() {
  local ld="-s -w" package minor helm
  command -v go >/dev/null || die "needs Go 1.21 or later on PATH (it fetches the version that go.mod asks for by itself)"
  need_space "$CACHE" 2000
  mkdir -p "$CACHE/build"
  out=$(mktemp -d "$CACHE/build/new.XXXXXX")
  scratch=
  trap 'rm -rf "$out" ${scratch:+"$scratch"}' EXIT
  if [ -z "${GOCACHE:-}" ]; then
    # The compiler writes 4 GB of small files: twice as fast in memory, where there is enough of it.
    if [ "$(df -Pm /dev/shm 2>/dev/null | awk 'NR==2 {print $4}')" -ge 6000 ] && [ "$(awk '/^MemAvailable/ {print int($2/1024)}' /proc/meminfo)" -ge 10000 ]; then
      scratch=$(mktemp -d /dev/shm/claudejob-go.XXXXXX)
      export GOCACHE=$scratch/cache GOTMPDIR=$scratch
    else
      need_space "$(go env GOCACHE)" 5000
    fi
  fi
  need_space "$(go env GOMODCACHE)" 1000
  # Kubernetes refuses to work with a version it can't parse, and Go modules don't stamp one.
  minor=$(cut -d. -f2 <<<$KUBERNETES_VERSION)
  for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    ld+=" -X $package.gitVersion=v$KUBERNETES_VERSION -X $package.gitMajor=1 -X $package.gitMinor=$minor"
    ld+=" -X $package.gitTreeState=clean -X $package.gitCommit=unknown -X $package.buildDate=1970-01-01T00:00:00Z"
  done
  # Without this `helm template` takes itself to be on Kubernetes 1.20.
  helm=helm.sh/helm/v3
  for package in $helm/pkg/chartutil $helm/pkg/lint/rules; do
    ld+=" -X $package.k8sVersionMajor=1 -X $package.k8sVersionMinor=$minor"
  done
  ld+=" -X $helm/internal/version.version=$(awk -v m=$helm '$1 == m {print $2}' "$module/go.mod")"
  log "building Kubernetes $KUBERNETES_VERSION, CoreDNS and helm from source (5 to 10 minutes, once)"
  (cd "$module" && CGO_ENABLED=0 GOFLAGS=-mod=readonly nice go build -trimpath -ldflags "$ld" -o "$out/" ./cmd/... $helm/cmd/helm) >&2 ||
    die "the build failed (see above): is the Go module proxy reachable ($(go env GOPROXY))?"
  for t in "${tools[@]}"; do ln -s kube "$out/$t"; done
  chmod 755 "$out"
  rm -rf "$built"
  mv -T "$out" "$built"
  log "built in $SECONDS s"
}

# Apart from the rest, and with a go.mod of its own: a change here must not build Kubernetes anew.
build_kstatus() {
  command -v go >/dev/null || die "needs Go 1.21 or later on PATH (it fetches the version that go.mod asks for by itself)"
  log "building kstatus (a minute, once)"
  mkdir -p "$kstatus"
  (cd "$TESTBED/kstatus" && CGO_ENABLED=0 GOFLAGS=-mod=readonly nice go build -trimpath -ldflags "-s -w" -o "$kstatus/kstatus.new" .) >&2 ||
    die "the build failed (see above): is the Go module proxy reachable ($(go env GOPROXY))?"
  mv "$kstatus/kstatus.new" "$kstatus/kstatus"
}

link() { # file, name: replaced in one step, because a cluster or a test may be using it
  ln -sfn "$1" "$2.new"
  mv -T "$2.new" "$2"
}

if [ ! -x "$built/kube" ]; then
  lock build
  [ -x "$built/kube" ] || build
fi
if [ ! -x "$kstatus/kstatus" ]; then
  lock build-kstatus
  [ -x "$kstatus/kstatus" ] || build_kstatus
fi
link "build/$key" "$BIN"
mkdir -p "$api_test"
for t in etcd kube-apiserver kubectl; do
  [ "$(readlink "$api_test/$t")" = "$BIN/$t" ] || link "$BIN/$t" "$api_test/$t"
done
[ "$(readlink "$api_test/kstatus")" = "$kstatus/kstatus" ] || link "$kstatus/kstatus" "$api_test/kstatus"
echo "$BIN"
