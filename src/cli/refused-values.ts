// Flags of run and create that have a value to accept and nothing to do.
import {checkContentTrust, checkIsolation, checkRuntime, refuseGpus} from '../../bundles/options/refusals.ts';
import {text, toggle} from './flag-kinds.ts';
import {type FlagRow, row} from './flag-rows.ts';

export const refusedValueRows: Record<string, FlagRow> = {
  'disable-content-trust': row(
    toggle({description: 'No signatures are verified, every digest is (default true)'}),
    (_, disabled) => checkContentTrust(disabled),
  ),
  gpus: row(text({description: 'Refused: give device files with --device'}), (_, value) => refuseGpus(value)),
  isolation: row(text({description: "Isolation technology: 'default'"}), (_, mode) => checkIsolation(mode)),
  runtime: row(text({description: "Runtime: 'crun'"}), (_, name) => checkRuntime(name)),
};
