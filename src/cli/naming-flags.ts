// The flags of run and create about names: the container's own, those it finds others by, and what is written on it.
import {readFileSync} from 'node:fs';
import type {ContainerOptions, DnsChoice} from '../../bundles/container-options.ts';
import {parseAnnotation} from '../../bundles/options/annotation.ts';
import {parseExtraHost} from '../../bundles/options/extra-host.ts';
import {parseHostname} from '../../bundles/options/hostname.ts';
import {parseLabel} from '../../bundles/options/label.ts';
import {parseDnsOption, parseDnsSearch, parseDnsServer} from '../../bundles/options/resolver.ts';
import {EngineError, errnoOf} from '../errors.ts';
import {parsed, parsedList, text} from './flag-kinds.ts';
import {type FlagRow, row} from './flag-rows.ts';

// In this order: a label of the line goes over one of a file.
export const namingRows: Record<string, FlagRow> = {
  'add-host': row(
    parsedList(
      'list',
      parseExtraHost,
    )({
      description: "Add a name to its /etc/hosts, as NAME:ADDRESS; 'host-gateway' is this machine",
    }),
    (options, hosts) => {
      options.extraHosts = hosts;
    },
  ),
  annotation: row(
    parsedList('map', parseAnnotation)({description: 'Pass NAME=VALUE on to the runtime'}),
    (options, annotations) => {
      options.annotations = Object.fromEntries(annotations);
    },
  ),
  dns: row(parsedList('list', parseDnsServer)({description: 'DNS servers'}), (options, servers) =>
    setDns(options, {servers}),
  ),
  'dns-option': row(
    parsedList('list', parseDnsOption)({aliases: ['dns-opt'], description: 'Options of its resolv.conf'}),
    (options, words) => setDns(options, {options: words}),
  ),
  'dns-search': row(
    parsedList('list', parseDnsSearch)({description: 'DNS search domains'}),
    (options, search) => setDns(options, {search}),
  ),
  domainname: row(text({description: 'NIS domain name of the container'}), (options, name) => {
    if (name !== '') options.domainname = name;
  }),
  hostname: row(
    parsed('string', parseHostname)({char: 'h', description: 'Host name of the container'}),
    (options, name) => {
      options.hostname = name;
    },
  ),
  'label-file': row(
    parsedList('list', readLabels)({description: 'Read labels of the container from a file'}),
    ({labels}, files) => Object.assign(labels, Object.fromEntries(files.flat())),
  ),
  label: row(
    parsedList('list', parseLabel)({char: 'l', description: 'Set labels of the container'}),
    ({labels}, more) => Object.assign(labels, Object.fromEntries(more)),
  ),
};

function setDns(options: ContainerOptions, change: Partial<DnsChoice>): void {
  options.dns = {servers: [], search: [], options: [], ...options.dns, ...change};
}

// One label a line; empty lines and lines that begin with # count for nothing.
function readLabels(path: string): [name: string, value: string][] {
  const lines = readText(path)
    .split('\n')
    .map((line) => line.trimStart().replace(/\r$/, ''));
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map(parseLabel);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    throw new EngineError('invalid-option', `cannot read the labels: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
