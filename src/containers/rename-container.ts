// `rename`: another name for a container, also while it runs.
import {EngineError} from '../errors.ts';
import type {ContainerContext} from './container-context.ts';
import {containerEvent} from './container-event.ts';
import {removeContainerLocks, withContainerLock} from './container-lock.ts';
import {parseContainerName} from './container-name.ts';
import {keepRecordCopy} from './record-copy.ts';

/**
 * Durable. On its networks others find the container by the new name at once, and by the old one no more. Throws
 * EngineError 'container-name-in-use', 'invalid-option', 'container-not-found'.
 */
export async function renameContainer(context: ContainerContext, id: string, text: string): Promise<void> {
  const name = parseContainerName(text);
  await withContainerLock(context.roots, id, async () => {
    const record = context.records.get(id);
    if (!record) {
      // Removed since: taking the lock has made its file anew.
      removeContainerLocks(context.roots, id);
      throw new EngineError('container-not-found', `no such container: ${id}`);
    }
    if (record.name === name) {
      throw new EngineError(
        'container-name-in-use',
        'renaming a container with the same name as its current name',
      );
    }
    context.records.rename(id, name);
    keepRecordCopy(context, id);
    await context.network.renamed(id);
    context.tell(containerEvent('rename', {...record, name}, {oldName: `/${record.name}`}));
  });
}
