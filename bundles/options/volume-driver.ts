// `--volume-driver`, and the same of a `--mount`.
import {EngineError} from '../../src/errors.ts';

/** There is one driver, and nothing means that one. Throws EngineError 'not-supported' in Docker's words. */
export function checkVolumeDriver(driver: string): void {
  if (driver === '' || driver === 'local') return;
  throw new EngineError(
    'not-supported',
    `error looking up volume plugin ${driver}: plugin "${driver}" not found`,
    {hint: "volumes are folders on this machine: their driver is 'local'", exit: 125},
  );
}
