// Kernel parameters, as files below /proc/sys. Those below net are of the network namespace of this process.
import {existsSync, writeFileSync} from 'node:fs';
import {EngineError, errnoOf} from '../errors.ts';
import {readOptionalFile} from './optional-file.ts';
import {isRehearsal, isRehearsed, type RehearsedCall} from './rehearsal.ts';
import {beginCall, commandLine} from './trace.ts';

/** The text without its newline; undefined when the kernel has no such parameter. `name` has slashes. */
export function readSysctl(name: string): string | undefined {
  return readOptionalFile(`/proc/sys/${name}`)?.trimEnd();
}

/** Writes only what differs. A parameter that the kernel does not have is left. Throws EngineError 'system-call-failed'. */
export function writeSysctl(name: string, value: string): void {
  const current = readSysctl(name);
  // In a rehearsal the interface that it belongs to may not be there yet.
  if (current === value || (current === undefined && !isRehearsal())) return;
  if (isRehearsed(() => rehearsed(name, value, current))) return;
  const call = beginCall();
  const words = ['sysctl', '-w', `${name}=${value}`];
  try {
    writeFileSync(`/proc/sys/${name}`, value);
    call?.end(commandLine(words), 'done');
  } catch (error) {
    call?.end(commandLine(words), errnoOf(error) ?? 'failed');
    throw new EngineError(
      'system-call-failed',
      `cannot set the kernel parameter ${name.replaceAll('/', '.')} to ${value}: ${errnoOf(error) ?? error}`,
      {hint: 'is /proc/sys mounted read-only here? crundle needs it writable for networks', cause: error},
    );
  }
}

// Where the kernel has no such parameter it is left, as above.
function rehearsed(name: string, value: string, old: string | undefined): RehearsedCall {
  const line = (text: string) => commandLine(['sysctl', '-qe', '-w', `${name}=${text}`]);
  return {call: line(value), ...(old !== undefined && {undo: line(old)})};
}

/** False on a kernel that was started with ipv6.disable=1, or built without IPv6: there nothing may even be named. */
export function kernelHasIpv6(): boolean {
  return existsSync('/proc/sys/net/ipv6/conf');
}
