// The flags of bundle: those of run, with the folder to write. What only a container of crundle's can have is refused by name.
import {refusedInBundle} from '../../bundles/standalone-checks.ts';
import {containerFlags} from './container-flags.ts';
import {creationFlags} from './creation.ts';
import {text, toggle} from './flag-kinds.ts';
import {detachKeysFlag} from './terminal/detach-keys.ts';
import {UsageError} from './usage-error.ts';

const {platform, pull, quiet, cidfile, name} = creationFlags;

/** Flags of run that are here for their refusal. */
const refusedFlags = {
  cidfile: {...cidfile, hidden: true},
  detach: toggle({char: 'd', description: 'Refused', hidden: true}),
  'detach-keys': {...detachKeysFlag, hidden: true},
  name: {...name, hidden: true},
  'sig-proxy': toggle({description: 'Refused', hidden: true}),
};

const reasons: Record<string, string> = {
  cidfile: "the container gets its id where it is run: 'crun run -b DIR ID'",
  detach: "whoever runs it decides that: 'crun run --detach -b DIR ID'",
  'detach-keys': 'its terminal is that of crun',
  name: "the container gets its id where it is run: 'crun run -b DIR ID'",
  network: "'bridge' is made by crundle while the container runs: 'none', as without this flag, or 'host'",
  'sig-proxy': 'crun takes the signals',
};

export const bundleFlags = {
  ...containerFlags,
  ...refusedFlags,
  platform,
  pull,
  quiet,
  output: text({
    char: 'o',
    helpValue: 'DIR',
    description: 'Folder to write the bundle to, which is empty or not there',
  }),
};

/** Throws EngineError 'not-supported' for a flag of run that no bundle can have. */
export function checkBundleFlags(flags: Record<string, unknown>): void {
  for (const [flag, reason] of Object.entries(reasons)) {
    if (flag === 'network' ? asksForBridge(flags.network) : flags[flag] !== undefined) {
      throw refusedInBundle(flag, reason);
    }
  }
}

// Left out, it is what a bundle cannot have either; asked for by name, it is missed.
function asksForBridge(network: unknown): boolean {
  return Array.isArray(network) && network.some((each) => ['bridge', 'default'].includes(each?.network));
}

/**
 * The folder, by -o before the command or as the last words of the line. Throws UsageError where there is none.
 */
export function takeOutput(
  given: string | undefined,
  command: readonly string[],
): {output: string; command: string[]} {
  if (given) return {output: given, command: [...command]};
  const [flag, value] = command.slice(-2);
  if (given === undefined && value && (flag === '-o' || flag === '--output'))
    return {output: value, command: command.slice(0, -2)};
  throw new UsageError('a bundle needs a folder: -o DIR', {exit: 125, hint: "see 'crundle bundle --help'"});
}
