// crundle(1): what it is, every command in a line, and what all of them have in common.

import {configKeys} from '../../src/config/keys.ts';
import type {CommandEntry} from '../cli/command-list.ts';
import {pageName} from './command-page.ts';
import {pageHead, taggedList, textLines} from './mdoc.ts';

const exitCodes: [string, string][] = [
  ['0', 'The command did what it was asked for.'],
  ['1', 'It did not; standard error says why, and what to do.'],
  [
    '125',
    'run, create, exec and start -a: crundle itself failed, such as by a wrong flag or an image that is not to be had.',
  ],
  ['126', 'run and exec: the program in the container cannot be executed.'],
  ['127', 'run and exec: the program is not in the container.'],
];

const files: [string, string][] = [
  ['/etc/crundle/config.json', 'How crundle works on this machine: see crundle-config(5).'],
  ['/var/lib/crundle', 'Images as an OCI image layout, unpacked layers, containers, volumes and the state.'],
  ['/run/crundle', 'Sockets, locks and exit codes of running containers.'],
  ['/etc/apparmor.d/crundle-default', 'The AppArmor profile of containers that name none.'],
];

export function mainPage(entries: readonly CommandEntry[], seconds: number): string {
  const variables = Object.values(configKeys).flatMap(({name, variable}): [string, string][] =>
    variable === undefined ? [] : [[variable, `In place of ${name} in the configuration.`]],
  );
  return `${pageHead('crundle', 1, "container engine with Docker's commands and no daemon", seconds)}
.Sh SYNOPSIS
.Nm
.Ar COMMAND
.Op Ar ARG ...
.Nm
.Ar COMMAND
.Fl -help
.Nm
.Fl -version
.Sh DESCRIPTION
${textLines("Runs containers from OCI images. The names of commands and flags, what they print and how they exit are Docker's. There is no daemon: each command does its work and ends, and what runs is a container's own processes and one conmon. The default platform is linux/arm64 on every machine.")}
.Pp
Each command has a page of its own:
${taggedList(entries.map((entry) => [`.Xr ${pageName(entry)} 1`.slice(1), textLines(`${entry.command.summary}.`)]))}
.Pp
${textLines('Containers with a restart policy come back after a reboot by crundle.service. What the engine does is in the journal:')}
.Bd -literal -offset indent
journalctl \\-t crundle
journalctl CRUNDLE_CONTAINER=web
.Ed
.Sh ENVIRONMENT
${taggedList([['CRUNDLE_CONFIG', 'The configuration file, in place of the default one.'], ...variables].map(([name = '', text = '']) => [`Ev ${name}`, textLines(text)]))}
.Sh FILES
${taggedList(files.map(([path, text]) => [`Pa ${path}`, textLines(text)]))}
.Sh EXIT STATUS
${taggedList(exitCodes.map(([code, text]) => [code, textLines(text)]))}
.Pp
${textLines("Otherwise run, exec and start -a exit as the container's command did, with 128 and the signal's number when a signal ended it.")}
.Sh SEE ALSO
.Xr crun 1 ,
.Xr crundle-run 1 ,
.Xr crundle-config 5 ,
.Xr conmon 8 ,
.Xr nft 8
`;
}
