// A registry as a person names it to `login` and `logout`. Pure.
import {EngineError} from '../../errors.ts';
import {defaultRegistry, isRegistryHost} from '../reference.ts';
import {dockerHubKey, hostOf} from './credentials.ts';

export interface RegistryName {
  /** As references name it: 'docker.io', 'localhost:5000'. */
  registry: string;
  /** Under which its credentials are kept. */
  key: string;
}

/**
 * Docker Hub without a name; otherwise 'host[:port]', and a URL is taken for its host. Throws EngineError
 * 'invalid-reference'.
 */
export function parseRegistryName(text: string | undefined): RegistryName {
  const host = text === undefined ? defaultRegistry : hostOf(text);
  if (host === defaultRegistry || host === hostOf(dockerHubKey)) {
    return {registry: defaultRegistry, key: dockerHubKey};
  }
  if (isRegistryHost(host)) return {registry: host, key: host};
  throw new EngineError(
    'invalid-reference',
    `unable to parse server address: '${(text ?? '').slice(0, 200)}'`,
    {
      hint: 'a server address looks like ghcr.io or registry.example:5000',
    },
  );
}
