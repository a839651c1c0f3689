// crundle beside podman on one emulated arm64 machine: memory of what stays beside a container, and the time from `run` to the
// first byte of an HTTP server in it. Emulated seconds are no board's; the ratio is what is looked at.
//   ./dev bench machine      prints, and writes .cache/bench/machine.json
import {mkdirSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {ensureFixtures} from '../test/support/fixtures.ts';
import {type Machine, outside} from '../test/support/machine/machine.ts';
import {buildPackage} from '../test/support/machine/package.ts';
import {installedMachine} from '../test/support/machine/saved.ts';
import {startRegistry} from '../test/support/registry-server.ts';
import {summarize} from './statistics.ts';

const rounds = 9;
const folder = resolve(import.meta.dirname, '../.cache/bench');
const engines = [
  {name: 'crundle', run: 'crundle run', pull: 'crundle pull -q', remove: 'crundle rm -f'},
  {
    name: 'podman',
    run: 'podman run',
    pull: 'podman pull -q --tls-verify=false',
    // Without a pause for a server that does not hear SIGTERM.
    remove: 'podman rm -f -t 0',
  },
];

buildPackage();
const registry = await startRegistry({storage: await ensureFixtures()});
const machine = await installedMachine();
try {
  const image = `${registry.address.replace('127.0.0.1', outside)}/busybox`;
  for (const {pull} of engines) await machine.ok(`${pull} ${image}`);
  const firstByteMs: Record<string, number[]> = Object.fromEntries(engines.map(({name}) => [name, []]));
  const memoryKiB: Record<string, number> = {};
  // Whoever is first after the boot waits for the kernel to load modules.
  for (const {run, remove} of engines) {
    await firstByte(machine, run, image);
    await machine.ok(`${remove} web`);
  }
  for (let round = 0; round < rounds; round++) {
    for (const {name, run, remove} of engines) {
      firstByteMs[name]?.push(await firstByte(machine, run, image));
      if (round === rounds - 1) memoryKiB[name] = await besideContainer(machine);
      await machine.ok(`${remove} web`);
    }
  }
  const results = engines.map(({name}) => ({
    name,
    firstByteMs: firstByteMs[name] ?? [],
    medianMs: summarize(firstByteMs[name] ?? []).median,
    besideContainerKiB: memoryKiB[name] ?? 0,
  }));
  mkdirSync(folder, {recursive: true});
  writeFileSync(join(folder, 'machine.json'), JSON.stringify(results, null, 2));
  for (const {name, medianMs, besideContainerKiB, ...all} of results)
    console.log(
      `${name}: first byte after ${medianMs} ms (${all.firstByteMs.join(' ')}), ${besideContainerKiB} KiB beside the container`,
    );
} finally {
  await machine.remove();
  await registry.stop();
}

/** Milliseconds by the machine's own clock. */
async function firstByte(machine: Machine, run: string, image: string): Promise<number> {
  const server = `${run} -d --name web -p 127.0.0.1:8080:80 ${image} sh -c 'mkdir /www; echo here >/www/index.html; exec httpd -f -h /www'`;
  const wait = 'until curl -fso /dev/null http://127.0.0.1:8080/; do sleep 0.02; done';
  const line = `s=$(date +%s%N); ${server} >/dev/null; ${wait}; e=$(date +%s%N); echo $(((e - s) / 1000000))`;
  return Number(await machine.ok(line));
}

/** KiB of proportional memory of conmon and of all below it but the container itself. */
async function besideContainer(machine: Machine): Promise<number> {
  const line = `for pid in $(pgrep -x conmon) $(pgrep -f '^crundle'); do cat /proc/$pid/smaps_rollup; done | awk '/^Pss:/ {sum += $2} END {print sum}'`;
  return Number(await machine.ok(line));
}
