// What the administrator keeps for TLS with one registry: authorities and client certificates, in the folders and under the
// names that Docker reads. https://docs.docker.com/engine/security/certificates/
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {EngineError, errnoOf} from '../../errors.ts';

/** Each has a folder for 'host' or 'host:port'; the first in which there is one counts. */
const certificateFolders: readonly string[] = ['/etc/crundle/certs.d', '/etc/docker/certs.d'];

export interface RegistryCertificates {
  folder: string;
  /** PEM: *.crt, trusted beside the machine's own authorities. */
  authorities: Buffer[];
  /** PEM: *.cert, each with the *.key of the same name. */
  clients: {certificate: Buffer; key: Buffer}[];
}

/**
 * Undefined for a host that has none. Throws EngineError 'invalid-config' in Docker's words for half a pair, and for what cannot
 * be read.
 */
export function readRegistryCertificates({hostname, port, host}: URL): RegistryCertificates | undefined {
  const names = [host, ...(port === '' ? [`${hostname}:443`] : [])];
  // Docker Hub by the name in references.
  if (hostname === 'registry-1.docker.io') names.push('docker.io');
  for (const folder of certificateFolders) {
    for (const name of names) {
      const found = readFolder(join(folder, name));
      if (found) return found;
    }
  }
  return undefined;
}

function readFolder(folder: string): RegistryCertificates | undefined {
  const names = list(folder);
  if (!names) return undefined;
  const authorities = names.filter((name) => name.endsWith('.crt')).map((name) => read(folder, name));
  const clients = names
    .filter((name) => name.endsWith('.cert'))
    .map((name) => {
      const key = name.replace(/\.cert$/, '.key');
      if (names.includes(key)) return {certificate: read(folder, name), key: read(folder, key)};
      throw invalid(
        folder,
        `missing key ${key} for client certificate ${name}. CA certificates must use the extension .crt`,
      );
    });
  for (const name of names.filter((item) => item.endsWith('.key'))) {
    const certificate = name.replace(/\.key$/, '.cert');
    if (!names.includes(certificate)) {
      throw invalid(folder, `missing client certificate ${certificate} for key ${name}`);
    }
  }
  return {folder, authorities, clients};
}

function list(folder: string): string[] | undefined {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw invalid(folder, `it cannot be read (${errnoOf(error)})`, error);
  }
}

function read(folder: string, name: string): Buffer {
  try {
    return readFileSync(join(folder, name));
  } catch (error) {
    throw invalid(folder, `${name} cannot be read (${errnoOf(error)})`, error);
  }
}

function invalid(folder: string, why: string, cause?: unknown): EngineError {
  return new EngineError('invalid-config', `certificates in ${folder}: ${why}`, {cause});
}
