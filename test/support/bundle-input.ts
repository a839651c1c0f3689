// What a plain container on a plain arm64 host with cgroup v2 is made from, for tests that change one thing of it,
// and the official schema that each config.json must fit.
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {Ajv} from 'ajv';
import * as assert from 'uvu/assert';
import {type BundleInput, dockerDefaults} from '../../bundles/bundle-input.ts';
import {capabilityNames} from '../../bundles/capabilities.ts';
import {type ContainerOptions, defaultContainerOptions} from '../../bundles/container-options.ts';
import type {HostFacts} from '../../bundles/host-facts.ts';
import {buildRuntimeConfig} from '../../bundles/runtime-config.ts';
import type {ImageRuntimeConfig} from '../../src/oci/image-spec.ts';
import {formatRuntimeJson, parseRuntimeConfig} from '../../src/oci/runtime-config-json.ts';
import type {RuntimeConfig} from '../../src/oci/runtime-spec.ts';

export const containerId = '4a1f3c5e7d9b'.padEnd(64, '0');

export function containerOptions(change: Partial<ContainerOptions> = {}): ContainerOptions {
  return {...defaultContainerOptions(), command: ['sh'], ...change};
}

export function hostFacts(change: Partial<HostFacts> = {}): HostFacts {
  const all = capabilityNames.map((name) => `CAP_${name}`);
  return {
    architecture: 'arm64',
    hostname: 'raspberry',
    kernelRelease: '6.12.0',
    kernelVersion: {major: 6, minor: 12},
    cpus: 4,
    memoryBytes: 4 * 1024 ** 3,
    swapBytes: 0,
    cgroup: {
      version: 2,
      layout: 'unified',
      controllers: ['cpuset', 'cpu', 'io', 'memory', 'pids'],
      swapAccounting: true,
      namespaces: true,
      files: [
        'cpu.max',
        'cpu.weight',
        'cpuset.cpus',
        'io.max',
        'io.weight',
        'memory.low',
        'memory.max',
        'memory.swap.max',
        'pids.max',
      ],
      cpuset: {cpus: '0-3', mems: '0'},
    },
    capabilities: {bounding: all, effective: all},
    rlimits: {RLIMIT_NOFILE: {soft: 1024, hard: 524_288}},
    oomScoreAdj: 0,
    seccomp: true,
    apparmor: false,
    thermalThrottlePaths: [],
    unprivilegedPortSysctl: true,
    pingGroupSysctl: true,
    devices: [{path: '/dev/gpiomem', type: 'c', major: 246, minor: 0, fileMode: 0o660, uid: 0, gid: 997}],
    ...change,
  };
}

/** A host on cgroup v1, with all that a kernel can have. */
export function legacyHost(): HostFacts {
  return hostFacts({
    cgroup: {
      ...hostFacts().cgroup,
      version: 1,
      layout: 'legacy',
      controllers: ['cpuset', 'cpu', 'blkio', 'memory', 'pids', 'devices'],
      files: [
        'blkio.throttle.read_bps_device',
        'blkio.weight',
        'blkio.weight_device',
        'cpu.cfs_quota_us',
        'cpu.rt_runtime_us',
        'cpu.shares',
        'memory.memsw.limit_in_bytes',
        'memory.oom_control',
        'memory.soft_limit_in_bytes',
        'memory.swappiness',
      ],
    },
  });
}

/** A host whose processes have every capability but this one. */
export function hostWithout(capability: string, change: Partial<HostFacts> = {}): HostFacts {
  const rest = hostFacts().capabilities.bounding.filter((name) => name !== capability);
  return hostFacts({capabilities: {bounding: rest, effective: rest}, ...change});
}

export function bundleInput(
  options: Partial<ContainerOptions> = {},
  change: Partial<Omit<BundleInput, 'options'>> & {imageConfig?: ImageRuntimeConfig} = {},
): BundleInput {
  const {imageConfig, ...rest} = change;
  return {
    id: containerId,
    options: containerOptions(options),
    image: {
      architecture: 'arm64',
      os: 'linux',
      rootfs: {type: 'layers', diff_ids: []},
      ...(imageConfig && {config: imageConfig}),
    },
    user: {uid: 0, gid: 0, additionalGids: [0], home: '/root', name: 'root'},
    host: hostFacts(),
    defaults: dockerDefaults,
    rootfsPath: 'rootfs',
    files: {hosts: '/c/hosts', hostname: '/c/hostname', resolvConf: '/c/resolv.conf'},
    mounts: [],
    network: {kind: options.network?.kind === 'host' ? 'host' : 'own'},
    cgroupsPath: `/crundle/${containerId}`,
    ...rest,
  };
}

/** Builds, checks against the official schema, and proves that JSON loses nothing. */
export function buildChecked(input: BundleInput): RuntimeConfig {
  const config = buildRuntimeConfig(input);
  const text = formatRuntimeJson(config);
  assert.equal(parseRuntimeConfig(text), config, 'the config survives its JSON');
  checkSchema(text);
  return config;
}

const schemaFolder = join(import.meta.dirname, '../../../shared/schemas/runtime-spec');

/** Why the schema is not checked, when it is not there; show it with `saySkipped`. */
export const schemaMissing = existsSync(schemaFolder)
  ? undefined
  : `config.json is not checked against the official schema: no ${schemaFolder}`;

const validate = schemaMissing === undefined ? compileSchema() : undefined;

function checkSchema(text: string): void {
  if (validate === undefined) return;
  assert.ok(validate(JSON.parse(text)), `fits the official schema: ${JSON.stringify(validate.errors)}`);
}

function compileSchema() {
  const ajv = new Ajv({strict: false, validateFormats: false});
  for (const file of readdirSync(schemaFolder)) {
    const schema = JSON.parse(readFileSync(join(schemaFolder, file), 'utf8'));
    // Draft 4, whose meta-schema ajv 8 does not know; what these files use of it has not changed since.
    delete schema.$schema;
    ajv.addSchema(schema, file);
  }
  const compiled = ajv.getSchema('config-schema.json');
  if (compiled === undefined) throw new Error('no config-schema.json');
  return compiled;
}
