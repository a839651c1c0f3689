import {
  formattedVerboseUsage,
  usageHeaders,
  usageRows,
  usageTable,
  verboseUsage,
} from '../../src/cli/disk-usage.ts';
import {DockerCommand} from '../../src/cli/docker-command.ts';
import {text, toggle} from '../../src/cli/flag-kinds.ts';
import {formatRows} from '../../src/cli/output/format-rows.ts';

export default class SystemDf extends DockerCommand {
  static override id = 'system:df';
  static override group = 'system' as const;
  static override summary = 'Show how much disk images, containers and volumes use';
  static override description =
    'Sizes of images are those of their unpacked layers, each counted once; with --verbose also that of the blobs they came in. RECLAIMABLE is what no container uses.';
  static override flags = {
    format: text({description: "'json', 'table', a Go template, or 'table TEMPLATE'"}),
    verbose: toggle({char: 'v', description: 'Show each image, container and volume'}),
  };
  static override examples = [
    {
      description: 'What could be had back',
      command: "crundle system df --format '{{.Type}} {{.Reclaimable}}'",
    },
  ];

  override async run(): Promise<undefined> {
    const {flags} = await this.parse(SystemDf);
    const engine = await this.engine();
    const usage = await engine.diskUsage();
    if (!flags.verbose) {
      const options = {table: usageTable, headers: usageHeaders, format: flags.format};
      this.print(await formatRows(usageRows(usage), options));
    } else if (flags.format === undefined || flags.format === 'table') this.print(verboseUsage(usage));
    else this.print(await formattedVerboseUsage(usage, flags.format));
  }
}
