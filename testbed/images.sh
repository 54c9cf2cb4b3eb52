#!/usr/bin/env bash
# Make the base images that Dockerfiles here start from, where there is no registry to pull them from:
#   debian:bookworm-slim     from Debian's packages (debootstrap)
#   eclipse-temurin:25-jdk   the same, with the JDK 25 found on this machine (JAVA_HOME, or CLAUDEJOB_JDK) at /opt/java/openjdk
# A minute the first time; then they are kept.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=store.sh
. "$TESTBED/store.sh"

DEBIAN=docker.io/library/debian:bookworm-slim
TEMURIN=docker.io/library/eclipse-temurin:25-jdk

# An image is made anew when what it is made of, or the function that makes it, has changed.
key() { (declare -f "$1" && cat "$TESTBED"/images/* && echo "${@:2}") | sha256sum | cut -c1-16; }

make_debian() {
  local key mirror root container
  key=$(key make_debian "$(uname -m)")
  [ "$(image_key "$DEBIAN")" != "$key" ] || return 0
  mirror=$(debian_repositories | awk '$2 == "bookworm" {print $1; exit}')
  need_space "$IMAGES" 4000
  log "making debian:bookworm-slim (about a minute)"
  buildah rm --all >/dev/null # of an interrupted run
  root=$(mktemp -d "$IMAGES/debian.XXXXXX")
  chmod 755 "$root"
  # In namespaces of its own: it mounts /proc, and an interrupted one would leave that behind.
  unshare --mount --pid --fork --kill-child debootstrap --variant=minbase bookworm "$root" "$mirror" >"$root.log" 2>&1 ||
    die "debootstrap failed, its output is in $root.log: is a Debian mirror reachable?"
  rm -rf "$root"/var/cache/apt/*.bin "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* "$root"/var/log/*.log "$root"/var/log/apt/* \
    "$root"/usr/share/{doc,man,locale,info}/* "$root"/etc/{hostname,resolv.conf}
  cp "$TESTBED/images/docker-clean" "$TESTBED/images/slim" "$root/etc/apt/apt.conf.d/"
  mv "$root/etc/apt/apt.conf.d/slim" "$root/etc/dpkg/dpkg.cfg.d/slim"
  # Whatever this machine's mirror is, the image names Debian's own.
  rm -f "$root/etc/apt/sources.list"
  cp "$TESTBED/images/debian.sources" "$root/etc/apt/sources.list.d/"
  container=$(buildah from --signature-policy "$IMAGES/policy.json" scratch)
  buildah add -q "$container" "$root" / >/dev/null
  buildah config --cmd bash --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin --label "dev.claudejob.testbed.key=$key" "$container"
  buildah commit -q --rm --signature-policy "$IMAGES/policy.json" "$container" "$DEBIAN" >/dev/null
  rm -rf --one-file-system "$root" "$root.log"
  log "made debian:bookworm-slim"
}

make_temurin() {
  local jdk key container
  jdk=$("$TESTBED/jdk.sh")
  key=$(key make_temurin "$(image_id "$DEBIAN")" "$(cat "$jdk/release")")
  [ "$(image_key "$TEMURIN")" != "$key" ] || return 0
  log "making eclipse-temurin:25-jdk from $jdk"
  container=$(buildah from --pull-never --signature-policy "$IMAGES/policy.json" "$DEBIAN")
  # -h: packages of Debian keep the trusted roots, lib/security/cacerts, as a link to elsewhere.
  tar -h -C "$jdk" --exclude ./lib/src.zip --owner 0 --group 0 -cf "$IMAGES/jdk.tar" .
  buildah add -q "$container" "$IMAGES/jdk.tar" /opt/java/openjdk >/dev/null
  rm "$IMAGES/jdk.tar"
  buildah config --cmd jshell --env JAVA_HOME=/opt/java/openjdk --env LANG=C.UTF-8 \
    --env PATH=/opt/java/openjdk/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin --label "dev.claudejob.testbed.key=$key" "$container"
  buildah run --isolation chroot "$container" -- java -version 2>/dev/null || die "the JDK of $jdk does not run on Debian bookworm: choose another with CLAUDEJOB_JDK"
  buildah commit -q --rm --signature-policy "$IMAGES/policy.json" "$container" "$TEMURIN" >/dev/null
  log "made eclipse-temurin:25-jdk"
}

open_store
make_debian
make_temurin
