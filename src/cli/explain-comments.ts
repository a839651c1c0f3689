// Why a step of a run is there, in a line or two for a person. A step that is not known here stands without a word. Pure.
import type {PlannedStep} from '../engine.ts';

const calls: readonly [pattern: RegExp, comment: string][] = [
  [
    /mount -t overlay /,
    "The root filesystem: the image's layers, the topmost first, under a folder for what the container writes.",
  ],
  [/^umount /, 'Mounted only to fill a volume with what the image has there.'],
  [/mount .*-t tmpfs|mount -t tmpfs/, 'Its shared memory, where others can join it.'],
  [/^cp -a /, 'An empty volume gets what the image has at its place.'],
  [
    /^mkdir -p /,
    'A folder of -v that is not there is made, as Docker does. The trap removes it if it is empty.',
  ],
  [
    /ip -batch .*\n(?:.*\n)*link add \S+ address \S+ type bridge/,
    'The bridge of the network, which this host does not have yet.',
  ],
  [
    /ip -batch .*\n(?:.*\n)*netns add /,
    "A network namespace with a name, and each network's pair of interfaces: one end in it, the other on the bridge.",
  ],
  [/ip -n \S+ -batch /, 'Inside: loopback, addresses and the way out.'],
  [
    /ip -batch .*\n(?:.*\n)*link add \S+ .*type veth/,
    "The way of published ports past the host's own input rules.",
  ],
  [/^ip -batch /, 'Links of the host as they are to be.'],
  [/^sysctl /, 'What the kernel is told of these interfaces.'],
  [/^nft .*\nadd element /, 'Published ports: one element of a map each, no rule and no process.'],
  [/^nft /, "crundle's own tables, all in one transaction: translation of ports, masquerading, isolation."],
  [/aardvark-dns /, "The service that answers containers' names on the gateways."],
  [/^kill -s HUP /, 'The service of names reads its files again.'],
  [
    /conmon --api-version/,
    'conmon holds the streams and writes the log and the exit code. It calls crun create, which makes the container but does not\nrun its command. Its exit command is for containers that crundle knows: here it finds nothing to do.',
  ],
  [/^crun .* start /, 'The command runs.'],
];

export function commentOf(step: PlannedStep): string | undefined {
  switch (step.kind) {
    case 'folder':
      return 'Folders of the container.';
    case 'file':
      return fileComment(step.path);
    case 'link':
      return 'conmon makes its sockets where it finds config.json.';
    case 'call':
      return calls.find(([pattern]) => pattern.test(step.call))?.[1];
    default:
      return undefined;
  }
}

function fileComment(path: string): string | undefined {
  if (path.endsWith('/config.json')) return 'What crun is told: the OCI runtime configuration.';
  if (/\/(hosts|hostname|resolv\.conf)$/.test(path)) return 'Files that are bound over those of the image.';
  if (path.includes('/aardvark/')) return 'Names and resolvers of networks.';
  return undefined;
}
