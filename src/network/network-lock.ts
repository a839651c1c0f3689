// Who may change what networks share on the host: bridges, the tables, the links of the detour. Held for moments. The
// order of locks: a container's, then this one, never the other way.
import {mkdirSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {type LockMode, lockFile} from '../system/file-lock.ts';
import type {NetworkContext} from './network-context.ts';

type Configured = Pick<NetworkContext, 'config'>;

/**
 * Runs `action` while no other command changes the host's networks: it may read the records, and make the host as they
 * say. Not reentrant. Throws EngineError 'state-busy'.
 */
export async function withNetworkLock<T>(context: Configured, action: () => Promise<T>): Promise<T> {
  return await holding(context, 'exclusive', action);
}

/**
 * Runs `action` beside others that give one container its part of the networks or take it back, but not while somebody makes
 * the whole anew: the records and the tables then change together. Not reentrant. Throws EngineError 'state-busy'.
 */
export async function withSharedNetworkLock<T>(context: Configured, action: () => Promise<T>): Promise<T> {
  return await holding(context, 'shared', action);
}

async function holding<T>({config}: Configured, mode: LockMode, action: () => Promise<T>): Promise<T> {
  const path = join(config.runRoot, 'network', 'lock');
  mkdirSync(dirname(path), {recursive: true, mode: 0o700});
  using _lock = await lockFile(path, mode, {timeoutMs: 120_000});
  return await action();
}
