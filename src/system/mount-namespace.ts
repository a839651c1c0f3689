// Mounts that nobody else sees, and that the kernel takes away with whoever made them, also after a kill -9. Made by a
// moment's stay of the main thread in a mount namespace of its own; open descriptors then lead into it from anywhere.
import {closeSync, openSync} from 'node:fs';
import {enterMounts, MS, mount, unshareMounts} from './libc.ts';

/** Keeps the mounts until it is disposed of. */
export interface PrivateMounts<T> extends Disposable {
  /** What `build` returned: descriptors of what it mounted. */
  readonly value: T;
}

/**
 * Calls `build` where whatever it mounts stays private. It has to be synchronous, and may use absolute paths only: other
 * threads, and so asynchronous calls, are not there. Afterwards the main thread is back, in its folder; that folder is its
 * own from then on, so that a later process.chdir no longer moves relative paths of asynchronous calls. Throws LibcError.
 */
export function buildPrivateMounts<T>(build: () => T): PrivateMounts<T> {
  const folder = process.cwd();
  const home = openSync('/proc/thread-self/ns/mnt', 'r');
  try {
    unshareMounts();
    try {
      // Unmounting on the host still reaches in here, so that a long copy keeps no disk busy; nothing gets out.
      mount('none', '/', '', MS.rec | MS.slave);
      const value = build();
      const namespace = openSync('/proc/thread-self/ns/mnt', 'r');
      return {value, [Symbol.dispose]: () => closeSync(namespace)};
    } finally {
      enterMounts(home);
      process.chdir(folder);
    }
  } finally {
    closeSync(home);
  }
}
