// `--network` and the flags that speak of its first network: which networks a container is on, and how. Docker's forms
// and words.
import {familyOf, type IpAddress, parseIpAddress} from '../../src/addresses/ip-address.ts';
import {type MacAddress, parseMacAddress} from '../../src/addresses/mac-address.ts';
import {attachmentTo, type NetworkAttachment, type NetworkChoice} from '../network-options.ts';
import {splitCsv} from './csv-fields.ts';
import {optionError} from './option-error.ts';

/**
 * One `--network`: a name, an id, `none`, `host`, `container:NAME`, or `name=NAME,alias=…,ip=…`. Modes come as an
 * attachment too, by their name; `chooseNetwork` tells them apart. Throws EngineError 'invalid-option'.
 */
export function parseNetwork(text: string): NetworkAttachment {
  // Docker's test for the long form.
  if (!/\w+=\w+/.test(text)) return attachmentTo(text || 'default');
  const attachment = attachmentTo('');
  for (const field of splitCsv(text)) {
    const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(field) ?? [];
    if (name === '') throw optionError(`invalid field ${field}`);
    setField(attachment, name.trim().toLowerCase(), value.trim());
  }
  if (attachment.network === '') throw optionError('network name/id is not specified');
  return attachment;
}

function setField(attachment: NetworkAttachment, name: string, value: string): void {
  switch (name) {
    case 'name':
      attachment.network = value;
      return;
    case 'alias':
      attachment.aliases.push(value);
      return;
    case 'ip':
      attachment.ipv4 = parseIpv4(value);
      return;
    case 'ip6':
      attachment.ipv6 = parseIpv6(value);
      return;
    case 'mac-address':
      attachment.mac = parseMac(value);
      return;
    case 'link-local-ip':
      attachment.linkLocal.push(parseLinkLocal(value));
      return;
    case 'driver-opt':
      setDriverOption(attachment, value);
      return;
    case 'gw-priority':
      attachment.gatewayPriority = parsePriority(value);
      return;
    default:
      throw optionError(`invalid field key ${name}`, {
        hint: 'the keys are name, alias, ip, ip6, mac-address, link-local-ip, driver-opt and gw-priority',
      });
  }
}

function setDriverOption({driverOptions}: NetworkAttachment, text: string): void {
  const [, key = '', value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key === '') throw optionError('invalid key value pair format in driver options');
  driverOptions[key.trim().toLowerCase()] = value.trim();
}

