// Forwarding of packets by the host, which containers need. Where crundle turns it on, the firewall forwards nothing else
// (ruleset.ts): the machine does not become a router by the way. What is changed is written down first, a parameter and
// its old value a line, so that it can be put back.
import {appendFileSync, mkdirSync, readdirSync, rmSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {readOptionalFile} from '../system/optional-file.ts';
import {readSysctl, writeSysctl} from '../system/sysctl.ts';

const ipv4 = 'net/ipv4/ip_forward';
const ipv6 = 'net/ipv6/conf/all/forwarding';

const markOf = (runRoot: string) => join(runRoot, 'network', 'forwarding');

/** Idempotent. The caller holds the networks' lock. */
export function enableForwarding(runRoot: string, families: {ipv6: boolean}): void {
  if (readSysctl(ipv4) === '0') change(runRoot, ipv4, '1');
  if (families.ipv6 && readSysctl(ipv6) === '0') {
    keepRouterAdvertisements(runRoot);
    change(runRoot, ipv6, '1');
  }
}

function change(runRoot: string, name: string, value: string): void {
  const mark = markOf(runRoot);
  mkdirSync(dirname(mark), {recursive: true, mode: 0o700});
  appendFileSync(mark, `${name} ${readSysctl(name)}\n`);
  writeSysctl(name, value);
}

/** The families whose forwarding crundle turned on, and nobody had asked for before. */
export function ourForwarding(runRoot: string): {ipv4: boolean; ipv6: boolean} {
  const names = changes(runRoot).map(([name]) => name);
  return {ipv4: names.includes(ipv4), ipv6: names.includes(ipv6)};
}

/** Puts back what enableForwarding changed. Idempotent. */
export function restoreForwarding(runRoot: string): void {
  for (const [name, value] of changes(runRoot).toReversed()) writeSysctl(name, value);
  rmSync(markOf(runRoot), {force: true});
}

// A line that a kill cut short was of a change not made.
function changes(runRoot: string): [name: string, value: string][] {
  const text = readOptionalFile(markOf(runRoot)) ?? '';
  return [...text.matchAll(/^(net\/\S+) (\d+)\n/gm)].map(([, name = '', value = '']) => [name, value]);
}

// A host that forwards does not listen to routers any more, and so would lose its own way out: 2 says listen all the same.
function keepRouterAdvertisements(runRoot: string): void {
  for (const name of readdirSync('/proc/sys/net/ipv6/conf')) {
    const parameter = `net/ipv6/conf/${name}/accept_ra`;
    if (name !== 'all' && readSysctl(parameter) === '1') change(runRoot, parameter, '2');
  }
}
