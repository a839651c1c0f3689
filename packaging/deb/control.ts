// DEBIAN/control: what dpkg and apt know of the package.

export const maintainer = 'crundle maintainers <maintainers@crundle.invalid>';

export interface ControlFacts {
  version: string;
  architecture: string;
  installedSizeKib: number;
  /** Entries for the libraries that Node is linked with. */
  libraries: readonly string[];
}

/** The programs that crundle calls, in the versions of Debian 12, the oldest that the tests run with. */
export const requiredPrograms = [
  'aardvark-dns (>= 1.4)',
  'ca-certificates',
  'conmon (>= 2.1.6)',
  'crun (>= 1.8)',
  'iproute2',
  'mount',
  'nftables (>= 1.0.6)',
  'procps',
];

export function controlText({version, architecture, installedSizeKib, libraries}: ControlFacts): string {
  return `Package: crundle
Version: ${version}
Architecture: ${architecture}
Maintainer: ${maintainer}
Installed-Size: ${installedSizeKib}
Depends: ${[...requiredPrograms, ...libraries].sort().join(', ')}
Recommends: ${recommends(architecture)}
Section: admin
Priority: optional
Description: container engine with Docker's commands and no daemon
 crundle pulls images from registries, keeps them as an OCI image layout and
 runs them with crun under conmon. Its commands and flags are Docker's.
 .
 Nothing of it runs when nothing is asked of it: a running container is its
 own processes and one conmon. Containers come back after a reboot as their
 restart policies say.
 .
 It runs arm64 images unless told otherwise. The package brings its own Node.js.
`;
}

// dbus: systemd makes the scopes of containers over it. Elsewhere the kernel has to be told how to run arm64 programs.
function recommends(architecture: string): string {
  const emulator = architecture === 'arm64' ? [] : ['qemu-user-static | qemu-user-binfmt'];
  return ['apparmor', 'dbus', ...emulator].join(', ');
}
