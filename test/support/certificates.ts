// Certificates for tests, by openssl: an authority, and what it signs for a server or a client, for whatever days.
import {execFileSync} from 'node:child_process';
import {mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

export interface TestCertificate {
  certificatePath: string;
  keyPath: string;
}

/** In a folder of its own, which goes with the test host. */
export class TestAuthority {
  readonly folder = mkdtempSync(join(tmpdir(), 'authority-'));
  readonly certificatePath = join(this.folder, 'ca.crt');
  readonly #keyPath = join(this.folder, 'ca.key');

  constructor() {
    this.#openssl([
      ...['req', '-x509', ...curve, '-days', '3650', '-subj', '/CN=crundle-test-ca'],
      ...['-keyout', this.#keyPath, '-out', this.certificatePath],
    ]);
  }

  /** `from` and `to` as 'YYYYMMDDHHMMSSZ'. Default: from yesterday, for a month. */
  issue(name: string, {from, to}: {from?: string; to?: string} = {}): TestCertificate {
    const paths = {
      certificatePath: join(this.folder, `${name}.crt`),
      keyPath: join(this.folder, `${name}.key`),
    };
    const requestPath = join(this.folder, `${name}.csr`);
    this.#openssl(['req', ...curve, '-subj', `/CN=${name}`, '-keyout', paths.keyPath, '-out', requestPath]);
    const configPath = join(this.folder, 'ca.cnf');
    writeFileSync(join(this.folder, 'index.txt'), '');
    writeFileSync(configPath, caConfig(this.folder));
    const dayMs = 24 * 3600 * 1000;
    this.#openssl([
      ...['ca', '-batch', '-notext', '-config', configPath, '-cert', this.certificatePath],
      ...[
        '-keyfile',
        this.#keyPath,
        '-in',
        requestPath,
        '-out',
        paths.certificatePath,
        '-extensions',
        'server',
      ],
      ...['-startdate', from ?? stamp(Date.now() - dayMs), '-enddate', to ?? stamp(Date.now() + 30 * dayMs)],
    ]);
    return paths;
  }

  #openssl(args: string[]): void {
    execFileSync('openssl', args, {stdio: ['ignore', 'ignore', 'pipe']});
  }
}

const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** As openssl takes times. */
export function stamp(timeMs: number): string {
  return `${new Date(timeMs).toISOString().replace(/[-:T]|\.\d+/g, '')}`;
}

function caConfig(folder: string): string {
  return `[ca]
default_ca = own
[own]
new_certs_dir = ${folder}
database = ${folder}/index.txt
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[server]
subjectAltName = IP:127.0.0.1, DNS:localhost, DNS:registry.example, DNS:index.docker.io
`;
}
