// The flags of run and create about what a container shares with the host and with others: namespaces, users, parameters.
import {parseIpc, parsePid, parseUserNamespace, parseUts} from '../../bundles/options/namespaces.ts';
import {parseSysctl} from '../../bundles/options/sysctl.ts';
import {list, parsedList, text} from './flag-kinds.ts';
import {checkedByClient, type FlagRow, row} from './flag-rows.ts';

export const namespaceRows: Record<string, FlagRow> = {
  'group-add': row(list({description: 'Give it further groups, by name or number'}), (options, groups) => {
    options.groupAdd = groups;
  }),
  ipc: row(
    text({description: "IPC and /dev/shm: 'private', 'shareable', 'none', 'host' or 'container:NAME'"}),
    (options, mode) => {
      const ipc = parseIpc(mode);
      if (ipc !== undefined) options.ipc = ipc;
    },
  ),
  pid: row(text({description: "Processes that it sees: 'host' or 'container:NAME'"}), (options, mode) => {
    const pid = checkedByClient(() => parsePid(mode));
    if (pid !== undefined) options.pid = pid;
  }),
  sysctl: row(
    parsedList('map', parseSysctl)({description: 'Set kernel parameters of its namespaces, as NAME=VALUE'}),
    (options, sysctls) => {
      options.sysctls = Object.fromEntries(sysctls);
    },
  ),
  userns: row(text({description: "User namespace: 'host'"}), (options, mode) => {
    const userns = checkedByClient(() => parseUserNamespace(mode));
    if (userns !== undefined) options.userns = userns;
  }),
  uts: row(text({description: "Host name and domain: 'host'"}), (options, mode) => {
    const uts = checkedByClient(() => parseUts(mode));
    if (uts !== undefined) options.uts = uts;
  }),
};
