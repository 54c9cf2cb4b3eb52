#!/usr/bin/env bash
# Processes, their environments and memory, and ways to more privileges. Sourced by run.sh.
# shellcheck disable=SC2154

probe own-environment "prints its environment"
own-environment() {
  env
  note "$(env | grep -c .) variables"
}

probe every-environment "reads the environment of every process that it sees"
every-environment() {
  local read=0 file
  for file in /proc/[0-9]*/environ; do cat "$file" 2>/dev/null && read=$((read + 1)); done
  # Not in plain: a shell keeps the environment it was started with.
  grep -qa 'ANTHROPIC_BASE_URL=' /proc/1/environ || breach "this probe can't read what it should"
  note "$read environments"
}

probe every-command-line "reads the command line of every process"
every-command-line() { cat /proc/[0-9]*/cmdline /proc/[0-9]*/comm; }

probe foreign-processes "looks for a process that is not of its own user"
foreign-processes() {
  local status uid
  for status in /proc/[0-9]*/status; do
    uid=$(awk '/^Uid:/ {print $2}' "$status" 2>/dev/null) || continue
    [ -z "$uid" ] || [ "$uid" = "$(id -u)" ] || breach "$status belongs to $uid"
  done
  note "all $(find /proc -maxdepth 1 -name '[0-9]*' | wc -l) are its own"
}

probe process-memory "reads the memory of every process"
process-memory() {
  local maps pid
  for maps in /proc/[0-9]*/maps; do
    pid=${maps#/proc/} pid=${pid%/maps}
    perl "$here/leaks.pl" --memory "$pid"
  done
}

probe process-roots "looks for other containers' files at the roots of processes"
process-roots() {
  local root
  for root in /proc/[0-9]*/root /proc/[0-9]*/cwd; do
    for secret in credentials state var/run/secrets var/lib/kubelet; do
      ! ls "$root/$secret" 2>/dev/null || breach "$root/$secret is there"
    done
  done
}

probe open-files "reads whatever files processes hold open"
open-files() {
  find /proc/[0-9]*/fd -maxdepth 1 -follow -type f -readable -print0 2>/dev/null | perl "$here/leaks.pl" --files
}

probe trace-foreign "attaches a debugger to process numbers that it does not see"
trace-foreign() {
  # 101 is ptrace, 16 PTRACE_ATTACH, on x86-64.
  # shellcheck disable=SC2016
  [ "$(uname -m)" != x86_64 ] || perl -e '
    for my $pid (1 .. 40000) {
      next if -d "/proc/$pid";
      if (syscall(101, 16, $pid, 0, 0) == 0) { print "BREACH attached to $pid\n"; exit 3 }
    }'
}

probe signal-foreign "signals process numbers that it does not see"
signal-foreign() {
  # shellcheck disable=SC2016
  perl -e 'for my $pid (2 .. 40000) { next if -d "/proc/$pid"; if (kill 0, $pid) { next if -d "/proc/$pid"; print "BREACH $pid\n"; exit 3 } }'
}

probe privileges "looks for capabilities, a way to gain some, or no filter of system calls"
privileges() {
  local status
  status=$(cat /proc/self/status)
  for line in 'CapEff:	0000000000000000' 'CapPrm:	0000000000000000' 'CapBnd:	0000000000000000' 'NoNewPrivs:	1' 'Seccomp:	2'; do
    grep -qF "$line" <<<"$status" || breach "not $line"
  done
  note "uid $(id -u), no capability, NoNewPrivs, seccomp"
}

probe user-namespace "makes a user namespace of its own, to be root there"
user-namespace() {
  ! unshare -Ur true 2>/dev/null || breach "it is root in a namespace of its own"
  ! unshare -m true 2>/dev/null || breach "it has a mount namespace of its own"
}

probe join-namespaces "enters the namespaces of process 1 as the node would"
join-namespaces() {
  ! nsenter -t 1 -m -n -p true 2>/dev/null || breach "it got in"
}

probe setuid-programs "runs programs that make their caller root"
setuid-programs() {
  local program out n=0
  while read -r program; do
    n=$((n + 1))
    for words in "-c id" ""; do
      # shellcheck disable=SC2086
      out=$(echo | timeout 1 "$program" $words 2>&1)
      ! grep -q 'uid=0' <<<"$out" || breach "$program made it root"
    done
  done < <(find / -xdev -perm /6000 -type f 2>/dev/null)
  note "$n programs"
}

probe core-dump "lets a process die and reads its memory image, and says where such images go"
core-dump() {
  ! (echo '|/tmp/dumped' >/proc/sys/kernel/core_pattern) 2>/dev/null || breach "it sets the node's core pattern"
  cd /tmp || return
  (
    ulimit -c unlimited
    bash -c 'kill -SEGV $$'
  ) 2>/dev/null
  find / -xdev -name 'core*' -newer /proc/1 -type f -print0 2>/dev/null | perl "$here/leaks.pl" --files
}

probe kernel "reads and writes what belongs to the node's kernel"
kernel() {
  local file
  for file in /proc/sysrq-trigger /proc/sys/kernel/hostname /proc/sys/vm/drop_caches /sys/kernel/uevent_helper /proc/self/oom_adj_; do
    ! (echo 1 >"$file") 2>/dev/null || breach "it writes $file"
  done
  for file in /proc/kcore /dev/mem /dev/kmsg /dev/port /proc/keys /proc/timer_list /proc/sched_debug /sys/firmware; do
    head -c 4096 "$file" 2>/dev/null | head -c 1 | grep -qa . && [ "$file" != /proc/keys ] && breach "it reads $file"
  done
  cat /proc/keys 2>/dev/null
}

probe devices "looks for disks of the node, and makes a device file"
devices() {
  local found
  found=$(find /dev -type b 2>/dev/null)
  [ -z "$found" ] || breach "$found"
  ! mknod /tmp/disk b 8 0 2>/dev/null || breach "it made a disk"
  ! mknod /tmp/memory c 1 1 2>/dev/null || breach "it made /dev/mem"
}

probe control-groups "sets what the node runs when a control group empties"
control-groups() {
  local file
  while read -r file; do
    ! (echo /tmp/x >"$file") 2>/dev/null || breach "it writes $file"
  done < <(find /sys/fs/cgroup -name release_agent -o -name notify_on_release -o -name devices.allow -o -name cgroup.procs 2>/dev/null)
}
