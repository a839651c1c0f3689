// Docker's profile format for system-call filters, and how it becomes the `linux.seccomp` of one container.
import {EngineError} from '../src/errors.ts';
import {parseWithBigints} from '../src/oci/runtime-config-json.ts';
import type {Seccomp, SeccompAction, SeccompArgument, SeccompRule} from '../src/oci/runtime-spec.ts';
import type {HostArchitecture, KernelVersion} from './host-facts.ts';

/** https://docs.docker.com/engine/security/seccomp/: the runtime's format plus conditions on each rule. */
export interface SeccompProfile {
  defaultAction: SeccompAction;
  defaultErrnoRet?: number;
  /** Fixed architectures; excludes `archMap`. */
  architectures?: string[];
  archMap?: {architecture: string; subArchitectures?: string[] | null}[];
  flags?: string[];
  listenerPath?: string;
  listenerMetadata?: string;
  syscalls?: SeccompProfileRule[] | null;
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
  caps?: string[] | null;
  arches?: string[] | null;
  minKernel?: string;
}

export interface SeccompTarget {
  /** Of the kernel that filters: emulated programs make the calls of the host's architecture. */
  architecture: HostArchitecture;
  kernel: KernelVersion;
  /** The container's bounding set, with `CAP_`. */
  capabilities: readonly string[];
}

/**
 * The rules of a profile that hold for one container, in the profile's order. Undefined for an empty profile, which
 * means no filter. Rules for calls that an architecture lacks stay: the runtime skips them.
 */
export function resolveSeccomp(profile: SeccompProfile, target: SeccompTarget): Seccomp | undefined {
  const rules = profile.syscalls ?? [];
  if (!profile.defaultAction && rules.length === 0) return undefined;
  const architectures = profile.architectures ?? architecturesOf(profile, target.architecture);
  return {
    defaultAction: profile.defaultAction,
    ...(profile.defaultErrnoRet !== undefined && {defaultErrnoRet: profile.defaultErrnoRet}),
    ...(architectures.length > 0 && {architectures}),
    ...(profile.flags && {flags: profile.flags}),
    ...(profile.listenerPath !== undefined && {listenerPath: profile.listenerPath}),
    ...(profile.listenerMetadata !== undefined && {listenerMetadata: profile.listenerMetadata}),
    syscalls: rules.filter((rule) => holds(rule, target)).map(plainRule),
  };
}

/** A profile's text. Throws EngineError 'invalid-option' that says what is wrong with it. */
export function parseSeccompProfile(text: string): SeccompProfile {
  let value: unknown;
  try {
    value = parseWithBigints(text);
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error), error);
  }
  const profile = recordOf(value, 'the profile');
  if (profile.defaultAction !== undefined) checkAction(profile.defaultAction, 'defaultAction');
  if (isFilled(profile.architectures) && isFilled(profile.archMap)) {
    throw invalid("use either 'architectures' or 'archMap', not both");
  }
  const rules = listOf(profile.syscalls, 'syscalls');
  for (const [index, rule] of rules.entries()) checkRule(recordOf(rule, `syscalls[${index}]`), index);
  return value as SeccompProfile;
}

/** libseccomp's name of an architecture. */
const seccompArchitectures: Readonly<Partial<Record<HostArchitecture, string>>> = {
  arm64: 'SCMP_ARCH_AARCH64',
  amd64: 'SCMP_ARCH_X86_64',
  arm: 'SCMP_ARCH_ARM',
  '386': 'SCMP_ARCH_X86',
  riscv64: 'SCMP_ARCH_RISCV64',
  ppc64le: 'SCMP_ARCH_PPC64LE',
  s390x: 'SCMP_ARCH_S390X',
  loong64: 'SCMP_ARCH_LOONGARCH64',
};

function architecturesOf(profile: SeccompProfile, architecture: HostArchitecture): string[] {
  const native = seccompArchitectures[architecture];
  const entry = (profile.archMap ?? []).find((each) => each.architecture === native);
  return entry ? [entry.architecture, ...(entry.subArchitectures ?? [])] : [];
}

function holds({includes = {}, excludes = {}}: SeccompProfileRule, target: SeccompTarget): boolean {
  const architecture = target.architecture === '386' ? 'x86' : target.architecture;
  const held = (name: string) => target.capabilities.includes(name);
  const hasAny = (list: string[] | null | undefined) => list?.includes(architecture) ?? false;
  if (hasAny(excludes.arches) || excludes.caps?.some(held)) return false;
  if (excludes.minKernel && isAtLeast(target.kernel, excludes.minKernel)) return false;
  if (includes.arches?.length && !hasAny(includes.arches)) return false;
  if (includes.caps && !includes.caps.every(held)) return false;
  return !includes.minKernel || isAtLeast(target.kernel, includes.minKernel);
}

function isAtLeast(kernel: KernelVersion, minimum: string): boolean {
  const [major = 0, minor = 0] = minimum.split('.').map(Number);
  return kernel.major > major || (kernel.major === major && kernel.minor >= minor);
}

function plainRule({names, name, action, errnoRet, args}: SeccompProfileRule): SeccompRule {
  return {
    names: names?.length ? names : name === undefined ? [] : [name],
    action,
    ...(errnoRet !== undefined && {errnoRet}),
    ...(args?.length && {args: args.map(plainArgument)}),
  };
}

// containers-common writes valueTwo: 0 where it has no meaning.
function plainArgument({index, value, valueTwo, op}: SeccompArgument): SeccompArgument {
  return {index, value, ...(valueTwo && {valueTwo}), op};
}

const actions: readonly string[] = [
  'SCMP_ACT_KILL',
  'SCMP_ACT_KILL_PROCESS',
  'SCMP_ACT_KILL_THREAD',
  'SCMP_ACT_TRAP',
  'SCMP_ACT_ERRNO',
  'SCMP_ACT_TRACE',
  'SCMP_ACT_ALLOW',
  'SCMP_ACT_LOG',
  'SCMP_ACT_NOTIFY',
] satisfies SeccompAction[];

function checkRule(rule: Record<string, unknown>, index: number): void {
  const where = `syscalls[${index}]`;
  checkAction(rule.action, `${where}.action`);
  const names = listOf(rule.names, `${where}.names`);
  if (names.some((name) => typeof name !== 'string')) throw invalid(`${where}.names is not a list of text`);
  if (rule.name !== undefined && names.length > 0) {
    throw invalid(`${where}: use either 'name' or 'names', not both`);
  }
  for (const argument of listOf(rule.args, `${where}.args`)) {
    const {index: position, value, op} = recordOf(argument, `${where}.args`);
    const isNumber = typeof value === 'number' || typeof value === 'bigint';
    if (typeof position !== 'number' || !isNumber || typeof op !== 'string') {
      throw invalid(`${where}.args need index, value and op`);
    }
  }
}

function checkAction(value: unknown, where: string): void {
  if (typeof value === 'string' && actions.includes(value)) return;
  throw invalid(`${where} ${JSON.stringify(value)} is not a seccomp action`);
}

function recordOf(value: unknown, where: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw invalid(`${where} is not an object`);
}

function listOf(value: unknown, where: string): unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw invalid(`${where} is not a list`);
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

function invalid(reason: string, cause?: unknown): EngineError {
  return new EngineError('invalid-option', `decoding seccomp profile failed: ${reason}`, {exit: 125, cause});
}
