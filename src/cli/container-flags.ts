// The flags that run and create share, and where each lands in a container's options. One more flag is one more row.

import {readFileSync} from 'node:fs';
import type {FlagInput} from '@oclif/core/interfaces';
import {type ContainerOptions, defaultContainerOptions} from '../../bundles/container-options.ts';
import {parseCapabilities} from '../../bundles/options/capability.ts';
import {parseWorkingDir} from '../../bundles/options/container-path.ts';
import {parseRestartPolicy} from '../../bundles/options/restart-policy.ts';
import {parseSecurityOptions} from '../../bundles/options/security-options.ts';
import {parseSignal} from '../../bundles/options/signal.ts';
import {parseUlimit} from '../../bundles/options/ulimit.ts';
import {envFileFlag, envFlag} from './environment-flags.ts';
import {integer, list, parsed, parsedList, text, toggle} from './flag-kinds.ts';
import {checkedByClient, type FlagRow, row} from './flag-rows.ts';
import {healthRows} from './health-flags.ts';
import {mountRows} from './mount-flags.ts';
import {namespaceRows} from './namespace-flags.ts';
import {namingRows} from './naming-flags.ts';
import {applyNetworkFlags, networkFlags} from './network-flags.ts';
import {outputRows} from './output-flags.ts';
import {refusedValueRows} from './refused-values.ts';
import {resourceRows} from './resource-flags.ts';

// Applied in this order, not the line's: --env goes over --env-file.
const rows: Record<string, FlagRow> = {
  ...resourceRows,
  ...mountRows,
  ...namespaceRows,
  ...namingRows,
  ...outputRows,
  ...healthRows,
  ...refusedValueRows,
  'cap-add': row(list({description: 'Add Linux capabilities'}), (options, texts) => {
    options.capAdd = parseCapabilities(texts, 'CapAdd');
  }),
  'cap-drop': row(list({description: 'Drop Linux capabilities'}), (options, texts) => {
    options.capDrop = parseCapabilities(texts, 'CapDrop');
  }),
  entrypoint: row(text({description: 'Overwrite the entry point of the image'}), (options, program) => {
    options.entrypoint = program === '' ? [] : [program];
  }),
  'env-file': row(envFileFlag, (options, files) => options.env.push(...files.flat())),
  env: row(envFlag, (options, entries) => options.env.push(...entries)),
  init: row(
    toggle({description: 'Run an init that forwards signals and reaps processes'}),
    (options, wanted) => {
      options.init = wanted;
    },
  ),
  interactive: row(toggle({char: 'i', description: 'Keep standard input open'}), (options, wanted) => {
    options.openStdin = wanted;
  }),
  privileged: row(toggle({description: 'Give all privileges of the host'}), (options, wanted) => {
    options.privileged = wanted;
  }),
  'read-only': row(toggle({description: "Mount the container's root read-only"}), (options, wanted) => {
    options.readOnlyRootfs = wanted;
  }),
  restart: row(
    text({
      description:
        "When to start it again: 'no', 'always', 'unless-stopped', 'on-failure[:retries]' (default no)",
    }),
    (options, policy) => {
      const restartPolicy = parseRestartPolicy(policy);
      if (restartPolicy) options.restartPolicy = restartPolicy;
    },
  ),
  rm: row(
    toggle({description: 'Remove the container and its anonymous volumes when it ends'}),
    (options, wanted) => {
      options.autoRemove = wanted;
    },
  ),
  'security-opt': row(list({description: 'Security options'}), (options, texts) => {
    const read = () => parseSecurityOptions(texts, (path) => readFileSync(path, 'utf8'));
    // Docker's client reads profiles, and the form of each text.
    const isClients = texts.some((each) => /^seccomp[=:]/.test(each) || !/[=:]./.test(each));
    options.security = isClients ? checkedByClient(read) : read();
  }),
  'stop-signal': row(
    parsed('string', parseSignal)({description: 'Signal that stops it'}),
    (options, {name}) => {
      options.stopSignal = name;
    },
  ),
  'stop-timeout': row(integer({description: 'Seconds from that signal to SIGKILL'}), (options, seconds) => {
    options.stopTimeoutSeconds = seconds;
  }),
  tty: row(toggle({char: 't', description: 'Give the container a terminal'}), (options, wanted) => {
    options.tty = wanted;
  }),
  ulimit: row(parsedList('ulimit', parseUlimit)({description: 'Set resource limits'}), (options, ulimits) => {
    options.ulimits = ulimits;
  }),
  user: row(
    text({char: 'u', description: 'User name or id, as <name|uid>[:<group|gid>]'}),
    (options, user) => {
      options.user = user;
    },
  ),
  workdir: row(
    parsed('string', parseWorkingDir)({char: 'w', description: 'Folder in the container to start in'}),
    (options, folder) => {
      options.workingDir = folder;
    },
  ),
};

/** For a command's static `flags`. */
export const containerFlags: FlagInput = {
  ...Object.fromEntries(Object.entries(rows).map(([name, {flag}]) => [name, flag])),
  ...networkFlags,
};

/** What the flags of one line ask for, over Docker's defaults. */
export function containerOptions(flags: Record<string, unknown>, command: string[]): ContainerOptions {
  const options: ContainerOptions = {...defaultContainerOptions(), command};
  for (const [name, {apply}] of Object.entries(rows)) {
    const value = flags[name];
    if (value !== undefined) apply(options, value as never);
  }
  applyNetworkFlags(options, flags);
  return options;
}
