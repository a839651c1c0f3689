// What comes before a container is made, for real or in a rehearsal: its options checked against the host, its image there.
import {type ContainerOptions, defaultContainerOptions} from '../../bundles/container-options.ts';
import {checkContainerOptions} from '../../bundles/option-checks.ts';
import type {CreateContainerRequest} from '../containers/create-container.ts';
import {withContainerIds} from '../containers/joined-containers.ts';
import {reconcileContainers} from '../containers/reconcile.ts';
import {readHostFacts} from '../system/host-facts.ts';
import type {ImageEngine} from './images.ts';
import {type EngineParts, useStore} from './parts.ts';
import type {PullOptions} from './pull.ts';

export interface CreateOptions extends PullOptions {
  image: string;
  /** What is left out has Docker's default. */
  options?: Partial<ContainerOptions>;
  /** Default: one is made up. */
  name?: string;
  /** When to ask the registry. Default: when the image is missing. */
  pull?: 'missing' | 'always' | 'never';
}

/** Until it is disposed of, nothing of the image is collected. */
export interface PreparedCreation extends Disposable {
  creation: CreateContainerRequest;
  /** Of options that this machine cannot honour in full. */
  warnings: string[];
}

/** Throws EngineError as checkContainerOptions, withContainerIds and a pull do. */
export async function prepareCreation(
  parts: EngineParts,
  images: ImageEngine,
  request: CreateOptions,
): Promise<PreparedCreation> {
  const {image: text, name, pull = 'missing'} = request;
  const asked = {...defaultContainerOptions(), ...request.options};
  const warnings = checkContainerOptions(asked, readHostFacts());
  const options = withContainerIds(parts.containers.records, asked);
  await reconcileContainers(parts.containers);
  const lock = await useStore(parts);
  try {
    const image = await images.ensure(text, pull, request);
    return {
      creation: {
        image: {
          reference: text,
          id: image.id,
          manifestDigest: image.manifestDigest,
          chainIds: image.chainIds,
          config: image.config.config ?? {},
        },
        options,
        ...(name !== undefined && {name}),
      },
      warnings,
      [Symbol.dispose]: () => lock[Symbol.dispose](),
    };
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}
