// `explain`: what a run would do, from the code that does it. The run is rehearsed (src/system/rehearsal.ts) on a copy of the
// records and stand-ins of the folders, and so is its end: what is noted, in its order, is the plan.
import {existsSync, mkdirSync, readlinkSync} from 'node:fs';
import {join} from 'node:path';
import type {ContainerContext, VolumeDriver} from '../containers/container-context.ts';
import {withContainerLock} from '../containers/container-lock.ts';
import {newContainerId} from '../containers/container-name.ts';
import {containerPaths} from '../containers/container-paths.ts';
import {createContainer} from '../containers/create-container.ts';
import {removeLocked} from '../containers/remove-container.ts';
import {SeccompFilterCache} from '../containers/seccomp-filter-cache.ts';
import {releaseProcess, startContainer} from '../containers/start-container.ts';
import {EngineError} from '../errors.ts';
import {Firewall} from '../network/firewall/firewall.ts';
import {listNftTables} from '../network/firewall/nft.ts';
import {ownTables} from '../network/firewall/ruleset.ts';
import {firewallState} from '../network/infrastructure.ts';
import type {NetworkContext} from '../network/network-context.ts';
import {ContainerNetworks} from '../network/network-driver.ts';
import {Crun} from '../runtime/crun.ts';
import {ContainerRecords} from '../state/container-records.ts';
import {StateDatabase} from '../state/database.ts';
import {isRehearsed, rehearse, standsFor} from '../system/rehearsal.ts';
import {commandLine} from '../system/trace.ts';
import type {VolumeStore} from '../volumes/volume-store.ts';
import {type CreateOptions, prepareCreation} from './creation.ts';
import type {ImageEngine} from './images.ts';
import {type EngineParts, networkContext, overlayDriver} from './parts.ts';
import {type PlannedStep, RunRehearsal} from './rehearsal.ts';

export type {PlannedStep} from './rehearsal.ts';

export interface RunPlan {
  id: string;
  name: string;
  warnings: string[];
  /** To the container's first instruction. */
  steps: PlannedStep[];
  /** After its end. */
  cleanup: PlannedStep[];
  /** What the steps made for every container of a network, to go when no other has come to use it. */
  shared: {
    /** Of crundle's networks. */
    bridges: string[];
    /** Those that the steps make: each goes when nobody is on it. */
    made: string[];
    /** Of what all networks share, when nobody is on any, nor publishes a port. */
    cleanup: PlannedStep[];
    /** In place of that. */
    otherwise: PlannedStep[];
  };
  /** Where conmon's files are while it runs. */
  runFolder: string;
  /** Of the output; absent when it goes elsewhere. */
  logFile?: string;
  hasTerminal: boolean;
  hasInput: boolean;
}

/**
 * Changes nothing but the images, where one has to be pulled. Addresses and ports are those that are free now. Throws EngineError as
 * creating and starting the container would, as far as crun does not; 'not-supported' under "publish-policy": "open".
 */
export async function planRun(
  parts: EngineParts,
  images: ImageEngine,
  request: CreateOptions,
): Promise<RunPlan> {
  if (parts.config.publishPolicy === 'open') {
    throw new EngineError('not-supported', 'cannot explain a run under "publish-policy": "open"', {
      hint: "it changes the host's own rules; 'crundle --debug run …' shows what it does",
      exit: 125,
    });
  }
  using prepared = await prepareCreation(parts, images, request);
  const rehearsal = await RunRehearsal.begin(parts.containers.roots);
  const id = newContainerId();
  const context = rehearsedContext(parts, rehearsal, id);
  const {folder} = containerPaths(rehearsal.roots, id);
  try {
    const hadTables = (await listNftTables(ownTables)) !== undefined;
    return await rehearse(rehearsal, async () => {
      const before = rehearsal.paths();
      await createContainer(context.containers, {...prepared.creation, id});
      await startContainer(context.containers, id, {attach: false});
      const record = context.containers.records.get(id);
      if (!record) throw new Error(`the rehearsed container ${id} has no record`);
      const steps = rehearsal.take();
      await endRehearsed(context.containers, id);
      const crunRoot = join(parts.config.runRoot, 'crun');
      const cleanup: PlannedStep[] = [
        ...rehearsal.take(),
        ...rehearsal.leftovers(before),
        ...(existsSync(crunRoot) ? [] : [{kind: 'leaving', path: crunRoot} as const]),
      ];
      const shared = await endShared(context, rehearsal, hadTables);
      const {logFile, runFolder} = containerPaths(parts.containers.roots, id);
      return {
        id,
        name: record.name,
        warnings: prepared.warnings,
        steps,
        cleanup,
        shared,
        runFolder,
        ...(steps.some((step) => step.kind === 'call' && step.call.includes(`k8s-file:${logFile}`)) && {
          logFile,
        }),
        hasTerminal: record.options.tty,
        hasInput: record.options.openStdin,
      };
    });
  } finally {
    context.containers.rootfs.unmount(folder);
    context.networks.state.close();
    rehearsal.end();
  }
}

