// Health checks: what a container's options and its image ask for together, in Docker's fields and with its defaults. Pure.
import {EngineError} from '../src/errors.ts';
import type {ImageHealthcheck, ImageRuntimeConfig} from '../src/oci/image-spec.ts';
import type {ContainerOptions} from './container-options.ts';

/** What is done with a container that has become unhealthy; by default nothing. Podman's words. */
export type HealthAction = 'kill' | 'restart' | 'stop';

export interface HealthPlan {
  /** What the probe executes in the container. */
  command: string[];
  intervalMs: number;
  /** From the start of the probe to its SIGKILL. */
  timeoutMs: number;
  /** From the container's start: failures do not count until then, unless a probe has succeeded. */
  startPeriodMs: number;
  /** Between probes in the start period. */
  startIntervalMs: number;
  /** So many failures in a row make it unhealthy. */
  retries: number;
  onFailure?: HealthAction;
}

type Checked = {
  options: Pick<ContainerOptions, 'healthcheck' | 'healthOnFailure'>;
  imageConfig: Pick<ImageRuntimeConfig, 'Healthcheck' | 'Shell'>;
};

/** What `inspect` shows: each field that the options leave out is the image's. Undefined when neither has a check. */
export function healthcheckOf({options, imageConfig}: Checked): ImageHealthcheck | undefined {
  const own = options.healthcheck ?? {};
  const image = imageConfig.Healthcheck ?? {};
  const test = (own.Test ?? []).length > 0 ? own.Test : image.Test;
  const numbers = (['Interval', 'Timeout', 'StartPeriod', 'StartInterval', 'Retries'] as const)
    .map((name) => [name, own[name] || image[name]] as const)
    .filter(([, value]) => value);
  if (!test && !options.healthcheck && !imageConfig.Healthcheck) return undefined;
  return {...(test && {Test: test}), ...Object.fromEntries(numbers)};
}

/** How the container is checked; undefined for one that is not: without a test, with NONE, with a kind that is not known. */
export function healthPlan(container: Checked): HealthPlan | undefined {
  const check = healthcheckOf(container);
  const [kind, ...words] = check?.Test ?? [];
  if (!check || (kind !== 'CMD' && kind !== 'CMD-SHELL')) return undefined;
  const shell = container.imageConfig.Shell ?? [];
  const {healthOnFailure: onFailure} = container.options;
  return {
    command: kind === 'CMD' ? words : [...(shell.length > 0 ? shell : ['/bin/sh', '-c']), ...words],
    intervalMs: milliseconds(check.Interval, 30_000),
    timeoutMs: milliseconds(check.Timeout, 30_000),
    startPeriodMs: milliseconds(check.StartPeriod, 0),
    startIntervalMs: milliseconds(check.StartInterval, 5_000),
    retries: (check.Retries ?? 0) > 0 ? (check.Retries ?? 0) : 3,
    ...(onFailure && {onFailure}),
  };
}

// Docker takes zero for "not given".
function milliseconds(nanoseconds: number | undefined, byDefault: number): number {
  return nanoseconds ? nanoseconds / 1e6 : byDefault;
}

/** Refuses, in Docker's words, what its daemon refuses of the options. Throws EngineError 'invalid-option'. */
export function checkHealthcheck({healthcheck}: Pick<ContainerOptions, 'healthcheck'>): void {
  for (const name of ['Interval', 'Timeout', 'StartPeriod', 'StartInterval'] as const) {
    const value = healthcheck?.[name] ?? 0;
    if (value === 0 || value >= 1e6) continue;
    throw new EngineError('invalid-option', `${name} in Healthcheck cannot be less than 1ms`, {
      hint: 'leave the flag out for the value of the image, or the default',
    });
  }
}

/** As Podman refuses it. For an image that is known. Throws EngineError 'invalid-option'. */
export function checkHealthAction(container: Checked): void {
  const action = container.options.healthOnFailure;
  if (action === undefined || healthPlan(container)) return;
  throw new EngineError(
    'invalid-option',
    `cannot set on-failure action to ${action} without a health check`,
    {
      hint: 'add --health-cmd: neither the options nor the image have a health check',
    },
  );
}
