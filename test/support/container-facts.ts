// What a program can find out about the container that it runs in, as named texts that two engines' containers can be
// compared by. The program is a shell script for busybox; what it prints is parsed here.
import {readlinkSync} from 'node:fs';

/** Runs as `sh -c SCRIPT`. Prints `## NAME` before each part. */
export const factsScript = `
part() { echo "## $1"; }
part identity; grep -E '^(Uid|Gid|Groups|NoNewPrivs|Seccomp):' /proc/self/status
part capabilities; grep '^Cap' /proc/self/status
part limits; cat /proc/self/limits
part mounts; cat /proc/self/mountinfo
part environment; cat /proc/1/environ | tr '\\0' '\\n'
part directory; pwd
part hostname; hostname
part score; cat /proc/self/oom_score_adj
part devices; ls -l /dev | grep -v '^total'
part hidden
for path in /proc/acpi /proc/asound /proc/interrupts /proc/kcore /proc/keys /proc/latency_stats /proc/sched_debug \
  /proc/scsi /proc/timer_list /proc/timer_stats /sys/devices/virtual/powercap /sys/firmware; do
  if [ -d $path ]; then echo "$path folder of $(ls $path 2>&1 | wc -l)"
  elif [ -e $path ]; then echo "$path $(head -c 1 $path 2>/dev/null | wc -c) bytes"
  fi
done
part writable
for path in / /proc/sys/kernel/hostname /proc/sysrq-trigger /sys /sys/fs/cgroup /dev /dev/shm /tmp /etc/hosts \
  /etc/resolv.conf; do
  if [ -w $path ]; then echo "$path"; fi
done
part cgroup
cd /sys/fs/cgroup
for file in memory/memory.limit_in_bytes memory/memory.memsw.limit_in_bytes cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us \
  memory/memory.soft_limit_in_bytes memory/memory.swappiness memory/memory.oom_control cpuset/cpuset.cpus cpuset/cpuset.mems \\
  blkio/blkio.throttle.read_bps_device blkio/blkio.throttle.write_iops_device cpu/cpu.rt_runtime_us \\
  cpu/cpu.shares pids/pids.max devices/devices.list memory.max memory.swap.max cpu.max cpu.weight pids.max; do
  if [ -f $file ]; then echo "$file: $(tr '\\n' ' ' < $file)"; fi
done
part sysctl
for key in net/ipv4/ip_unprivileged_port_start net/ipv4/ping_group_range net/ipv4/ip_default_ttl kernel/domainname; do
  echo "$key $(cat /proc/sys/$key 2>/dev/null)"
done
part namespaces
for name in mnt net uts pid ipc cgroup user; do echo "$name $(readlink /proc/self/ns/$name)"; done
part calls
try() { if "$@" >/dev/null 2>&1; then echo "$1: done"; else echo "$1: refused"; fi; }
rm -f /tmp/null; try unshare -m true; try mount -t tmpfs none /mnt; try mknod /tmp/null c 1 3; try chroot / true; try hostname other
try date -s 2020-01-01; try chown 5:5 /tmp; try nice -n -5 true
part hosts; cat /etc/hosts
part end
`;

export type ContainerFacts = Record<string, string[]>;

/** Parses what the script printed. Throws when it did not come to its end. */
export function parseFacts(output: string): ContainerFacts {
  const facts: ContainerFacts = {};
  let part: string[] = [];
  for (const line of output.split('\n')) {
    if (line.startsWith('## ')) {
      part = [];
      facts[line.slice(3)] = part;
    } else if (line !== '') part.push(line.replace(/\s+/g, ' ').trim());
  }
  if (!facts.end) throw new Error(`the facts are not whole:\n${output}`);
  return {
    ...facts,
    mounts: (facts.mounts ?? []).map(plainMount).filter(isNoRoot).sort(),
    devices: (facts.devices ?? []).map(plainDevice).sort(),
    cgroup: (facts.cgroup ?? []).map(plainCgroupFile),
    namespaces: (facts.namespaces ?? []).map(plainNamespace),
    environment: (facts.environment ?? []).map(withoutId),
    hostname: (facts.hostname ?? []).map(withoutId),
  };
}

// mountinfo without numbers, with options in order: `/dev tmpfs nosuid,rw size=65536k`. See proc(5).
function plainMount(line: string): string {
  const [left = '', right = ''] = line.split(' - ');
  const [, , , , point = '', options = ''] = left.split(' ');
  const [type = '', , own = ''] = right.split(' ');
  const isOwn = ['tmpfs', 'devpts', 'proc', 'mqueue'].includes(type);
  return [point, type, inOrder(options), isOwn ? inOrder(own) : ''].join(' ').trim();
}

function inOrder(options: string): string {
  return options.split(',').sort().join(',');
}

function isNoRoot(mount: string): boolean {
  return !mount.startsWith('/ ');
}

function plainNamespace(line: string): string {
  const [name = '', link] = line.split(' ');
  return `${name} ${link === readlinkSync(`/proc/self/ns/${name}`) ? "the host's" : 'its own'}`;
}

function withoutId(line: string): string {
  return line.replace(/\b[0-9a-f]{12}$/, 'ID');
}

// devices.list is on one line, in the order in which the rules were written.
function plainCgroupFile(line: string): string {
  const [name = '', text = ''] = line.split(/: (.*)/s);
  if (name !== 'devices/devices.list') return line;
  const rules = text.match(/[abc] \S+ [rwm]+/g) ?? [];
  return `${name}: ${rules.sort().join(', ')}`;
}

// `ls -l` without the count of links, the size of a folder and the time.
function plainDevice(line: string): string {
  const [mode = '', , owner = '', group = '', ...rest] = line.split(' ');
  const name = rest.join(' ').replace(/^.*\d\d:\d\d /, '');
  const numbers = /^[bc]/.test(mode) ? `${rest[0]}${rest[1]}` : '';
  return [mode, owner, group, numbers, name].filter((field) => field !== '').join(' ');
}
