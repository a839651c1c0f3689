// Writes docs/flags.md from the tables of flags: `node docs/flags.ts`. A test fails while the page is stale.
import {writeFileSync} from 'node:fs';
import Create from '../commands/create.ts';
import Run from '../commands/run.ts';
import {unsupportedContainerFlags} from '../src/cli/unsupported-flags.ts';

/** What flags that are accepted do not take, or do differently. Whoever changes the flag changes its line. */
const notes: Record<string, string> = {
  annotation: 'names that begin with `dev.crundle.` are refused',
  'blkio-weight': 'discarded with a warning where the kernel has no weights, as under Docker',
  'blkio-weight-device': 'as `--blkio-weight`; on cgroup v2 it needs the bfq scheduler',
  'cgroup-parent':
    'a slice needs systemd and cgroup v2; a path without a slash at its start is at the top of the tree',
  'cpu-rt-period': 'cgroup v1 only, as the kernel has it; an error elsewhere',
  'cpu-rt-runtime': 'cgroup v1 only, and the parent cgroup must have some; an error elsewhere',
  'health-cmd': 'run as `exec` runs it; by whom, and what it costs: [health checks](health-checks.md)',
  device: 'devices of the Container Device Interface (`vendor.com/class=name`) are refused',
  'disable-content-trust': '`false` is refused: there are no signatures to verify; every digest is verified',
  isolation: '`default` alone, as on any Linux',
  'log-driver': '`json-file` and `k8s-file` are two names of one file format; `journald`, `none`',
  'log-opt':
    '`max-size`, `max-file`; `mode=blocking` and `compress=false` are what is done anyway; others are refused',
  'memory-swappiness': 'cgroup v1 only; discarded with a warning on v2, as under Docker',
  mount:
    'types bind, volume and tmpfs; `volume-opt` is refused, and `bind-recursive=disabled` takes a crun newer than 1.8 where something is mounted below; `consistency` means nothing on Linux',
  'oom-kill-disable': 'cgroup v1 only; discarded with a warning on v2, as under Docker',
  'oom-score-adj': "below the caller's own score it takes CAP_SYS_RESOURCE",
  platform: 'linux/arm64 when not given',
  runtime: '`crun` alone',
  'security-opt':
    'no-new-privileges, seccomp, apparmor, systempaths, writable-cgroups; `label=disable`, other SELinux labels are refused',
  'storage-opt':
    '`size` alone, where the data root is on ext4 or xfs mounted with `prjquota`; an error elsewhere ([0172](decisions/0172-the-size-of-a-container.md))',
  userns: '`host` alone: containers have the users of the host',
  'volume-driver': '`local` alone',
};

/** Flags of which every value is refused, since the reason is worth more than "unknown flag". */
const refused: Record<string, string> = {
  ...unsupportedContainerFlags,
  gpus: 'no driver is built in, and the Container Device Interface (CDI) is not read yet: give device files with `--device`',
};

/** Flags that Docker has not. */
export const ownFlags: Record<string, string> = {
  'health-on-failure':
    '`none`, `kill`, `restart` or `stop`, as Podman has it: what is done with a container that becomes unhealthy ([health checks](health-checks.md))',
};

/** The whole page. */
export function flagsPage(): string {
  const all = new Set([...Object.keys(Run.flags), ...Object.keys(refused)]);
  const names = [...all.difference(new Set(Object.keys(ownFlags)))].sort();
  return `# Flags of run and create

<!-- Made by docs/flags.ts from the tables in src/cli: change those, not this page. -->

Every flag of \`docker run\` and \`docker create\`, version 28. What is supported takes Docker's values and has Docker's
meaning, but for what the last column says. What is refused is an error that gives the reason; nothing is accepted and ignored.

| flag | | |
|---|---|---|
${names.map(row).join('\n')}

What Docker has not:

| flag | |
|---|---|
${Object.entries(ownFlags)
  .map(([name, meaning]) => `| \`--${name}\` | ${meaning} |`)
  .join('\n')}

How limits, mounts and namespaces are checked, and where a container differs from one of Docker's:
[0030](decisions/0030-differences-from-docker.md), [0155](decisions/0155-limits-that-the-kernel-lacks.md),
[0156](decisions/0156-mounts-as-docker-asks-for-them.md), [0157](decisions/0157-sharing-namespaces.md).
`;
}

function row(name: string): string {
  const reason = refused[name];
  const letter = (Run.flags as Record<string, {char?: string}>)[name]?.char;
  const flag = letter === undefined ? `\`--${name}\`` : `\`-${letter}\`, \`--${name}\``;
  if (reason !== undefined) return `| ${flag} | refused | ${reason} |`;
  const where = name in Create.flags ? '' : 'run only';
  const said = [where, notes[name] ?? ''].filter((part) => part !== '').join('; ');
  return `| ${flag} | supported | ${said} |`;
}

/** Names in the notes that are no flags: for the test. */
export function strayNotes(): string[] {
  return Object.keys(notes).filter((name) => !(name in Run.flags) || name in refused);
}

if (import.meta.main) writeFileSync(new URL('flags.md', import.meta.url), flagsPage());
