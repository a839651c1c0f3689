// `port explain` as a person runs it: on a host without rules, behind ufw, for a program of the host, and for containers
// that do not run.
import {execFileSync} from 'node:child_process';
import {createServer} from 'node:net';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type Registry, startRegistry} from '../support/registry-server.ts';
import {assertHostClean, crundle, crundleOk} from '../support/test-host.ts';
import {ufw4, ufw6} from '../support/ufw-rules.ts';

const test = suite('port explain');
let registry: Registry;

test.before(async () => {
  execFileSync('ip', ['-batch', '-'], {
    input: `link add eth0 type veth peer name far0
link set eth0 up
link set far0 up
addr add 192.168.1.5/24 dev eth0
`,
  });
  registry = await startRegistry();
  const image = `${registry.address}/busybox`;
  await crundleOk(['pull', '-q', image]);
  await crundleOk(['run', '-d', '--name', 'web', '-p', '8080:80', image, 'httpd', '-f', '-p', '80']);
});

test.after(async () => {
  execFileSync('nft', ['flush', 'ruleset']);
  await crundle(['rm', '-f', 'web']);
  await crundleOk(['network', 'prune', '-f']);
  execFileSync('ip', ['link', 'delete', 'eth0']);
  await registry.stop();
  await assertHostClean();
});

const told = async (...args: string[]) => `${await crundleOk(['port', 'explain', ...args])}\n`;

/** Waits until the container's program listens: `run -d` does not. */
async function listening(): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    if (!(await told('8080')).includes('nothing listens')) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`nothing listens after 50 attempts: ${await told('8080')}`);
}

test('without rules everybody reaches it', async () => {
  await listening();
  assert.is(
    await told('8080'),
    `0.0.0.0:8080/tcp is published to port 80 of web
publish-policy host: the host's input rules apply

this host -> 127.0.0.1:8080: reachable
  crundle         becomes 172.17.0.2:80, network bridge
  container       web listens on [::]:80

containers of bridge -> 172.17.0.1:8080: reachable
  crundle         becomes 172.17.0.2:80, network bridge
  container       web listens on [::]:80

outside by eth0 -> 192.168.1.5:8080: reachable
  crundle         becomes 172.17.0.2:80, network bridge
  container       web listens on [::]:80
`,
  );
});

test('behind ufw the deciding rules are quoted, with what would change them', async () => {
  execFileSync('iptables-nft-restore', ['-n'], {input: ufw4});
  execFileSync('ip6tables-nft-restore', ['-n'], {input: ufw6});
  const text = await told('8080/tcp');
  assert.match(
    text,
    `
outside by eth0 -> 192.168.1.5:8080: refused
  input rules     let in if -s 192.168.7.0/24 by a rule of table ip filter, chain ufw-user-input (iptables):
                    -A ufw-user-input -s 192.168.7.0/24 -p tcp -m tcp --dport 8080 -j ACCEPT
                  otherwise dropped by the policy of table ip filter, chain INPUT (iptables)
                  to let it in: ufw allow in on eth0 to any port 8080 proto tcp
  crundle         becomes 172.17.0.2:80, network bridge
  forward rules   dropped by the policy of table ip filter, chain FORWARD (iptables)
                  to let it in: ufw route allow in on crundle-in out on crundle0
`,
  );
  const from = await told('8080', '--from', '192.168.7.9');
  assert.match(
    from,
    `
outside by eth0 -> 192.168.1.5:8080: refused
  input rules     let in by a rule of table ip filter, chain ufw-user-input (iptables):
                    -A ufw-user-input -s 192.168.7.0/24 -p tcp -m tcp --dport 8080 -j ACCEPT
  crundle         becomes 172.17.0.2:80, network bridge
  forward rules   dropped by the policy of table ip filter, chain FORWARD (iptables)
`,
  );
});

test('as JSON, and by a template', async () => {
  const explanation = JSON.parse(await crundleOk(['port', 'explain', '8080', '--format', 'json'])) as {
    paths: {from: string; verdict: string}[];
  };
  assert.equal(
    explanation.paths.map(({from, verdict}) => `${from}: ${verdict}`),
    ['this host: reachable', 'containers of bridge: refused', 'outside by eth0: refused'],
  );
  assert.is(await crundleOk(['port', 'explain', '8080', '-f', '{{.policy}}']), 'host');
});

test('a port of a program of the host', async () => {
  const server = createServer().listen(9999, '0.0.0.0');
  await new Promise((done) => server.once('listening', done));
  const text = await told('9999');
  server.close();
  assert.match(text, `9999/tcp is published by no container\n\nthis host -> 127.0.0.1:9999: reachable\n`);
  assert.match(text, `(pid ${process.pid}) listens on 0.0.0.0\n`);
  assert.match(
    text,
    `
outside by eth0 -> 192.168.1.5:9999: refused
  input rules     dropped by a rule of table ip filter, chain ufw-user-input (iptables):
                    -A ufw-user-input -p tcp -m tcp --dport 9999 -j DROP
                  to let it in: ufw allow in on eth0 to any port 9999 proto tcp
`,
  );
});

test('a port of nobody, a stopped container, and words that are no port', async () => {
  assert.is(
    await told('81/udp'),
    '81/udp is published by no container, and no program of this host listens on it\n',
  );
  await crundleOk(['stop', '-t', '0', 'web']);
  assert.is(
    await told('8080'),
    `8080/tcp is published by no container, and no program of this host listens on it
web publishes it when it runs (it is exited): crundle start web
`,
  );
  const wrong = await crundle(['port', 'explain', '99999']);
  assert.is(
    wrong.stderr,
    'Error: invalid port "99999": must be PORT or PORT/PROTOCOL\nHint: such as 8080 or 53/udp\n',
  );
  assert.is(wrong.status, 1);
  const from = await crundle(['port', 'explain', '80', '--from', 'home']);
  assert.is(
    from.stderr.split('\n')[0],
    'Error: invalid argument "home" for "--from" flag: must be an IP address',
  );
  assert.is(from.status, 125);
});

test.run();
