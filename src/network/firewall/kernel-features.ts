// What networking needs of the kernel, tried in a network namespace that lives as long as the trial, and named when it is
// missing: as on boards with trimmed kernels, or after an upgrade of the kernel without a reboot.
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {release} from 'node:os';
import {join} from 'node:path';
import {EngineError, isEngineError} from '../../errors.ts';
import {readOptionalFile} from '../../system/optional-file.ts';
import {runQuickProgram} from '../../system/quick-program.ts';

export interface KernelFeature {
  name: string;
  /** Kernel configuration, and the module that it makes. */
  config: string;
  module: string;
  program: 'ip' | 'nft';
  /** What the program is given, in a namespace where the features before it were tried. */
  script: string;
}

const inTable = (text: string) => `table inet t {\n${text}\n}\n`;
const chain = (type: string, hook: string, rule: string) =>
  inTable(`chain c {\n type ${type} hook ${hook} priority 0;\n ${rule}\n}`);

const always: readonly KernelFeature[] = [
  {
    name: 'veth pairs',
    config: 'CONFIG_VETH',
    module: 'veth',
    program: 'ip',
    script: 'link add v0 type veth peer name v1',
  },
  {
    name: 'bridges',
    config: 'CONFIG_BRIDGE',
    module: 'bridge',
    program: 'ip',
    script: 'link add b0 type bridge',
  },
  {name: 'nf_tables', config: 'CONFIG_NF_TABLES', module: 'nf_tables', program: 'nft', script: inTable('')},
  {
    name: 'connection tracking in nf_tables',
    config: 'CONFIG_NFT_CT',
    module: 'nft_ct',
    program: 'nft',
    script: chain('filter', 'forward', 'ct state established accept'),
  },
  {
    name: 'address translation in nf_tables',
    config: 'CONFIG_NFT_NAT',
    module: 'nft_chain_nat',
    program: 'nft',
    script: chain('nat', 'prerouting', 'tcp dport 1 dnat ip to 192.0.2.1:1'),
  },
  {
    name: 'masquerading in nf_tables',
    config: 'CONFIG_NFT_MASQ',
    module: 'nft_masq',
    program: 'nft',
    script: chain('nat', 'postrouting', 'masquerade'),
  },
  {
    name: 'route look-ups in nf_tables (fib)',
    config: 'CONFIG_NFT_FIB_INET',
    module: 'nft_fib_inet',
    program: 'nft',
    script: chain('filter', 'prerouting', 'fib daddr type local accept'),
  },
];

const duplicates = (['ip', 'ip6'] as const).map(
  (family): KernelFeature => ({
    name: `copies of packets in nf_tables (dup, ${family === 'ip' ? 'IPv4' : 'IPv6'})`,
    config: family === 'ip' ? 'CONFIG_NFT_DUP_IPV4' : 'CONFIG_NFT_DUP_IPV6',
    module: family === 'ip' ? 'nft_dup_ipv4' : 'nft_dup_ipv6',
    program: 'nft',
    script: `table ${family} t {\nchain c {\n type filter hook input priority 0;\n dup to ${
      family === 'ip' ? '192.0.2.1' : '2001:db8::1'
    } device "lo"\n}\n}\n`,
  }),
);

const macvlan: KernelFeature = {
  name: 'macvlan links',
  config: 'CONFIG_MACVLAN',
  module: 'macvlan',
  program: 'ip',
  script: 'link add v0 type veth peer name v1\nlink add m0 link v0 type macvlan mode bridge',
};

export interface FeatureWish {
  policy: 'host' | 'open';
  macvlan?: boolean;
}

export function neededFeatures({policy, macvlan: wantsMacvlan = false}: FeatureWish): KernelFeature[] {
  return [...always, ...(policy === 'host' ? duplicates : []), ...(wantsMacvlan ? [macvlan] : [])];
}

/**
 * Tries each feature once a boot; the mark lies in the run root. Throws EngineError 'host-unsupported' that names what
 * is missing and what brings it, 'program-missing'.
 */
export async function checkKernelFeatures(runRoot: string, wish: FeatureWish): Promise<void> {
  const mark = join(runRoot, 'network', 'kernel-features');
  const features = neededFeatures(wish);
  const wanted = `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')}${features.map(({module}) => module).join(' ')}`;
  if (readOptionalFile(mark) === wanted) return;
  const missing = await missingFeatures(features);
  if (missing.length > 0) throw lacking(missing);
  mkdirSync(join(runRoot, 'network'), {recursive: true, mode: 0o700});
  writeFileSync(mark, wanted);
}

