// The test host that a test file runs on (test/run.ts made it), and crundle as a person would run it there.
import {type ChildProcess, spawn} from 'node:child_process';
import {randomUUID} from 'node:crypto';
import {existsSync, mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import {findLeaks, type HostRoots} from './host-leaks.ts';

/** The launcher under test. */
export const crundlePath = join(import.meta.dirname, '../../bin/crundle');

export interface TestHost extends HostRoots {
  configPath: string;
  /** What crundle is given as environment: the caller's, with this host's roots. */
  env: NodeJS.ProcessEnv;
}

/** The host of this test file. A file that is run without test/run.ts would touch the machine, so that it throws. */
export const testHost: TestHost = {
  dataRoot: given('CRUNDLE_DATA_ROOT'),
  runRoot: given('CRUNDLE_RUN_ROOT'),
  configPath: given('CRUNDLE_CONFIG'),
  cgroupParent: given('CRUNDLE_TEST_CGROUP_PARENT'),
  tmp: given('TMPDIR'),
  env: process.env,
};

function given(name: string): string {
  const value = process.env[name];
  if (!process.env.CRUNDLE_TEST_HOST || !value) throw new Error(`not on a test host: run './dev test FILE'`);
  return value;
}

/** Writes the host's config.json: these keys, and the cgroup parent that keeps hosts apart. */
export function writeConfig(values: Record<string, unknown>, host: TestHost = testHost): void {
  writeFileSync(host.configPath, JSON.stringify({'cgroup-parent': host.cgroupParent, ...values}));
}

/** A second crundle beside this host's own: other roots, same network and processes. Removed with the host. */
export function makeTestHost(): TestHost {
  const name = randomUUID().slice(0, 4);
  const folder = join(testHost.tmp, `host-${name}`);
  const roots = {
    dataRoot: join(folder, 'data'),
    // Short, as unix sockets below it may have 107 bytes; and below the first host's own, which is removed after it.
    runRoot: `${testHost.runRoot}${name}`,
    configPath: join(folder, 'config.json'),
    tmp: join(folder, 'tmp'),
  };
  mkdirSync(roots.tmp, {recursive: true});
  process.once('exit', () => rmSync(roots.runRoot, {recursive: true, force: true}));
  const host = {
    ...roots,
    cgroupParent: testHost.cgroupParent,
    env: {
      ...process.env,
      CRUNDLE_DATA_ROOT: roots.dataRoot,
      CRUNDLE_RUN_ROOT: roots.runRoot,
      CRUNDLE_CONFIG: roots.configPath,
      TMPDIR: roots.tmp,
    },
  };
  writeConfig({}, host);
  return host;
}

export interface CrundleOptions {
  /** Text for standard input, which then ends. Default: /dev/null. */
  input?: string;
  env?: Record<string, string>;
  cwd?: string;
  /** Milliseconds until SIGKILL; default 60,000. */
  timeoutMs?: number;
  host?: TestHost;
}

export interface CrundleResult {
  stdout: string;
  stderr: string;
  /** Exit status; -1 when a signal ended it. */
  status: number;
  signal?: NodeJS.Signals;
}

/** Runs `crundle ARGS` to its end. Never throws for a failed command: the test looks at the status. */
export async function crundle(args: readonly string[], options: CrundleOptions = {}): Promise<CrundleResult> {
  const child = spawnCrundle(args, options);
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text) => (stderr += text));
  child.stdin?.end(options.input);
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 60_000);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status, signal) =>
        resolve({stdout, stderr, status: status ?? -1, ...(signal === null ? {} : {signal})}),
      );
    });
  } finally {
    clearTimeout(timer);
  }
}

/** Starts `crundle ARGS` and leaves it running: for signals, kills and streams. Standard streams are pipes. */
export function spawnCrundle(args: readonly string[], options: CrundleOptions = {}): ChildProcess {
  return spawn(crundlePath, args, {
    env: {...(options.host ?? testHost).env, ...options.env},
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : {cwd: options.cwd}),
  });
}

/** `crundle ARGS` that must succeed: its standard output without the last newline. */
export async function crundleOk(args: readonly string[], options: CrundleOptions = {}): Promise<string> {
  const result = await crundle(args, options);
  assert.is(result.status, 0, `crundle ${args.join(' ')} exited with ${result.status}: ${result.stderr}`);
  return result.stdout.replace(/\n$/, '');
}

/**
 * After a remove: no orphaned process, no mount below the roots, no interface, no cgroup. What networks share is taken down
 * first, as a person would: it stays up between containers.
 */
export async function assertHostClean(host: TestHost = testHost): Promise<void> {
  if (existsSync(join(host.runRoot, 'network'))) await crundleOk(['network', 'prune', '--force'], {host});
  assert.equal(await findLeaks(host), []);
}

/** Why tests of this file are skipped: test/run.ts shows it. Use beside `test.skip`. */
export function saySkipped(reason: string): void {
  console.log(`skip: ${reason}`);
}
