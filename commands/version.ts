import {DockerCommand} from '../src/cli/docker-command.ts';
import {text} from '../src/cli/flag-kinds.ts';
import {formatValue} from '../src/cli/output/format-value.ts';
import {version} from '../src/version.ts';

export default class Version extends DockerCommand {
  static override id = 'version';
  static override group = 'common' as const;
  static override summary = 'Show the version of crundle';
  static override description = 'There is no daemon: client and engine are one program.';
  static override flags = {format: text({char: 'f', description: "'json', or a Go template"})};
  static override examples = [
    {description: 'For a script', command: "crundle version -f '{{.Client.Version}}'"},
  ];

  override async run(): Promise<undefined> {
    const {flags} = await this.parse(Version);
    const facts = versionFacts();
    if (flags.format !== undefined) {
      this.printLine(await formatValue(facts, flags.format));
      return;
    }
    const {Version: shown, Platform, NodeVersion, Os, Arch} = facts.Client;
    this.print(
      [
        `Client: ${Platform.Name}`,
        ` Version:  ${shown}`,
        ` Node:     ${NodeVersion}`,
        ` OS/Arch:  ${Os}/${Arch}`,
        'Server: none; crundle has no daemon',
        '',
      ].join('\n'),
    );
  }
}

// Docker's field names. Scripts ask for the server's version as often as for the client's; here one program is both.
function versionFacts() {
  const engine = {
    Version: version,
    Os: 'linux',
    Arch: process.arch === 'x64' ? 'amd64' : process.arch,
  };
  return {
    Client: {Platform: {Name: 'crundle'}, ...engine, NodeVersion: process.versions.node},
    Server: engine,
  };
}
