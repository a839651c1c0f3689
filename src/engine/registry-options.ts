// How registries are spoken to, by the configuration and the logins of whoever runs this.
import {readCredentials} from '../images/registry/credentials.ts';
import type {RegistryOptions} from '../images/registry/registry-endpoint.ts';
import type {EngineParts} from './parts.ts';

export function registryOptions({config}: Pick<EngineParts, 'config'>): RegistryOptions {
  return {
    insecureRegistries: config.insecureRegistries,
    mirrors: config.registryMirrors,
    credentials: readCredentials(),
    timing: {maxRetries: config.maxDownloadAttempts - 1},
  };
}
