// Docker's profile format for system-call filters, and how it becomes the `linux.seccomp` of one container.
import type {SeccompAction, SeccompArgument} from '../src/oci/runtime-spec.ts';

/** https://docs.docker.com/engine/security/seccomp/: the runtime's format plus conditions on each rule. */
export interface SeccompProfile {
  defaultAction: SeccompAction;
  defaultErrnoRet?: number;
  /** Fixed architectures; excludes `archMap`. */
  architectures?: string[];
  archMap?: {architecture: string; subArchitectures: string[] | null}[];
  flags?: string[];
  listenerPath?: string;
  listenerMetadata?: string;
  syscalls: SeccompProfileRule[];
}

export interface SeccompProfileRule {
  names?: string[];
  /** Old profiles name one call. */
  name?: string;
  action: SeccompAction;
  errnoRet?: number;
  args?: SeccompArgument[] | null;
  comment?: string;
  includes?: SeccompCondition;
  excludes?: SeccompCondition;
}

/** `caps`: all of these must be held; `arches`: any of these GOARCH words; `minKernel`: this version or later. */
export interface SeccompCondition {
  caps?: string[];
  arches?: string[];
  minKernel?: string;
}
