// The flags of run and create about where the container's output goes.
import {parseLogDriver, parseLogOptions} from '../../bundles/options/log-choice.ts';
import {parseStream} from '../../bundles/options/stream.ts';
import {list, parsedList, text} from './flag-kinds.ts';
import {checkedByClient, type FlagRow, row} from './flag-rows.ts';

// In this order: the options are read for the driver.
export const outputRows: Record<string, FlagRow> = {
  attach: row(
    parsedList('list', parseStream)({char: 'a', description: "Show only these streams: 'stdout', 'stderr'"}),
    (options, streams) => {
      options.attached = [...new Set(streams)];
    },
  ),
  'log-driver': row(
    text({description: "Where its output is kept: 'json-file', 'k8s-file', 'journald' or 'none'"}),
    (options, name) => {
      const driver = parseLogDriver(name);
      if (driver !== undefined) options.log = {driver, given: {}};
    },
  ),
  'log-opt': row(
    list({description: 'Options of the log: max-size=SIZE, max-file=NUMBER'}),
    (options, texts) => {
      const driver = options.log?.driver;
      const read = () => parseLogOptions(texts, driver);
      options.log = driver === 'none' ? checkedByClient(read) : read();
    },
  ),
};
