// Which proxy a request goes through, by HTTP_PROXY, HTTPS_PROXY and NO_PROXY as Go's programs, and so Docker, read them. Pure.
import {BlockList, isIP} from 'node:net';
import {EngineError} from '../../errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The proxy for a URL; undefined where it is asked directly, as loopback always is. Throws EngineError 'invalid-config'. */
export function proxyFor(url: URL, env: Environment): URL | undefined {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  if (isLoopbackHost(host)) return undefined;
  const variable = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = either(env, variable);
  if (proxy === '') return undefined;
  const exceptions = either(env, 'NO_PROXY')
    .split(',')
    .map((word) => word.trim().toLowerCase());
  return exceptions.some((exception) => excepts(exception, host, port))
    ? undefined
    : parseProxy(proxy, variable);
}

export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);
}

function either(env: Environment, name: string): string {
  return env[name] || env[name.toLowerCase()] || '';
}

// Nothing but the scheme is quoted: there may be a password in it.
function parseProxy(text: string, variable: string): URL {
  const [, scheme = 'http'] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text) ?? [];
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  if (url && /^https?:$/.test(url.protocol)) return url;
  const why = /^https?$/i.test(scheme)
    ? 'is not the address of a proxy'
    : `names a proxy of the scheme '${scheme}', which is not supported`;
  throw new EngineError('invalid-config', `${variable} ${why}`, {
    hint: 'it looks like http://HOST:PORT; without one, registries are asked directly',
  });
}

// '*', an address, a network, 'example.com' with all below it, '.example.com' or '*.example.com' for those below alone; any
// but a network with ':port'.
function excepts(exception: string, host: string, port: string): boolean {
  if (exception === '') return false;
  if (exception === '*') return true;
  if (exception.includes('/')) return isInNetwork(host, exception);
  const [, name = exception, onlyPort] = /^(.*[^:]|\[.*\]):(\d+)$/.exec(exception) ?? [];
  const bare = isIP(exception) === 0 ? name.replace(/^\[(.*)\]$/, '$1') : exception;
  if (isIP(exception) === 0 && onlyPort !== undefined && onlyPort !== port) return false;
  if (isIP(bare) !== 0) return bare === host;
  const suffix = bare.replace(/^\*/, '');
  return suffix.startsWith('.') ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`);
}

function isInNetwork(host: string, network: string): boolean {
  const [address = '', prefix = ''] = network.split('/');
  const family = isIP(host);
  if (family === 0 || isIP(address) !== family || !/^\d{1,3}$/.test(prefix)) return false;
  if (Number(prefix) > (family === 4 ? 32 : 128)) return false;
  const block = new BlockList();
  block.addSubnet(address, Number(prefix), family === 4 ? 'ipv4' : 'ipv6');
  return block.check(host, family === 4 ? 'ipv4' : 'ipv6');
}
