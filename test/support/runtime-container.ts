// Containers for the tests of src/runtime: crun and conmon for real, on the busybox fixture, without store or state.
import {execFileSync, spawnSync} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {existsSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import type {ContainerOptions} from '../../bundles/container-options.ts';
import {buildRuntimeConfig} from '../../bundles/runtime-config.ts';
import type {ProcessSpec, RuntimeConfig} from '../../src/oci/runtime-spec.ts';
import {type Attachment, attach, type OutputChunk} from '../../src/runtime/attach.ts';
import {type Created, type CreateOptions, createContainer} from '../../src/runtime/conmon.ts';
import {type ContainerExit, exitAfter} from '../../src/runtime/container-exit.ts';
import {Crun} from '../../src/runtime/crun.ts';
import {readHostFacts} from '../../src/system/host-facts.ts';
import {bundleInput} from './bundle-input.ts';
import {fixtureLayout} from './fixtures.ts';
import {testHost} from './test-host.ts';

export interface RuntimeContainer extends Created {
  id: string;
  runFolder: string;
  logPath: string;
  crun: Crun;
  config: RuntimeConfig;
  attach(): Attachment;
  /** Waits for the end. */
  exit(): Promise<ContainerExit>;
  /** Whatever its state: nothing is left. */
  remove(): Promise<void>;
}

export interface ContainerChange extends Partial<CreateOptions> {
  options?: Partial<ContainerOptions>;
  /** Changes the finished config. */
  configure?(config: RuntimeConfig): void;
  maxBytes?: number;
  /** Of an earlier container: its bundle and log go on. */
  again?: RuntimeContainer;
}

// A test that fails leaves its container as it is, perhaps frozen, and then nothing but crun can end it. A test that
// passes must have removed its own, which test/run.ts checks.
const left = new Map<string, string>();
process.once('exit', () => {
  if (!process.exitCode) return;
  for (const [id, root] of left) spawnSync('crun', ['--root', root, 'delete', '--force', id]);
});

/** Creates a container that runs `command`, and does not start it. */
export async function createRuntimeContainer(
  command: string[],
  change: ContainerChange = {},
): Promise<RuntimeContainer> {
  const {options, configure, maxBytes = 0, again, ...given} = change;
  const id = again?.id ?? given.id ?? randomBytes(32).toString('hex');
  const bundle = join(testHost.dataRoot, 'containers', id);
  const runFolder = given.runFolder ?? join(testHost.runRoot, 'containers', id);
  const logPath = join(bundle, 'ctr.log');
  const crun = new Crun(join(testHost.runRoot, 'crun'));
  mkdirSync(bundle, {recursive: true});
  const config = runtimeConfig(id, bundle, command, options);
  if (given.terminal && config.process) config.process.terminal = true;
  configure?.(config);
  writeFileSync(join(bundle, 'config.json'), JSON.stringify(config));
  const removeFolders = () => {
    for (const folder of [bundle, runFolder]) rmSync(folder, {recursive: true, force: true});
  };
  const create = () =>
    createContainer({
      ...{id, bundle, runFolder, crunRoot: crun.root, terminal: false, openStdin: false},
      ...{log: {path: logPath, maxBytes, maxFiles: 3}, exitCommand: [], ...given},
    });
  const created = await create().catch((error) => {
    removeFolders();
    throw error;
  });
  left.set(id, crun.root);
  return {
    ...created,
    ...{id, runFolder, logPath, crun, config},
    attach: () => attach(join(runFolder, 'attach')),
    async exit() {
      await created.conmonEnd.wait();
      return exitAfter(runFolder, id);
    },
    async remove() {
      await crun.delete(id, {force: true});
      left.delete(id);
      created.conmonEnd.close();
      removeFolders();
    },
  };
}

/** Creates, attaches, starts, waits and removes. */
export async function runToEnd(
  command: string[],
  change: ContainerChange = {},
): Promise<ContainerExit & Collected> {
  const container = await createRuntimeContainer(command, change);
  try {
    const output = collect(container.attach().output);
    await container.crun.start(container.id);
    return {...(await output), ...(await container.exit())};
  } finally {
    await container.remove();
  }
}

export interface Collected {
  stdout: string;
  stderr: string;
}

/** All output to its end. */
export async function collect(output: AsyncIterable<OutputChunk>): Promise<Collected> {
  const streams: Record<OutputChunk['stream'], Uint8Array[]> = {stdout: [], stderr: []};
  for await (const {stream, data} of output) streams[stream].push(data);
  return {stdout: Buffer.concat(streams.stdout).toString(), stderr: Buffer.concat(streams.stderr).toString()};
}

/** Output as it comes: `seen` is all that has come so far. */
export function watchOutput(output: AsyncIterable<OutputChunk>): {seen(): string; end: Promise<Collected>} {
  const chunks: Uint8Array[] = [];
  async function* tapped() {
    for await (const chunk of output) {
      chunks.push(chunk.data);
      yield chunk;
    }
  }
  return {seen: () => Buffer.concat(chunks).toString(), end: collect(tapped())};
}

/** Waits up to ten seconds for what others do. */
export async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1000; tries += 1) {
    if (holds()) return;
    await sleep(10);
  }
  throw new Error('it did not happen within 10 s');
}

/** The process of a container with other words. */
export function processOf(
  {config}: RuntimeContainer,
  args: string[],
  change: Partial<ProcessSpec> = {},
): ProcessSpec {
  if (!config.process) throw new Error('a test container has a process');
  return {...config.process, args, ...change};
}

/** The unpacked busybox fixture. Shared by all containers of a test file. */
export function rootfsPath(): string {
  const path = join(testHost.tmp, 'rootfs');
  if (existsSync(path)) return path;
  mkdirSync(path);
  const layout = fixtureLayout('busybox');
  const blob = (digest: string) => join(layout, 'blobs', digest.replace(':', '/'));
  const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'));
  let manifest = read(join(layout, 'index.json'));
  while (manifest.manifests) manifest = read(blob(manifest.manifests[0].digest));
  for (const {digest} of manifest.layers) execFileSync('tar', ['-xf', blob(digest), '-C', path]);
  return path;
}

function runtimeConfig(
  id: string,
  bundle: string,
  command: string[],
  options: Partial<ContainerOptions> = {},
): RuntimeConfig {
  const files = {
    hosts: join(bundle, 'hosts'),
    hostname: join(bundle, 'hostname'),
    resolvConf: join(bundle, 'resolv'),
  };
  for (const file of Object.values(files)) writeFileSync(file, '');
  return buildRuntimeConfig(
    bundleInput(
      {command, ...options},
      {
        id,
        files,
        host: readHostFacts(),
        rootfsPath: rootfsPath(),
        cgroupsPath: `${testHost.cgroupParent}/${id}`,
      },
    ),
  );
}
