// Asking a registry whether it takes these credentials.
import {STATUS_CODES} from 'node:http';
import {EngineError} from '../../errors.ts';
import type {Credentials} from './credentials.ts';
import {HttpClient} from './http-client.ts';
import {RegistryConnection} from './registry-connection.ts';
import {defaultTiming, endpointsOf} from './registry-endpoint.ts';
import {withRetries} from './retry.ts';

export interface LoginCheck {
  /** As references name it. */
  registry: string;
  credentials: Credentials;
  insecureRegistries: readonly string[];
  signal?: AbortSignal | undefined;
}

/**
 * Returns what is to be kept: the credentials, or the identity token that the registry gave for them. A registry that asks
 * for none takes any, as under Docker. Throws EngineError 'registry-unauthorized', 'registry-unreachable', 'registry-failed'.
 */
export async function checkLogin({
  registry,
  credentials,
  insecureRegistries,
  signal,
}: LoginCheck): Promise<Credentials> {
  // The registry itself: a mirror of it has accounts of its own.
  const [endpoint] = endpointsOf(registry, {insecureRegistries, mirrors: []});
  if (!endpoint) throw new Error(`registry ${registry} has no endpoint`);
  // A person waits for the answer.
  const timing = {...defaultTiming, maxRetries: 1};
  const http = new HttpClient(timing);
  try {
    const find = async () => credentials;
    const connection = new RegistryConnection({
      http,
      endpoint,
      isLogin: true,
      insecureRegistries,
      credentials: {find},
    });
    const response = await withRetries(timing, signal, () =>
      connection.request({method: 'GET', target: '', signal}),
    );
    response.close();
    if (response.status !== 200) throw refusal(response);
    const {identityToken} = connection;
    return identityToken === undefined ? credentials : {kind: 'identity-token', token: identityToken};
  } finally {
    http.close();
  }
}

function refusal({status, url}: {status: number; url: URL}): EngineError {
  const isRefused = status === 401 || status === 403;
  const words = `login attempt to ${url} failed with status: ${status} ${STATUS_CODES[status] ?? ''}`.trim();
  return new EngineError(isRefused ? 'registry-unauthorized' : 'registry-failed', words, {
    hint: isRefused
      ? 'check the user name, and the password or access token'
      : 'is this the address of a registry? It answers at /v2/',
  });
}
