// Checks the whole store against what it says of itself, and mends it. Opens no engine: a damaged database or index, which keeps an
// engine from opening, is among what is checked.
import {accessSync, constants, existsSync} from 'node:fs';
import {join} from 'node:path';
import type {Config} from '../../config/config.ts';
import {EngineError} from '../../errors.ts';
import {asTask} from '../../images/cancellation.ts';
import {ImageStore} from '../../images/image-store.ts';
import {LayerStore} from '../../storage/layer-store.ts';
import {findNewBoot} from '../boot-signs.ts';
import {checkContainers, withLostContainers} from './containers.ts';
import type {CheckContext} from './context.ts';
import {checkImages} from './images.ts';
import {checkLayers} from './layers.ts';
import type {CheckOptions, StoreReport} from './report.ts';
import {checkState} from './state.ts';
import {lockStore} from './store-lock.ts';

/**
 * Checks, with `repair` also mends, while others go on working: nothing is collected meanwhile, and a layer that a container runs on
 * is not replaced. Layers that are found damaged are marked, so that nothing starts on them. Throws EngineError 'cancelled',
 * 'permission-denied', 'state-busy', 'invalid-config'.
 */
export async function checkStore(options: CheckOptions, config: Config): Promise<StoreReport> {
  const {deep = false, repair = false} = options;
  const report: StoreReport = {
    whole: true,
    deep,
    repair,
    checked: {images: 0, containers: 0, blobs: 0, layers: 0, entries: 0, bytes: 0},
    unproven: [],
    findings: [],
  };
  if (!existsSync(config.dataRoot)) return report;
  refuseOthers(config.dataRoot);
  // What the first engine of a boot goes by, which a look at the state file would change.
  findNewBoot(config);
  const state = await checkState(config, {deep, repair});
  report.findings.push(...state.findings);
  using _store = await lockStore(config, 'shared');
  const containers = await withLostContainers(state.containers, {config, report, options});
  const context: CheckContext = {
    config,
    options,
    images: new ImageStore(join(config.dataRoot, 'images')),
    layers: new LayerStore(join(config.dataRoot, 'layers')),
    containers,
    areContainersKnown:
      state.containers !== undefined &&
      report.findings.every(({kind, state}) => kind !== 'container' || state === 'mended'),
    report,
  };
  await asTask('check', async () => {
    await checkLayers(context, await checkImages(context));
    await checkContainers(context);
  });
  report.whole = report.findings.every(({state}) => state === 'mended');
  return report;
}

function refuseOthers(dataRoot: string): void {
  try {
    accessSync(dataRoot, constants.R_OK | constants.X_OK);
  } catch (error) {
    throw new EngineError('permission-denied', `cannot look into ${dataRoot}`, {
      hint: 'crundle needs root: try it with sudo',
      cause: error,
    });
  }
}
