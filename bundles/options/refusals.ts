// Flags of Docker's that have one value that means something here, or none: each other is refused with its reason.
import {EngineError} from '../../src/errors.ts';
import {optionError} from './option-error.ts';

/** Throws EngineError 'invalid-option' for all but crun. */
export function checkRuntime(name: string): void {
  if (name === '' || name === 'crun') return;
  throw optionError(`unknown or invalid runtime name: ${name}`, {
    hint: 'crun is the one runtime: other runtimes keep their state elsewhere',
  });
}

/** Throws EngineError 'invalid-option' for what exists on Windows only. */
export function checkIsolation(mode: string): void {
  if (mode === '' || mode.toLowerCase() === 'default') return;
  throw optionError(`invalid isolation: "${mode}" - linux only supports 'default'`);
}

/** Always throws EngineError 'not-supported'. */
export function refuseGpus(text: string): never {
  throw new EngineError('not-supported', `cannot add GPUs (--gpus ${text}): no driver for them is built in`, {
    hint: 'Docker takes them from the Container Device Interface (CDI), which is not built yet: give the device files, such as --device /dev/dri, and mount the libraries',
    exit: 125,
  });
}

/** Throws EngineError 'not-supported' when signatures of Docker's content trust are asked for. */
export function checkContentTrust(disabled: boolean): void {
  if (disabled) return;
  throw new EngineError(
    'not-supported',
    'cannot verify signatures: content trust is not supported (--disable-content-trust=false)',
    {hint: 'name the image by its digest: every digest is verified', exit: 125},
  );
}
