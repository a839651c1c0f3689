import {DockerCommand} from '../src/cli/docker-command.ts';
import {eventFilters} from '../src/cli/event-filters.ts';
import {eventFormat} from '../src/cli/event-format.ts';
import {list, text} from '../src/cli/flag-kinds.ts';
import {isTerminal} from '../src/cli/output/standard-streams.ts';

export default class Events extends DockerCommand {
  static override id = 'events';
  static override aliases = ['system:events'];
  static override group = 'system' as const;
  static override summary = 'Show what happens to containers, images, networks and volumes';
  static override description =
    'What every crundle on this machine does, as it happens, until ctrl-C or --until; with --since from what is kept. Nothing has ' +
    'to run for it to be kept: every command writes down what it does.';
  static override flags = {
    filter: list({
      char: 'f',
      helpValue: 'filter',
      description:
        'Show only what matches, such as container=, event=, image=, label=, network=, type=, volume=',
    }),
    format: text({description: "'json' or a Go template"}),
    since: text({
      description: "Show also what came since a time ('2013-01-02T13:23:37Z') or a while ago ('42m')",
    }),
    until: text({description: 'Show what comes before a time, and end then'}),
  };
  static override examples = [
    {
      description: 'Why did it end last night?',
      command: 'crundle events --since 12h --until 0s -f container=web',
    },
    {
      description: 'Names and exit codes as containers end',
      command:
        "crundle events -f event=die --format '{{.Actor.Attributes.name}} {{.Actor.Attributes.exitCode}}'",
    },
  ];

  override async run(): Promise<undefined> {
    const {flags} = await this.parse(Events);
    const filters = eventFilters(flags.filter ?? []);
    const format = await eventFormat(flags.format, {isTerminal: isTerminal(1)});
    const engine = await this.engine();
    const events = engine.events({
      filters,
      ...(flags.since !== undefined && {since: flags.since}),
      ...(flags.until !== undefined && {until: flags.until}),
    });
    for await (const event of events) this.printLine(format(event));
  }
}
