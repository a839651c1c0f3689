// Linux capabilities: their names, Docker's default set, and what --cap-add and --cap-drop make of it.
import {EngineError} from '../src/errors.ts';
import type {ProcessCapabilities} from '../src/oci/runtime-spec.ts';

/** By number, from linux/capability.h of Linux 6.12. */
export const capabilityNames: readonly string[] = [
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE',
  'NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT',
  'SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE',
  'AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ',
  'PERFMON BPF CHECKPOINT_RESTORE',
].flatMap((line) => line.split(' '));

/** Docker's default set, without `CAP_`. */
export const defaultCapabilities: readonly string[] = [
  'CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE',
  'SYS_CHROOT KILL AUDIT_WRITE',
].flatMap((line) => line.split(' '));

export interface CapabilityChoice {
  /** Names without `CAP_`, or `ALL`. */
  capAdd: readonly string[];
  capDrop: readonly string[];
  privileged: boolean;
}

/**
 * The container's capabilities with `CAP_`, by Docker's rules: privileged takes all there are and heeds nothing else;
 * adding ALL comes before dropping ALL. `available` is the host's bounding set. Throws EngineError
 * 'host-unsupported' when one that was asked for by name is not available.
 */
export function chooseCapabilities(
  {capAdd, capDrop, privileged}: CapabilityChoice,
  available: readonly string[],
): string[] {
  if (privileged) return [...available];
  const added = capAdd.filter((name) => name !== 'ALL').map((name) => `CAP_${name}`);
  const dropped = new Set(capDrop.map((name) => `CAP_${name}`));
  requireAvailable(added, available);
  if (capAdd.includes('ALL')) return available.filter((name) => !dropped.has(name));
  if (capDrop.includes('ALL')) return [...new Set(added)];
  const kept = defaultCapabilities
    .map((name) => `CAP_${name}`)
    .filter((name) => !dropped.has(name) && available.includes(name));
  return [...new Set([...kept, ...added])];
}

/** A user that is not root starts without them, but may gain them through set-id programs: the bounding set stays. */
export function processCapabilities(names: readonly string[], uid: number): ProcessCapabilities {
  const held = uid === 0 ? [...names] : [];
  return {bounding: [...names], effective: held, permitted: held, inheritable: [], ambient: []};
}

function requireAvailable(names: readonly string[], available: readonly string[]): void {
  const missing = names.find((name) => !available.includes(name));
  if (missing === undefined) return;
  throw new EngineError(
    'host-unsupported',
    `invalid CapAdd: capability not supported by your kernel or not available in the current environment: "${missing}"`,
    {exit: 125},
  );
}