/** The error of `ip` or `nft`, or, when the kernel lacks something that they need, the one that names it. */
export async function explainNetworkFailure(error: unknown, wish: FeatureWish): Promise<unknown> {
  if (!isEngineError(error, 'program-failed')) return error;
  const missing = await missingFeatures(neededFeatures(wish));
  return missing.length === 0 ? error : lacking(missing, error);
}

/** Those that this kernel does not have. All at once first: that is one program each when all is there. */
export async function missingFeatures(features: readonly KernelFeature[]): Promise<KernelFeature[]> {
  const missing: KernelFeature[] = [];
  for (const program of ['ip', 'nft'] as const) {
    const group = features.filter((feature) => feature.program === program);
    if (group.length === 0 || (await works(program, wholeScript(group)))) continue;
    for (const feature of group) {
      if (!(await works(program, feature.script))) missing.push(feature);
    }
  }
  return missing;
}

// macvlan's trial makes its own veth: in one namespace with the others it is there.
function wholeScript(features: readonly KernelFeature[]): string {
  const lines = new Set(
    features.flatMap(({program, script}) => (program === 'ip' ? script.split('\n') : [])),
  );
  if (lines.size > 0) return [...lines].join('\n');
  return features.map(({script}, index) => script.replace(/^(table \S+) t/, `$1 t${index}`)).join('');
}

// A feature that ends as it should here is there; whatever else fails tells by its words that it is not about features.
async function works(program: 'ip' | 'nft', script: string): Promise<boolean> {
  const command = program === 'ip' ? ['ip', '-batch', '-'] : ['nft', '-f', '-'];
  const {status} = await runQuickProgram('unshare', ['--net', '--', ...command], {
    input: `${script}\n`,
    okStatuses: [0, 1, 2, 255],
    reads: true,
    install: 'apt install util-linux iproute2 nftables',
  });
  return status === 0;
}

function lacking(missing: readonly KernelFeature[], cause?: unknown): EngineError {
  const kernel = release();
  const names = missing.map(({name, config, module}) => `${name} (${config}, module ${module})`);
  return new EngineError('host-unsupported', `the running kernel ${kernel} lacks ${names.join(', ')}`, {
    hint: remedy(
      kernel,
      missing.map(({module}) => module),
    ),
    ...(cause !== undefined && {cause}),
  });
}

/** What to do about missing modules. `root` is where /lib/modules and /etc are looked for. */
export function remedy(kernel: string, modules: readonly string[], root = '/'): string {
  const folder = join(root, 'lib/modules', kernel);
  if (!existsSync(folder)) {
    return `${join('/lib/modules', kernel)} is missing: the kernel was upgraded, or its modules removed, and this one still runs: reboot`;
  }
  const there = readOptionalFile(join(folder, 'modules.dep')) ?? '';
  const loadable = modules.filter((module) =>
    new RegExp(`/${module.replaceAll('_', '[-_]')}\\.ko`).test(there),
  );
  if (loadable.length === modules.length) {
    return `the modules are installed but do not load: see what 'modprobe ${loadable.join(' ')}' says`;
  }
  const rest = modules.filter((module) => !loadable.includes(module)).join(', ');
  return `its modules have no ${rest}: ${packageFor(kernel, readOptionalFile(join(root, 'etc/os-release')) ?? '')}`;
}

function packageFor(kernel: string, osRelease: string): string {
  if (/tegra/.test(kernel)) {
    return "NVIDIA's kernel for Jetson leaves them out: build them from its sources, or take a kernel that has them";
  }
  if (/rpi|raspi|-v8|-v7/.test(kernel)) {
    return /^ID=ubuntu/m.test(osRelease)
      ? 'apt install linux-modules-extra-raspi, then reboot'
      : 'apt full-upgrade, then reboot, brings the kernel of Raspberry Pi OS that has them';
  }
  if (/^ID=ubuntu/m.test(osRelease)) return `apt install linux-modules-extra-${kernel}`;
  if (/cloud/.test(kernel))
    return 'apt install linux-image-arm64, then reboot: the cloud kernel leaves them out';
  return 'take a kernel of the distribution, such as linux-image-arm64, then reboot';
}
