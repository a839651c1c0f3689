// A look at one program of a root filesystem, on this machine, with its words.
import {closeSync, constants, openSync} from 'node:fs';
import {readBinaryFormats, readPageSize} from '../system/binary-formats.ts';
import {hostArchitecture} from '../system/host-facts.ts';
import {O} from '../system/libc.ts';
import type {ProgramRequest} from './executable.ts';
import {FileTree} from './file-tree.ts';
import {type Finding, type PreflightHost, type PreflightRequest, preflight} from './preflight.ts';
import {type ProgramReport, reportForRun} from './preflight-words.ts';

/** `root` is the path of a folder, such as /proc/PID/root. Throws the errors of system calls. */
export function checkProgram(root: string, request: ProgramRequest): ProgramReport {
  const host = thisMachine();
  return reportForRun(findingsIn(root, request, host), {
    command: request.command,
    architecture: host.architecture,
  });
}

export function findingsIn(root: string, request: PreflightRequest, host = thisMachine()): Finding[] {
  const rootFd = openSync(root, O.path | constants.O_DIRECTORY);
  try {
    return preflight(FileTree.below(rootFd), request, host);
  } finally {
    closeSync(rootFd);
  }
}

export function thisMachine(): PreflightHost {
  return {
    architecture: hostArchitecture(process.arch),
    pageBytes: readPageSize(),
    formats: readBinaryFormats,
  };
}
