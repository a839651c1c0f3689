// Where a registry may send its client: to other hosts, but never from TLS to plain HTTP. Pure.
import {EngineError} from '../../errors.ts';
import {isInsecureHost, type RegistryEndpoint} from './registry-endpoint.ts';

const redirectStatuses: readonly number[] = [301, 302, 303, 307, 308];

/** True for a URL that may be asked on behalf of an endpoint. */
export function mayUse(url: URL, endpoint: RegistryEndpoint, insecureRegistries: readonly string[]): boolean {
  if (url.protocol === 'https:') return true;
  return url.protocol === 'http:' && endpoint.isInsecure && isInsecureHost(url.host, insecureRegistries);
}

/**
 * The next URL for an answer that redirects, or undefined for one that does not. Throws EngineError 'registry-failed'
 * for a target that may not be asked.
 */
export function redirectTarget(
  answer: {status: number; location: string | undefined; url: URL},
  endpoint: RegistryEndpoint,
  insecureRegistries: readonly string[],
): URL | undefined {
  if (!redirectStatuses.includes(answer.status) || answer.location === undefined) return undefined;
  const target = URL.parse(answer.location, answer.url);
  if (!target || (target.protocol !== 'https:' && target.protocol !== 'http:')) {
    throw new EngineError(
      'registry-failed',
      `registry ${endpoint.name} redirects to something that is not a web address`,
    );
  }
  if (!mayUse(target, endpoint, insecureRegistries)) {
    throw new EngineError(
      'registry-failed',
      `registry ${endpoint.name} redirects to ${target.host} without TLS`,
      {
        hint: 'both have to be listed in insecure-registries for that (/etc/crundle/config.json)',
      },
    );
  }
  target.username = '';
  target.password = '';
  return target;
}
