// Forwarding of packets by the host, which containers need. Where crundle turns it on, the firewall forwards nothing else
// (ruleset.ts): the machine does not become a router by the way.
import {existsSync, mkdirSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {readSysctl, writeSysctl} from '../system/sysctl.ts';

const ipv4 = 'net/ipv4/ip_forward';
const ipv6 = 'net/ipv6/conf/all/forwarding';

const markOf = (runRoot: string) => join(runRoot, 'network', 'forwarding');

/** Idempotent. The caller holds the networks' lock. */
export function enableForwarding(runRoot: string, families: {ipv6: boolean}): void {
  if (readSysctl(ipv4) === '0') {
    mkdirSync(join(runRoot, 'network'), {recursive: true, mode: 0o700});
    writeFileSync(markOf(runRoot), '');
    writeSysctl(ipv4, '1');
  }
  if (families.ipv6 && readSysctl(ipv6) === '0') {
    keepRouterAdvertisements();
    writeSysctl(ipv6, '1');
  }
}

/** True when crundle turned IPv4 forwarding on, and nobody else has asked for it. */
export function isOurForwarding(runRoot: string): boolean {
  return existsSync(markOf(runRoot));
}

/** Turns off what enableForwarding turned on. Idempotent. */
export function restoreForwarding(runRoot: string): void {
  if (!isOurForwarding(runRoot)) return;
  writeSysctl(ipv4, '0');
  rmSync(markOf(runRoot), {force: true});
}

// A host that forwards does not listen to routers any more, and so would lose its own way out: 2 says listen all the same.
function keepRouterAdvertisements(): void {
  for (const name of readdirSync('/proc/sys/net/ipv6/conf')) {
    const parameter = `net/ipv6/conf/${name}/accept_ra`;
    if (name !== 'all' && readSysctl(parameter) === '1') writeSysctl(parameter, '2');
  }
}
