# shellcheck shell=bash disable=SC2034
# The images' store: built and kept by buildah, with no registry and no daemon. To be sourced after lib.sh.

STORE=$IMAGES/store
LAYOUT=$IMAGES/oci # an OCI layout, layers uncompressed: what goes to the node

# In a mount namespace of its own: buildah leaves its store mounted on itself.
in_store() {
  CONTAINERS_STORAGE_CONF=$IMAGES/storage.conf CONTAINERS_REGISTRIES_CONF=$IMAGES/registries.conf CONTAINERS_CONF=$IMAGES/containers.conf \
    unshare --mount "$@"
}
buildah() { in_store buildah --root "$STORE" --runroot "$IMAGES/run/$boot_id" --storage-driver overlay "$@"; }
# Unlike `buildah push`, it can leave layers uncompressed: five times as fast, and what the node needs anyway.
skopeo() { in_store skopeo --policy "$IMAGES/policy.json" "$@"; }

open_store() {
  need_root
  "$TESTBED/packages.sh"
  lock images
  boot_id=$(cat /proc/sys/kernel/random/boot_id)
  if [ ! -d "$IMAGES/run/$boot_id" ]; then
    # buildah notes here what it has mounted, which is wrong after a restart of the machine.
    rm -rf "$IMAGES/run"
    mkdir -p "$IMAGES/run/$boot_id" "$STORE"
    printf '[storage]\ndriver = "overlay"\n' >"$IMAGES/storage.conf"
    printf '[network]\nnetwork_config_dir = "%s"\n' "$IMAGES/network" >"$IMAGES/containers.conf"
    # "debian:bookworm-slim" means what it means to Docker.
    printf 'unqualified-search-registries = ["docker.io"]\nshort-name-mode = "permissive"\n' >"$IMAGES/registries.conf"
    echo '{"default": [{"type": "insecureAcceptAnything"}]}' >"$IMAGES/policy.json"
  fi
}

full_name() { # short name, as containerd and Docker complete it
  case ${1%%/*} in
    "$1") echo "docker.io/library/$1" ;;
    *.* | *:* | localhost) echo "$1" ;;
    *) echo "docker.io/$1" ;;
  esac
}

image_id() { buildah inspect --type image --format '{{.FromImageID}}' "$1" 2>/dev/null; }
image_key() { buildah inspect --type image --format '{{index .OCIv1.Config.Labels "dev.claudejob.testbed.key"}}' "$1" 2>/dev/null; }

# Debian's repositories as this machine reaches them, one "uri suite" a line.
debian_repositories() {
  # shellcheck disable=SC2016
  apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(REPO_URI) $(CODENAME)' 'Created-By: Packages' 2>/dev/null |
    awk '$1 == "Debian" && $2 == "main" && $4 ~ /^bookworm(-updates|-security)?$/ {print $3, $4}' | sort -u | grep . ||
    printf 'http://deb.debian.org/debian%s\n' ' bookworm' ' bookworm-updates' '-security bookworm-security'
}

# How this machine reaches Debian and checks certificates, for the time of a build and not in the image. Sets build_flags.
host_settings() {
  local settings=$IMAGES/build-settings bundle
  # Copies, because packages may write into these folders.
  rm -rf "$settings"
  mkdir -p "$settings/apt.conf.d" "$settings/sources.list.d"
  cp "$TESTBED/images/docker-clean" "$settings/apt.conf.d/"
  apt-config dump Acquire 2>/dev/null | grep -E '^Acquire::(https?::Proxy|Check-|Retries|ForceIPv)' >"$settings/apt.conf.d/99host" || true
  debian_repositories | sed 's/.*/deb & main/' >"$settings/sources.list.d/host.list"
  build_flags=(--volume "$settings/apt.conf.d:/etc/apt/apt.conf.d" --volume "$settings/sources.list.d:/etc/apt/sources.list.d")
  for bundle in "$(npm config get cafile 2>/dev/null)" "${SSL_CERT_FILE:-}" /etc/ssl/certs/ca-certificates.crt; do
    [ -f "$bundle" ] || continue
    build_flags+=(--secret "id=ca-bundle,src=$bundle")
    break
  done
}
