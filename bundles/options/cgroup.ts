// `--cgroup-parent` and `--cgroupns`.
import {optionError} from './option-error.ts';

/**
 * An absolute cgroup path, or a slice of systemd's such as `machine.slice`. A name without a slash is at the top of the
 * tree: there is no daemon whose own cgroup it could be below. Throws EngineError 'invalid-option'.
 */
export function parseCgroupParent(text: string): string {
  if (/^[A-Za-z0-9_.:]+(-[A-Za-z0-9_.:]+)*\.slice$/.test(text)) return text;
  const path = `/${text}`.replace(/\/+/g, '/').replace(/(.)\/$/, '$1');
  if (path !== '/' && !/[\0\n]/.test(path) && !path.split('/').includes('..')) return path;
  throw optionError(`invalid cgroup parent: ${JSON.stringify(text)}`, {
    hint: 'name a cgroup path without ".." such as "/containers", or a slice such as "machine.slice"',
  });
}

/** Undefined for the default. Throws EngineError 'invalid-option'. */
export function parseCgroupNamespace(text: string): 'host' | 'private' | undefined {
  if (text === '') return undefined;
  if (text === 'host' || text === 'private') return text;
  throw optionError('--cgroupns: invalid CGROUP mode', {hint: "the modes are 'host' and 'private'"});
}
