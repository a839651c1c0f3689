// What an image made of a container says of its own containers: what the container was made with. Pure.
import {mergeEnv} from '../../bundles/container-env.ts';
import {healthcheckOf} from '../../bundles/healthcheck.ts';
import type {ImageRuntimeConfig} from '../oci/image-spec.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import {labelsOf} from './container-summary.ts';
import {anonymousVolumes} from './inspect/container-inspect.ts';
import {exposedPortMap} from './inspect/network-settings.ts';

/** As Docker's `commit` has it, but for what belongs to one container: its host name, its terminal. Nothing empty is in it. */
export function committedConfig(record: ContainerRecord): ImageRuntimeConfig {
  const {options, imageConfig: image} = record;
  const ownCommand = options.command.length > 0 ? options.command : undefined;
  const config: ImageRuntimeConfig = {
    User: options.user ?? image.User ?? '',
    ExposedPorts: exposedPortMap(record),
    Env: mergeEnv(image.Env ?? [], options.env),
    Entrypoint: options.entrypoint ?? image.Entrypoint ?? [],
    // An entry point of one's own drops the command of the image.
    Cmd: ownCommand ?? (options.entrypoint ? [] : (image.Cmd ?? [])),
    Volumes: anonymousVolumes(record),
    WorkingDir: options.workingDir ?? image.WorkingDir ?? '',
    Labels: labelsOf(record),
    StopSignal: options.stopSignal ?? image.StopSignal ?? '',
    Shell: image.Shell ?? [],
    OnBuild: image.OnBuild ?? [],
  };
  const healthcheck = healthcheckOf(record);
  const full = Object.entries(config).filter(([, value]) => value && Object.keys(value).length > 0);
  return {...Object.fromEntries(full), ...(healthcheck && {Healthcheck: healthcheck})};
}