// Others may have come since, whose ports the tables of now would not have.
async function endShared(
  context: RehearsedContext,
  rehearsal: RunRehearsal,
  hadTables: boolean,
): Promise<RunPlan['shared']> {
  const {firewall, networks} = context;
  const bridges = networks.networks.list().flatMap(({bridge}) => (bridge === '' ? [] : [bridge]));
  const undos = rehearsal.undos().flatMap((call) => call.split('\n'));
  const linkOf = (call: string) => /^ip link delete (\S+)$/.exec(call)?.[1] ?? '';
  const made = undos.map(linkOf).filter((link) => bridges.includes(link));
  const calls = undos.filter((call) => !made.includes(linkOf(call)));
  const {isRebuilt} = firewall;
  if (isRebuilt) await restoreTables(context, hadTables);
  const mark = isRebuilt ? [distrust(firewall)] : [];
  return {
    bridges,
    made,
    cleanup: [
      ...rehearsal.take(),
      ...calls.map((call): PlannedStep => ({kind: 'call', call})),
      ...(hadTables ? mark : []),
    ],
    otherwise: mark,
  };
}

async function restoreTables({firewall, networks}: RehearsedContext, hadTables: boolean): Promise<void> {
  if (hadTables) await firewall.rebuild(firewallState(networks));
  else await firewall.remove();
}

// The records may have changed since the plan: the next command of crundle is to make the tables anew.
function distrust(firewall: Firewall): PlannedStep {
  return {kind: 'file', path: standsFor(firewall.distrustFile), mode: 0o644, text: ''};
}

async function endRehearsed(context: ContainerContext, id: string): Promise<void> {
  await withContainerLock(context.roots, id, async () => {
    await releaseProcess(context, id);
    context.records.move(id, 'exited', {exitCode: 0});
    await removeLocked(context, id, {volumes: true});
  });
}

class WatchedFirewall extends Firewall {
  isRebuilt = false;

  override async rebuild(...args: Parameters<Firewall['rebuild']>): Promise<void> {
    this.isRebuilt = true;
    await super.rebuild(...args);
  }
}

interface RehearsedContext {
  containers: ContainerContext;
  networks: NetworkContext;
  firewall: WatchedFirewall;
}

function rehearsedContext(
  {config: real, state: realState, volumes, containers}: EngineParts,
  {roots}: RunRehearsal,
  id: string,
): RehearsedContext {
  const {dataRoot, runRoot} = roots;
  const path = join(dataRoot, 'crundle.db');
  realState.copyTo(path);
  const state = new StateDatabase(path);
  const records = new ContainerRecords(state);
  const config = {...real, dataRoot, runRoot};
  const tell = () => undefined;
  const firewall = new WatchedFirewall(runRoot);
  const networks = {...networkContext(config, state, {records, tell}), firewall};
  return {
    firewall,
    networks,
    containers: {
      ...containers,
      roots,
      config,
      records,
      crun: new Crun(join(runRoot, 'crun')),
      rootfs: overlayDriver(join(real.dataRoot, 'layers')),
      volumes: rehearsedVolumes(volumes, join(containerPaths(roots, id).folder, 'volumes')),
      network: new ContainerNetworks(networks),
      seccompFilters: new SeccompFilterCache(join(real.runRoot, 'seccomp')),
      tell,
    },
  };
}

// A volume that is not there yet is made among the container's own files: a script that took it away again by its name could
// take one that somebody has made meanwhile.
function rehearsedVolumes(real: VolumeStore, folder: string): VolumeDriver {
  const pathOf = (name: string) => (real.exists(name) ? real.pathOf(name) : join(folder, name, '_data'));
  return {
    async create(name) {
      if (!real.exists(name)) mkdirSync(pathOf(name), {recursive: true});
    },
    pathOf,
    isEmpty: async (name) => !real.exists(name) || (await real.isEmpty(name)),
    async fill(name, source) {
      const from = `${readlinkSync(source)}/.`;
      isRehearsed(() => ({call: commandLine(['cp', '-a', '--', from, pathOf(name)])}));
    },
    setAside: () => undefined,
  };
}