function parsePriority(text: string): number {
  if (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw optionError(`invalid gw-priority (${text}): invalid syntax`);
}

/** Throws EngineError 'invalid-option'. */
export function parseIpv4(text: string): IpAddress {
  return addressOf(text, 4) ?? refuse(`invalid IPv4 address: ${text}`);
}

/** Throws EngineError 'invalid-option'. */
export function parseIpv6(text: string): IpAddress {
  return addressOf(text, 6) ?? refuse(`invalid IPv6 address: ${text}`);
}

/** Throws EngineError 'invalid-option'. */
export function parseLinkLocal(text: string): IpAddress {
  return parseIpAddress(text) ?? refuse(`invalid link-local IP address: ${text}`);
}

/** Throws EngineError 'invalid-option'. */
export function parseMac(text: string): MacAddress {
  return parseMacAddress(text) ?? refuse(`${text} is not a valid mac address`);
}

function addressOf(text: string, family: 4 | 6): IpAddress | undefined {
  const address = parseIpAddress(text);
  return address !== undefined && familyOf(address) === family ? address : undefined;
}

/**
 * What all `--network` of a line ask for together. At least one. Throws EngineError 'invalid-option': a network twice, or
 * a mode beside networks.
 */
export function chooseNetwork(attachments: readonly NetworkAttachment[]): NetworkChoice {
  const named = attachments.map((attachment) =>
    attachment.network === 'default' ? {...attachment, network: 'bridge'} : attachment,
  );
  const seen = new Set<string>();
  for (const {network} of named) {
    if (seen.has(network)) throw optionError(`network "${network}" is specified multiple times`);
    seen.add(network);
  }
  const [first = attachmentTo('bridge'), ...more] = named;
  const mode = modeOf(first.network);
  if (mode === undefined && !more.some(({network}) => modeOf(network))) {
    for (const {network, aliases} of named) checkAliases(network, aliases);
    return {kind: 'networks', attachments: named};
  }
  if (mode === undefined || more.length > 0) {
    throw optionError(
      'conflicting options: cannot attach both user-defined and non-user-defined network-modes',
      {hint: "'none', 'host' and 'container:NAME' stand alone"},
    );
  }
  checkBare(first);
  return mode;
}

function modeOf(network: string): NetworkChoice | undefined {
  if (network === 'none' || network === 'host') return {kind: network};
  if (network !== 'container' && !network.startsWith('container:')) return undefined;
  const container = network.slice('container:'.length);
  return container === ''
    ? refuse('invalid network mode: invalid container format container:<name|id>')
    : {kind: 'container', container};
}

// What only an interface of the container's own can have.
function checkBare({aliases, ipv4, ipv6, mac, linkLocal}: NetworkAttachment): void {
  if (aliases.length > 0) throw aliasError();
  if (ipv4 !== undefined || ipv6 !== undefined || linkLocal.length > 0) throw addressError();
  if (mac !== undefined) throw macError();
}

function checkAliases(network: string, aliases: readonly string[]): void {
  if (network === 'bridge' && aliases.length > 0) throw aliasError();
}

function aliasError(): Error {
  return optionError('network-scoped aliases are only supported for user-defined networks', {
    hint: "'crundle network create NAME' makes one",
  });
}

function addressError(): Error {
  return optionError('user specified IP address is supported on user defined networks only', {
    hint: "make a network with the subnet you need: 'crundle network create --subnet …'",
  });
}

function macError(): Error {
  return optionError('conflicting options: mac-address and the network mode');
}

/** The flags that stand for options of the first network, from before there could be several. */
export interface FirstNetworkFlags {
  'network-alias'?: readonly string[];
  ip?: IpAddress;
  ip6?: IpAddress;
  'mac-address'?: MacAddress;
  'link-local-ip'?: readonly IpAddress[];
}

/** Puts them on the first network of a line. Throws EngineError 'invalid-option' when both say the same. */
export function withFirstNetworkFlags(
  attachments: readonly NetworkAttachment[],
  flags: FirstNetworkFlags,
): NetworkAttachment[] {
  const [first = attachmentTo('bridge'), ...more] = attachments;
  const {ip, ip6, 'mac-address': mac, 'network-alias': aliases = [], 'link-local-ip': linkLocal = []} = flags;
  const twice: [boolean, string][] = [
    [aliases.length > 0 && first.aliases.length > 0, '--network-alias and per-network alias'],
    [ip !== undefined && first.ipv4 !== undefined, '--ip and per-network IPv4 address'],
    [ip6 !== undefined && first.ipv6 !== undefined, '--ip6 and per-network IPv6 address'],
    [mac !== undefined && first.mac !== undefined, '--mac-address and per-network MAC address'],
    [
      linkLocal.length > 0 && first.linkLocal.length > 0,
      '--link-local-ip and per-network link-local IP addresses',
    ],
  ];
  for (const [isTwice, what] of twice) {
    if (isTwice) throw optionError(`conflicting options: cannot specify both ${what}`);
  }
  const merged: NetworkAttachment = {
    ...first,
    aliases: [...first.aliases, ...aliases],
    linkLocal: [...first.linkLocal, ...linkLocal],
    ...(ip !== undefined && {ipv4: ip}),
    ...(ip6 !== undefined && {ipv6: ip6}),
    ...(mac !== undefined && {mac}),
  };
  return [merged, ...more];
}

function refuse(message: string): never {
  throw optionError(message);
}
