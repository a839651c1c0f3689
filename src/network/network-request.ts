// What is asked of a new network, and what is wrong with it in itself: names, drivers and options. Docker's rules and
// words. Pure.
import {isBridgeName} from '../addresses/interface-name.ts';
import {parseIpAddress} from '../addresses/ip-address.ts';
import {EngineError} from '../errors.ts';
import type {Subnet} from '../state/network-records.ts';
import {predefinedNames} from './builtin-networks.ts';
import {optionKeys} from './network-options.ts';

export interface NetworkRequest {
  name: string;
  /** Default: bridge. */
  driver?: string;
  /** At most one of each family. A family that is wanted and has none gets one. */
  subnets?: readonly Subnet[];
  /** Default: true. */
  ipv4?: boolean;
  /** Default: whether there is an IPv6 subnet. */
  ipv6?: boolean;
  internal?: boolean;
  attachable?: boolean;
  /** Docker's keys: see optionKeys. */
  options?: Readonly<Record<string, string>>;
  labels?: Readonly<Record<string, string>>;
}

/** Throws EngineError 'invalid-option'. */
export function checkName(name: string): void {
  if (predefinedNames.includes(name))
    throw refused(`operation is not permitted on predefined ${name} network`);
  // It is part of file names, of DNS names and of the interface's alias.
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,126}$/.test(name)) return;
  throw refused(
    `invalid network name "${name}": only letters, digits, '_', '.' and '-' are allowed, at most 127, a letter or digit first`,
  );
}

/** Throws EngineError 'invalid-option' for a driver that there is one network of, 'not-supported' for an unknown one. */
export function checkDriver(driver: string): 'bridge' | 'macvlan' {
  if (driver === 'bridge' || driver === 'macvlan') return driver;
  if (driver === 'host' || driver === 'null' || driver === 'none') {
    throw refused(
      `only one instance of "${driver}" network is allowed`,
      `use the network ${driver === 'host' ? 'host' : 'none'} that is there`,
    );
  }
  throw new EngineError('not-supported', `plugin "${driver}" not found`, {
    hint: "crundle has the drivers 'bridge' and 'macvlan', and no plugins",
  });
}

const macvlanModes = ['bridge', 'private', 'vepa', 'passthru'];
const switches: readonly string[] = [optionKeys.icc, optionKeys.masquerade];

/** What options have to be; `warnings` are about those that have no effect. Throws EngineError 'invalid-option'. */
export function checkOptions(
  driver: 'bridge' | 'macvlan',
  options: Readonly<Record<string, string>>,
): string[] {
  const known: readonly string[] =
    driver === 'bridge'
      ? [optionKeys.bridgeName, optionKeys.hostBinding, optionKeys.mtu, ...switches]
      : [optionKeys.parent, optionKeys.macvlanMode, optionKeys.mtu];
  const warnings: string[] = [];
  for (const [key, value] of Object.entries(options)) {
    if (known.includes(key)) checkOption(key, value);
    else warnings.push(`option ${key} has no effect on a ${driver} network`);
  }
  return warnings;
}

function checkOption(key: string, value: string): void {
  if (switches.includes(key) && !/^(true|false|1|0)$/.test(value)) {
    throw refused(`failed to parse ${key} value: ${value}`, "write 'true' or 'false'");
  }
  if (
    key === optionKeys.mtu &&
    !(/^\d{1,5}$/.test(value) && Number(value) >= 68 && Number(value) <= 65_535)
  ) {
    throw refused(`failed to parse ${key} value: ${value}`, 'an MTU is a whole number from 68 to 65535');
  }
  if (key === optionKeys.hostBinding && !/^[\d.]+$/.test(parseIpAddress(value) ?? '')) {
    throw refused(`failed to parse ${key} value: ${value}`, 'write an IPv4 address of this host');
  }
  if (key === optionKeys.bridgeName && !isBridgeName(value)) {
    throw refused(
      `invalid bridge name "${value}"`,
      'an interface name is at most 15 letters, digits and hyphens',
    );
  }
  if (key === optionKeys.macvlanMode && !macvlanModes.includes(value)) {
    throw refused(
      `requested macvlan mode '${value}' is not valid, 'bridge' mode is the macvlan driver default`,
    );
  }
}

/** The host's interface that a macvlan network sits on. Throws EngineError 'invalid-option'. */
export function checkParent(parent: string | undefined, interfaces: ReadonlySet<string>): string {
  if (parent === undefined || parent === '') {
    throw refused('a macvlan network needs an interface of the host', "name it with '-o parent=eth0'");
  }
  if (parent === 'lo') throw refused('loopback interface is not a valid macvlan parent link');
  if (interfaces.has(parent)) return parent;
  const [, base, id] = /^(.+)\.(\d+)$/.exec(parent) ?? [];
  throw refused(
    `the parent interface ${parent} is not there`,
    base === undefined
      ? "'ip -br link' lists the host's interfaces"
      : `make it first: 'ip link add link ${base} name ${parent} type vlan id ${id}'`,
  );
}

function refused(message: string, hint?: string): EngineError {
  return new EngineError('invalid-option', message, hint === undefined ? {} : {hint});
}
