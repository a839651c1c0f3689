// Who may change what networks share on the host: bridges, the tables, the links of the detour. Held for moments. The
// order of locks: a container's, then this one, never the other way.
import {mkdirSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {lockFile} from '../system/file-lock.ts';
import type {NetworkContext} from './network-context.ts';

/** Runs `action` while no other command changes the host's networks. Throws EngineError 'state-busy'. */
export async function withNetworkLock<T>(
  {config}: Pick<NetworkContext, 'config'>,
  action: () => Promise<T>,
): Promise<T> {
  const path = join(config.runRoot, 'network', 'lock');
  mkdirSync(dirname(path), {recursive: true, mode: 0o700});
  using _lock = await lockFile(path, 'exclusive', {timeoutMs: 120_000});
  return await action();
}
