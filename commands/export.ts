import {DockerCommand} from '../src/cli/docker-command.ts';
import {argument, text} from '../src/cli/flag-kinds.ts';
import {interruptible} from '../src/cli/interrupt.ts';
import {checkOutputFile, writeOutputFile} from '../src/cli/output/output-file.ts';
import {isTerminal, writeError, writeOut} from '../src/cli/output/standard-streams.ts';
import {UsageError} from '../src/cli/usage-error.ts';

const task = 'failed to export container';

export default class Export extends DockerCommand {
  static override id = 'export';
  static override aliases = ['container:export'];
  static override summary = "Write a container's files as a tar archive";
  static override description =
    'All that its processes see, merged, without volumes and other mounts. The container may run; nothing is mounted or stopped for it.';
  static override args = {container: argument('Name, id or beginning of the id')};
  static override flags = {
    output: text({char: 'o', description: 'Write to a file, which appears whole or not at all'}),
  };
  static override examples = [
    {description: 'Into a file', command: 'crundle export -o web.tar web'},
    {description: 'As an image of one layer', command: 'crundle export web | crundle import - web:flat'},
  ];

  override async run(): Promise<undefined> {
    const {args, flags} = await this.parse(Export);
    const path = flags.output || undefined;
    if (path === undefined && isTerminal(1)) {
      throw new UsageError('cowardly refusing to save to a terminal. Use the -o flag or redirect', {exit: 1});
    }
    if (path !== undefined) checkOutputFile(path, task);
    const engine = await this.engine();
    const onLeftOut = (name: string, why: string) => writeError(`WARNING: ${name} is left out: ${why}\n`);
    if (path === undefined) {
      // A signal ends the process, which leaves nothing behind.
      for await (const piece of engine.changes.export(args.container, {onLeftOut})) writeOut(piece);
      return;
    }
    await interruptible(async (signal) => {
      await writeOutputFile(path, engine.changes.export(args.container, {onLeftOut, signal}), task);
    });
  }
}
