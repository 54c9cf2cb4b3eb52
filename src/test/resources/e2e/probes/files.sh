#!/usr/bin/env bash
# Files, mounts and what is shared with the helper. Sourced by run.sh.
# shellcheck disable=SC2154

probe every-file "searches every readable file, compressed ones too, in nine spellings"
every-file() {
  local count=/tmp/.every-file
  find / \( -path /proc -o -path /sys -o -path /usr -o -path /dev \) -prune -o -type f -readable -print0 2>/dev/null | tee >(tr -cd '\0' | wc -c >"$count") |
    perl "$here/leaks.pl" --files
  note "$(cat "$count") files"
}

probe every-image-file "searches every file of the image"
every-image-file() { find /usr -xdev -type f -readable -size -60M -print0 2>/dev/null | perl "$here/leaks.pl" --files; }

probe shared-memory "searches /dev and its shared memory"
shared-memory() { find /dev/shm /dev/mqueue /run -type f -readable -print0 2>/dev/null | perl "$here/leaks.pl" --files; }

probe mounts "looks for the helper's mounts in its own list, and in those of other processes"
mounts() {
  cat /proc/[0-9]*/mountinfo
  ! cut -d ' ' -f 5 /proc/[0-9]*/mountinfo 2>/dev/null | grep -E '^/(credentials|state|run/secrets|var/run/secrets|host)' || breach "one is mounted"
  ! grep -h 'kubernetes.io~\(secret\|projected\)' /proc/[0-9]*/mountinfo 2>/dev/null || breach "a Secret or a projected volume is mounted"
  note "$(wc -l </proc/self/mountinfo) mounts"
}

probe helper-directories "opens the directories of the helper"
helper-directories() {
  local path
  for path in /credentials /credentials/0 /credentials/0/token /credentials/0/..data/token /state /state/counts.json; do
    ! ls "$path" 2>/dev/null || breach "$path is there"
    cat "$path" 2>/dev/null
  done
}

probe service-account "looks for a ServiceAccount's token"
service-account() {
  local path
  for path in /var/run/secrets /run/secrets /var/run/secrets/kubernetes.io/serviceaccount/token /var/run/secrets/tokens; do
    ! ls "$path" 2>/dev/null || breach "$path is there"
  done
  ! find / -xdev -name token -not -path '/usr/*' -readable 2>/dev/null | grep . || breach "a file has the name token"
}

probe node-files "looks for files and sockets of the node"
node-files() {
  local path
  for path in /var/lib/kubelet /host /rootfs /etc/kubernetes /run/containerd/containerd.sock /var/run/docker.sock /run/crio/crio.sock /var/log/pods /var/lib/containerd; do
    ! ls -d "$path" 2>/dev/null || breach "$path is there"
  done
}

probe out-by-link "follows symbolic links out of the workspace and the shared directory"
out-by-link() {
  local target link=/workspace/.out
  for target in /credentials/0/token /proc/1/root/credentials /../../../../credentials /proc/self/root/../credentials; do
    ln -sfn "$target" "$link"
    cat "$link" "$link"/* 2>/dev/null
  done
  rm -f "$link"
}

probe read-only-root "changes the image: its programs, its configuration"
read-only-root() {
  local path
  for path in /etc/passwd /etc/ld.so.preload /usr/local/bin/claude /usr/bin/git /opt/x /x /bin/x; do
    ! (: >>"$path") 2>/dev/null || breach "it writes $path"
  done
}

probe remount "mounts, binds and remounts"
remount() {
  ! mount -o remount,rw / 2>/dev/null || breach "the root is writable"
  ! mount --bind /proc/1/root /mnt 2>/dev/null || breach "it binds"
  ! mount -t tmpfs none /tmp 2>/dev/null || breach "it mounts"
}

probe start-gate "writes where only the helper writes: the file that starts agents, the prompt"
start-gate() {
  local path
  for path in /go/go /go/x /prompt/prompt /prompt/x /probes/x; do
    ! (: >>"$path") 2>/dev/null || breach "it writes $path"
  done
  ! rm -f /go/go 2>/dev/null || breach "it removes /go/go"
}

probe termination-message "reads and fills its own termination message"
termination-message() {
  cat /dev/termination-log 2>/dev/null
  echo '{"v":1,"event":"result","subtype":"success","isError":false,"text":"forged"}' >/dev/termination-log 2>/dev/null
}

probe events "reads the events that its own run wrote"
events() { cat /claudejob/events.jsonl; }

probe home-directory "reads what Claude Code keeps at home"
home-directory() {
  find "$HOME" -type f -readable -print0 2>/dev/null | perl "$here/leaks.pl" --files
  note "$(find "$HOME" -type f 2>/dev/null | wc -l) files"
}

probe git-credentials "asks git for credentials, and reads its configuration"
git-credentials() {
  printf 'protocol=https\nhost=git\n\n' | GIT_TERMINAL_PROMPT=0 timeout 3 git credential fill 2>&1 | grep '^password' && breach "git knows a password"
  git config --list --show-origin 2>/dev/null
  cat "$HOME/.git-credentials" "$HOME/.netrc" "$HOME/.config/git/credentials" /workspace/.git/config 2>/dev/null
}
