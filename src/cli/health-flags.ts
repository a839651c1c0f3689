// The flags of run and create that say how a container's health is checked: Docker's, and Podman's --health-on-failure.
import type {ContainerOptions} from '../../bundles/container-options.ts';
import type {HealthAction} from '../../bundles/healthcheck.ts';
import {parseDuration} from '../../bundles/options/duration.ts';
import {parseInteger} from '../../bundles/options/integer.ts';
import {optionError} from '../../bundles/options/option-error.ts';
import type {ImageHealthcheck} from '../oci/image-spec.ts';
import {parsed, text, toggle} from './flag-kinds.ts';
import {checkedByClient, type FlagRow, row} from './flag-rows.ts';

const duration = parsed('duration', parseDuration);

// A flag whose value is a number of Healthcheck. As under Docker, 0 is as if it were not there.
function field(
  name: Exclude<keyof ImageHealthcheck, 'Test'>,
  flag: 'interval' | 'retries' | 'start-interval' | 'start-period' | 'timeout',
  description: string,
): [string, FlagRow] {
  const kind = name === 'Retries' ? parsed('int', parseInteger) : duration;
  const apply = (options: ContainerOptions, value: number) => {
    if (value < 0) checkedByClient(() => refuse(`--health-${flag} cannot be negative`));
    if (value !== 0) options.healthcheck = {...options.healthcheck, [name]: value};
  };
  return [`health-${flag}`, row(kind({description}), apply)];
}

export const healthRows: Record<string, FlagRow> = {
  'health-cmd': row(
    text({description: 'Command in the container, for its shell, that says whether it is healthy'}),
    (options, command) => {
      if (command !== '') options.healthcheck = {...options.healthcheck, Test: ['CMD-SHELL', command]};
    },
  ),
  ...Object.fromEntries([
    field('Interval', 'interval', 'Time between two checks (default 30s)'),
    field('Retries', 'retries', 'Failures in a row that make it unhealthy (default 3)'),
    field('StartInterval', 'start-interval', 'Time between two checks in the start period (default 5s)'),
    field('StartPeriod', 'start-period', 'Time for it to start, in which failures do not count (default 0s)'),
    field('Timeout', 'timeout', 'Time that one check may take (default 30s)'),
  ]),
  'health-on-failure': row(
    text({
      description: "What to do when it becomes unhealthy: 'none', 'kill', 'restart' or 'stop' (default none)",
    }),
    (options, word) => {
      const action = checkedByClient(() => parseAction(word));
      if (action) options.healthOnFailure = action;
    },
  ),
  // Last: it looks for the others.
  'no-healthcheck': row(
    toggle({description: 'Do not check its health, whatever the image says'}),
    (options, wanted) => {
      if (!wanted) return;
      if (options.healthcheck) {
        checkedByClient(() => refuse('--no-healthcheck conflicts with --health-* options'));
      }
      options.healthcheck = {Test: ['NONE']};
    },
  ),
};

function refuse(message: string): never {
  throw optionError(message);
}

const actions: readonly HealthAction[] = ['kill', 'restart', 'stop'];

// Podman's words.
function parseAction(word: string): HealthAction | undefined {
  if (word === '' || word === 'none') return undefined;
  const action = actions.find((known) => known === word);
  if (action) return action;
  throw optionError(
    `invalid on-failure action ${JSON.stringify(word)} for health check: supported actions are none,kill,restart,stop`,
  );
}
