// Container records as tests need them: a whole one, plus the field that the test is about.
import {defaultContainerOptions} from '../../bundles/container-options.ts';
import type {NewContainer} from '../../src/state/container-record.ts';

/** A new container whose id begins with `id`; its name follows from it. */
export function newContainer(id: string, change: Partial<NewContainer> = {}): NewContainer {
  return {
    id: id.padEnd(64, '0'),
    name: `container_${id}`,
    createdAt: new Date('2026-11-24T10:00:00.000Z'),
    image: 'busybox',
    imageId: `sha256:${'1'.repeat(64)}`,
    manifestDigest: `sha256:${'2'.repeat(64)}`,
    chainIds: [`sha256:${'3'.repeat(64)}`],
    imageConfig: {Env: ['PATH=/bin'], Cmd: ['sh']},
    command: ['sh'],
    options: defaultContainerOptions(),
    volumes: [],
    ...change,
  };
}
