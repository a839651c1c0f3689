// What the parts of a check share: what is checked, and how a finding comes about.
import type {Config} from '../../config/config.ts';
import {errnoOf, isEngineError} from '../../errors.ts';
import type {ImageStore} from '../../images/image-store.ts';
import type {ContainerRecord} from '../../state/container-record.ts';
import type {LayerStore} from '../../storage/layer-store.ts';
import type {CheckOptions, StoreFinding, StoreReport} from './report.ts';

export interface CheckContext {
  config: Config;
  options: CheckOptions;
  images: ImageStore;
  layers: LayerStore;
  /** None where the database could not be read. */
  containers: readonly ContainerRecord[];
  /** False where there may be more of them. */
  areContainersKnown: boolean;
  report: StoreReport;
}

/** The names of the containers that `isConcerned` is true of. */
export function containerNames(
  {containers}: CheckContext,
  isConcerned: (record: ContainerRecord) => boolean,
): string[] {
  return containers.filter(isConcerned).map(({name}) => name);
}

/** A finding that nothing was done about yet. */
export function finding(
  kind: StoreFinding['kind'],
  object: string,
  problems: string[],
  concerned: {images?: Iterable<string>; containers?: string[]; count?: number} = {},
): StoreFinding {
  const {images = [], containers = [], count = problems.length} = concerned;
  return {kind, object, problems, problemCount: count, state: 'damaged', images: [...images], containers};
}

/** Tries to mend what was found, and writes down how that went. Throws EngineError 'cancelled'. */
export async function mend(found: StoreFinding, how: () => Promise<string>): Promise<boolean> {
  try {
    found.outcome = await how();
    found.state = 'mended';
    return true;
  } catch (error) {
    // What cannot be read or written here may be all that is wrong: the rest is looked at.
    const isFailure = isEngineError(error) ? error.code !== 'cancelled' : errnoOf(error) !== undefined;
    if (!isFailure) throw error;
    found.outcome = error instanceof Error ? error.message : String(error);
    found.state = 'lost';
    return false;
  }
}
