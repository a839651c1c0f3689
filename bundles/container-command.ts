// What a container runs: Docker's rules for ENTRYPOINT, CMD and the arguments of `run`.
import {EngineError} from '../src/errors.ts';
import type {ImageRuntimeConfig} from '../src/oci/image-spec.ts';
import type {ContainerOptions} from './container-options.ts';

/**
 * The entry point followed by the command. The run's entry point drops the image's CMD; the run's command replaces
 * it. Throws EngineError 'invalid-option' when nothing is left to run.
 */
export function resolveCommand(
  image: ImageRuntimeConfig,
  options: Pick<ContainerOptions, 'command' | 'entrypoint'>,
): string[] {
  const entrypoint = options.entrypoint ?? image.Entrypoint ?? [];
  const imageCommand = options.entrypoint === undefined ? (image.Cmd ?? []) : [];
  const command = options.command.length > 0 ? options.command : imageCommand;
  const whole = [...entrypoint, ...command];
  if (whole.length === 0 || (whole.length === 1 && whole[0] === '')) {
    throw new EngineError('invalid-option', 'no command specified', {
      hint: 'the image names no command of its own: add one after the image',
      exit: 125,
    });
  }
  return whole;
}
