import {reportText} from '../../src/cli/check-report.ts';
import {DockerCommand} from '../../src/cli/docker-command.ts';
import {text, toggle} from '../../src/cli/flag-kinds.ts';
import {interruptible} from '../../src/cli/interrupt.ts';
import {checkDisplay} from '../../src/cli/output/check-display.ts';
import {valueFormat} from '../../src/cli/output/format-value.ts';

export default class SystemCheck extends DockerCommand {
  static override id = 'system:check';
  static override group = 'system' as const;
  static override summary = 'Check images, layers and records for damage, and mend it';
  static override description =
    'Without --deep it looks at names, types, owners, sizes and times, and reads no content but that of small documents. With --repair ' +
    'a damaged layer is unpacked again from its blob, and a damaged blob is fetched again by its digest. Exits with 1 when damage stays.';
  static override flags = {
    deep: toggle({description: 'Read every file of every layer, and every blob'}),
    repair: toggle({description: 'Mend what can be mended'}),
    format: text({description: "'json', or a Go template"}),
  };
  static override examples = [
    {description: 'After a power cut', command: 'crundle system check --deep --repair'},
    {description: 'For monitoring', command: 'crundle system check --format json'},
  ];

  override async run(): Promise<number> {
    const {flags} = await this.parse(SystemCheck);
    const format = flags.format === undefined ? undefined : await valueFormat(flags.format);
    const {Engine} = await import('../../src/engine.ts');
    const display = checkDisplay();
    const report = await interruptible((signal) =>
      Engine.check({
        deep: flags.deep ?? false,
        repair: flags.repair ?? false,
        onProgress: display.onProgress,
        signal,
      }),
    ).finally(() => display.end());
    this.print(format === undefined ? reportText(report) : `${format(report)}\n`);
    return report.whole ? 0 : 1;
  }
}
