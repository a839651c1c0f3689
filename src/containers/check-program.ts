// Whether the command of a container, or one that is run beside it, can run on this machine: looked at where it will run,
// with all mounts in place, and before its first instruction.
import {errnoOf} from '../errors.ts';
import type {ProcessSpec} from '../oci/runtime-spec.ts';
import {isRehearsal} from '../system/rehearsal.ts';
import type {ContainerContext, ProgramReport} from './container-context.ts';

/** Whose command: `pid` is a process that has the container's files for its own. */
export interface ProgramPlace {
  pid: number;
  command: readonly string[];
  process: Pick<ProcessSpec, 'env' | 'cwd'>;
}

/**
 * Returns what may keep the command from running. Throws EngineError 'command-not-executable' (exit 126) or
 * 'command-not-found' (127) where it surely cannot run; a program that is not there at all the runtime refuses itself.
 */
export function checkProgram(context: ContainerContext, place: ProgramPlace): string[] {
  if (isRehearsal()) return [];
  const {refusal, warnings} = look(context, place);
  if (refusal) throw refusal;
  return warnings;
}

// The look is a service: what it cannot see, such as files of a process that has just ended, the runtime will meet.
function look(context: ContainerContext, {pid, command, process}: ProgramPlace): ProgramReport {
  const [program = ''] = command;
  try {
    const request = {command: program, env: process.env, workingDir: process.cwd};
    return context.rootfs.check(`/proc/${pid}/root`, request);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return {refusal: undefined, warnings: []};
  }
}
