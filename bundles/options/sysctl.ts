// `--sysctl`: kernel parameters that belong to a namespace.
import {optionError} from './option-error.ts';

const ipcNames = new Set([
  'kernel.msgmax',
  'kernel.msgmnb',
  'kernel.msgmni',
  'kernel.sem',
  'kernel.shmall',
  'kernel.shmmax',
  'kernel.shmmni',
  'kernel.shm_rmid_forced',
]);

/** `net.ipv4.ip_forward=1`, as name and value. Throws EngineError 'invalid-option' in Docker's words. */
export function parseSysctl(text: string): [name: string, value: string] {
  const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (isNetworkSysctl(name) || isIpcSysctl(name)) return [name, value];
  throw optionError(`sysctl '${text}' is not allowed`, {
    hint: 'write NAME=VALUE; the names are net.*, fs.mqueue.*, kernel.msg*, kernel.shm* and kernel.sem',
  });
}

export function isNetworkSysctl(name: string): boolean {
  return name.startsWith('net.');
}

export function isIpcSysctl(name: string): boolean {
  return ipcNames.has(name) || name.startsWith('fs.mqueue.');
}
