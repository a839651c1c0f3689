import {defaultContainerOptions} from '../bundles/container-options.ts';
import {parseRestartPolicy} from '../bundles/options/restart-policy.ts';
import type {ResourceOptions} from '../bundles/resource-options.ts';
import {DockerCommand} from '../src/cli/docker-command.ts';
import {eachObject} from '../src/cli/each-object.ts';
import {someArguments, text} from '../src/cli/flag-kinds.ts';
import type {FlagRow} from '../src/cli/flag-rows.ts';
import {resourceRows} from '../src/cli/resource-flags.ts';
import {UsageError} from '../src/cli/usage-error.ts';
import type {ContainerUpdate} from '../src/engine.ts';

const limits = [
  'blkio-weight',
  'cpu-period',
  'cpu-quota',
  'cpu-rt-period',
  'cpu-rt-runtime',
  'cpu-shares',
  'cpus',
  'cpuset-cpus',
  'cpuset-mems',
  'memory',
  'memory-reservation',
  'memory-swap',
  'pids-limit',
];
const rows = limits.flatMap((name): [string, FlagRow][] => {
  const row = resourceRows[name];
  return row ? [[name, row]] : [];
});

export default class Update extends DockerCommand {
  static override id = 'update';
  static override aliases = ['container:update'];
  static override summary = 'Change limits and restart policy of one or more containers';
  static override description = 'A container that runs has them at once; what is not named stays as it is.';
  static override args = {container: someArguments('Name, id or beginning of the id')};
  static override flags = {
    ...Object.fromEntries(rows.map(([name, {flag}]) => [name, flag])),
    restart: text({
      description: "When to start it again: 'no', 'always', 'unless-stopped', 'on-failure[:retries]'",
    }),
  };
  static override unsupported = {'kernel-memory': 'the kernel no longer has this limit; use -m'};
  static override examples = [
    {description: 'More memory, now', command: 'crundle update -m 512m --memory-swap 1g web'},
    {description: 'Back after a reboot', command: 'crundle update --restart unless-stopped web'},
  ];

  override async run(): Promise<number> {
    const {args, flags} = await this.parse(Update);
    const given: Record<string, unknown> = flags;
    if (Object.values(given).every((value) => value === undefined)) {
      throw new UsageError('you must provide one or more flags when using this command', {
        exit: 1,
        hint: "see 'crundle update --help'",
      });
    }
    const update: ContainerUpdate = {limits: limitsOf(given), ...policyOf(flags.restart)};
    const engine = await this.engine();
    const told: string[] = [];
    const exitCode = await eachObject(args.container, async (container) => {
      const {warnings} = await engine.containers.update(container, update);
      this.printLine(container);
      told.push(...warnings);
    });
    // As Docker's client does, on standard output.
    for (const warning of told) this.printLine(warning);
    return exitCode;
  }
}

function limitsOf(flags: Record<string, unknown>): ResourceOptions {
  const options = defaultContainerOptions();
  for (const [name, {apply}] of rows) {
    if (flags[name] !== undefined) apply(options, flags[name] as never);
  }
  return options.resources;
}

function policyOf(restart: string | undefined): Pick<ContainerUpdate, 'restartPolicy'> {
  if (restart === undefined || restart === '') return {};
  return {restartPolicy: parseRestartPolicy(restart) ?? 'no'};
}
