#!/usr/bin/env bash
# Build images without a registry, and bring them to the testbed's node.
#   image.sh build TAG DOCKERFILE CONTEXT [buildah options, e.g. --build-arg A=b]
#   image.sh load TAG...     quick when the node has them already; layers the node has are not copied again
#   image.sh id TAG          print the id of an image
#   image.sh list            what the store has
#   image.sh prune           forget images and layers that no tag needs (the next builds start from scratch)
#   image.sh pause           make sure that the node has the image that Pods' sandboxes need (up.sh does it)
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=store.sh
. "$TESTBED/store.sh"

build() { # tag, Dockerfile, context, options...
  local name output=$IMAGES/build.log
  name=$(full_name "$1")
  [ -f "$2" ] || die "no such Dockerfile: $2"
  [ -d "$3" ] || die "no such context folder: $3"
  host_settings
  # chroot: the only isolation that needs no network namespace of its own; Debian and npm are reached as from this machine.
  buildah bud --isolation chroot --pull-never --layers --force-rm --signature-policy "$IMAGES/policy.json" "${build_flags[@]}" \
    "${@:4}" -t "$name" -f "$2" "$3" >"$output" 2>&1 || {
    tail -n 40 "$output" >&2
    die "building $1 failed (its output is in $output). If a base image is missing: $TESTBED/images.sh"
  }
  log "built $1 in $SECONDS s"
}

layout_digest() { jq -r --arg id "$1" '.manifests[] | select(.annotations["org.opencontainers.image.ref.name"] == $id) | .digest' "$LAYOUT/index.json" 2>/dev/null || true; }
node_images() { ctr_node images ls | awk 'NR > 1 {print $1, $3}'; }
known_to_kubelet() { ctr_node images ls "name==$1" | grep -q io.cri-containerd.image=managed; }

# Blobs of images that have lost their tag.
tidy_layout() {
  local used
  used=$(buildah images --no-trunc -q --filter dangling=false | sed 's/^sha256://')
  jq -c --arg used "$used" '.manifests |= map(select(.annotations["org.opencontainers.image.ref.name"] as $id | $used | contains($id)))' \
    "$LAYOUT/index.json" >"$LAYOUT/index.new"
  mv "$LAYOUT/index.new" "$LAYOUT/index.json"
  (
    cd "$LAYOUT/blobs/sha256"
    {
      jq -r '.manifests[].digest' ../../index.json
      jq -r '.manifests[].digest[7:]' ../../index.json | xargs -r jq -r '.config.digest, .layers[].digest'
    } | cut -c8- | sort -u >"$LAYOUT/used"
    find . -type f -printf '%f\n' | { grep -vxFf "$LAYOUT/used" || true; } | xargs -r rm --
  )
}

load() { # tag
  local name id digest had pack blob
  name=$(full_name "$1")
  id=$(image_id "$name") || die "no image $1 in the store: build it first ($0 build)"
  digest=$(layout_digest "$id")
  if [ -z "$digest" ]; then
    skopeo copy -q --dest-oci-accept-uncompressed-layers "containers-storage:[overlay@$STORE+$IMAGES/run/$boot_id]$name" "oci:$LAYOUT:$id" >&2
    tidy_layout
    digest=$(layout_digest "$id")
  fi
  had=$(node_images | awk -v n="$name" '$1 == n {print $2}')
  [ "$had" != "$digest" ] || return 0
  # Overwritten in place, it would keep the mark by which known_to_kubelet() tells; its layers are still held under its id.
  [ -z "$had" ] || ctr_node images rm "$name" >/dev/null
  # A tar of an OCI layout with this one image, without the layers that the node has from other images.
  pack=$(mktemp -d "$IMAGES/pack.XXXXXX")
  mkdir -p "$pack/blobs/sha256"
  cp "$LAYOUT/oci-layout" "$pack/"
  jq -c --arg id "$id" --arg name "$name" '.manifests |= (map(select(.annotations["org.opencontainers.image.ref.name"] == $id))
    | map(.annotations = {"io.containerd.image.name": $name}))' "$LAYOUT/index.json" >"$pack/index.json"
  ctr_node content ls -q >"$pack/node"
  jq -r '.config.digest, .layers[].digest' "$LAYOUT/blobs/sha256/${digest#sha256:}" | sort -u | grep -vxFf "$pack/node" >"$pack/missing" || true
  for blob in "$digest" $(cat "$pack/missing"); do ln -s "$LAYOUT/blobs/sha256/${blob#sha256:}" "$pack/blobs/sha256/"; done
  tar -C "$pack" -chf - oci-layout index.json blobs | ctr_node images import - >/dev/null
  rm -rf "$pack"
  await 10 "sign of $1 in the kubelet's list" known_to_kubelet "$name"
  log "loaded $1 in $SECONDS s"
}

# The kubelet's runtime keeps an image under its id, too, which would keep it for ever.
forget_replaced() {
  local named
  named=$(node_images | grep -v '^sha256:' | cut -d' ' -f2)
  node_images | { grep '^sha256:' | grep -vFf <(echo "$named") || true; } | cut -d' ' -f1 | xargs -r ctr --address "$CONTAINERD_SOCKET" -n k8s.io images rm >/dev/null
}

pause() {
  local context
  if ! image_id "$PAUSE_IMAGE" >/dev/null; then
    context=$(mktemp -d)
    cp "$("$TESTBED/binaries.sh")/pause" "$context/"
    printf 'FROM scratch\nCOPY pause /pause\nUSER 65535:65535\nENTRYPOINT ["/pause"]\n' >"$context/Dockerfile"
    build "$PAUSE_IMAGE" "$context/Dockerfile" "$context"
    rm -r "$context"
  fi
  load "$PAUSE_IMAGE"
}

case ${1:-} in
  build)
    [ $# -ge 4 ] || die "usage: $0 build TAG DOCKERFILE CONTEXT [buildah options]"
    open_store
    build "${@:2}"
    ;;
  load)
    [ $# -ge 2 ] || die "usage: $0 load TAG..."
    open_store
    [ -S "$CONTAINERD_SOCKET" ] || die "the cluster is not up: start it with $TESTBED/up.sh"
    for tag in "${@:2}"; do load "$tag"; done
    forget_replaced
    ;;
  id)
    [ $# -eq 2 ] || die "usage: $0 id TAG"
    open_store
    image_id "$(full_name "$2")" || die "no image $2 in the store: build it first ($0 build)"
    ;;
  list)
    open_store
    buildah images
    ;;
  prune)
    open_store
    buildah rm --all # of interrupted builds
    buildah rmi --prune --force
    ;;
  pause)
    open_store
    pause
    ;;
  *)
    sed -n '2,/^set/ s/^# //p' "$0" >&2
    exit 2
    ;;
esac
