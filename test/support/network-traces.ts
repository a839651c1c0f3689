// What containers have put on a test host's network, and what no container may leave there.
import {execFileSync} from 'node:child_process';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import * as assert from 'uvu/assert';
import {crundle, crundleOk, testHost} from './test-host.ts';

/** Namespaces, veths, elements of the nft maps and names that are there because of a container. */
export function containerTraces(): string[] {
  return [...namespaces(), ...veths(), ...publishedElements(), ...names()];
}

function namespaces(): string[] {
  return readdirSync('/run/netns')
    .filter((name) => name.startsWith('crundle-'))
    .map((name) => `namespace ${name}`);
}

function veths(): string[] {
  const links: {ifname: string; ifalias?: string}[] = JSON.parse(
    execFileSync('ip', ['-j', 'link', 'show', 'type', 'veth'], {encoding: 'utf8'}),
  );
  return links
    .filter(({ifalias}) => ifalias?.startsWith('crundle container '))
    .map(({ifname, ifalias}) => `veth ${ifname} of ${ifalias}`);
}

function publishedElements(): string[] {
  const {nftables} = JSON.parse(execFileSync('nft', ['-j', 'list', 'ruleset'], {encoding: 'utf8'}));
  return nftables.flatMap((object: Record<string, {table: string; name: string; elem?: unknown[]}>) => {
    const holder = object.map ?? object.set;
    if (holder?.table !== 'crundle' || !holder.name.startsWith('publish')) return [];
    return (holder.elem ?? []).map((element) => `${holder.name} ${JSON.stringify(element)}`);
  });
}

// In a file of aardvark-dns the first line is the network's, and each other a container's.
function names(): string[] {
  const folder = join(testHost.runRoot, 'aardvark/networks');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name !== 'aardvark.pid')
    .flatMap((name) =>
      readFileSync(join(folder, name), 'utf8')
        .split('\n')
        .slice(1)
        .filter(Boolean)
        .map((line) => `name record in ${name}: ${line}`),
    );
}

/** Removes all containers, and waits: conmon may be cleaning up after a killed command, and veths go a moment late. */
export async function assertNoContainerTraces(): Promise<void> {
  const deadline = Date.now() + 5000;
  for (;;) {
    const ids = (await crundleOk(['ps', '-aq'])).split('\n').filter(Boolean);
    if (ids.length > 0) await crundle(['rm', '-f', ...ids]);
    const traces = [...ids.map((id) => `container ${id}`), ...containerTraces()];
    if (traces.length === 0) return;
    if (Date.now() > deadline) assert.equal(traces, []);
    await sleep(50);
  }
}
