// The connections of one HttpClient: shared and kept, through a proxy where the environment says so, with the certificates that
// the administrator keeps for a host.
import {X509Certificate} from 'node:crypto';
import {readFileSync} from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import {createSecureContext, type SecureContext} from 'node:tls';
import {EngineError, errnoOf} from '../../errors.ts';
import {isLoopbackHost, proxyFor} from './proxy.ts';
import {type RegistryCertificates, readRegistryCertificates} from './registry-certificates.ts';

export interface AgentPair {
  http: http.Agent;
  https: https.Agent;
}

export interface ChosenAgents {
  agents: AgentPair;
  /** Host and port of the proxy in between. */
  proxy: string | undefined;
  /** An authority is named for this very host: then its certificate counts even where none would have to. */
  hasOwnAuthority: boolean;
}

export class HttpAgents {
  readonly #chosen = new Map<string, ChosenAgents>();
  #system: SecureContext | undefined;

  /** Throws EngineError 'invalid-config', and 'registry-unreachable' for authorities that cannot be read. */
  choose(url: URL): ChosenAgents {
    const known = this.#chosen.get(url.origin);
    if (known) return known;
    const proxy = proxyFor(url, process.env);
    const own = url.protocol === 'https:' ? readRegistryCertificates(url) : undefined;
    const chosen = {
      agents: makeAgents(proxy, own ? contextOf(own) : this.#systemContext()),
      proxy: proxy?.host,
      hasOwnAuthority: own !== undefined && own.authorities.length > 0,
    };
    this.#chosen.set(url.origin, chosen);
    return chosen;
  }

  /** Closes the connections. */
  destroy(): void {
    for (const {agents} of this.#chosen.values()) {
      agents.http.destroy();
      agents.https.destroy();
    }
    this.#chosen.clear();
    this.#system = undefined;
  }

  #systemContext(): SecureContext | undefined {
    const authorities = systemAuthorities();
    if (this.#system === undefined && authorities) this.#system = createSecureContext({ca: authorities});
    return this.#system;
  }
}

export function isLoopbackUrl({hostname}: URL): boolean {
  return isLoopbackHost(hostname.replace(/^\[(.*)\]$/, '$1'));
}

function makeAgents(proxy: URL | undefined, secureContext: SecureContext | undefined): AgentPair {
  const options = {
    keepAlive: true,
    maxSockets: 16,
    ...(proxy && {proxyEnv: {HTTP_PROXY: proxy.href, HTTPS_PROXY: proxy.href}}),
  };
  return {
    http: new http.Agent(options),
    https: new https.Agent({...options, ...(secureContext && {secureContext})}),
  };
}

function contextOf({folder, authorities, clients}: RegistryCertificates): SecureContext {
  const system = systemAuthorities();
  try {
    // The context would pass over what is no certificate.
    for (const authority of authorities) new X509Certificate(authority);
    return createSecureContext({
      ca: [...(system ? [system] : []), ...authorities],
      ...(clients.length > 0 && {
        cert: clients.map(({certificate}) => certificate),
        key: clients.map(({key}) => key),
      }),
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown';
    throw new EngineError('invalid-config', `certificates in ${folder}: ${why}`, {cause: error});
  }
}

// The authorities that the machine's administrator trusts, where Debian keeps them; Node.js would take its own list.
function systemAuthorities(): Buffer | undefined {
  const path = process.env.SSL_CERT_FILE || '/etc/ssl/certs/ca-certificates.crt';
  try {
    return readFileSync(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw new EngineError('registry-unreachable', `cannot read the certificate authorities in ${path}`, {
      cause: error,
    });
  }
}
