// The iptables programs, of a host whose firewall is written with them. crundle itself writes no such rule.
import {isEngineError} from '../../errors.ts';
import {runQuickProgram} from '../../system/quick-program.ts';

/** `nft`: tables in nf_tables that the iptables programs keep; `legacy`: the kernel's older tables. */
export type IptablesBackend = 'nft' | 'legacy';

/** What `iptables-save` prints; undefined when the program is not there, or does not understand the tables. */
export async function saveIptables(
  family: 'ip' | 'ip6',
  backend: IptablesBackend,
): Promise<string | undefined> {
  const program = `${family === 'ip' ? 'iptables' : 'ip6tables'}-${backend}-save`;
  try {
    return (await runQuickProgram(program, [], {reads: true})).stdout;
  } catch (error) {
    if (!isEngineError(error, 'program-missing', 'program-failed')) throw error;
    return undefined;
  }
}

/** Changes one rule of the table `filter` or another. Throws EngineError 'program-failed', 'program-missing'. */
export async function changeIptables(
  {family, tool, table}: {family: string; tool: string; table: string},
  args: readonly string[],
): Promise<void> {
  const program = `${family === 'ip6' ? 'ip6tables' : 'iptables'}-${tool === 'iptables' ? 'nft' : 'legacy'}`;
  await runQuickProgram(program, ['-w', '-t', table, ...args]);
}
