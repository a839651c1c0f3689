// crundle-config(5): the configuration file, from the table of its keys.

import {defaultConfigPath} from '../../src/config/config.ts';
import {type ConfigKey, configKeys} from '../../src/config/keys.ts';
import {pageHead, taggedList, textLines, words} from './mdoc.ts';

export function configPage(seconds: number): string {
  return `${pageHead('crundle-config', 5, 'configuration of crundle', seconds)}
.Sh SYNOPSIS
.Pa ${defaultConfigPath}
.Sh DESCRIPTION
${textLines("A JSON object with the key names of Docker's daemon.json. It may hold comments as in JavaScript, and a comma after the last key. The file that the package installs shows every key, switched off. A file that does not exist counts as empty. A wrong key, type or value is an error that names the file, the line and the key; nothing is accepted and ignored. The next command reads the file: nothing has to be restarted.")}
.Pp
The keys are as follows:
${taggedList(Object.values(configKeys).map(keyItem))}
.Sh ENVIRONMENT
.Bl -tag -width Ds
.It Ev CRUNDLE_CONFIG
Names another file.
.El
.Sh FILES
.Bl -tag -width Ds
.It Pa ${defaultConfigPath}
The configuration.
.El
.Sh EXAMPLES
.Bd -literal -offset indent
{
  // a mirror of docker.io in this network
  \\(dqregistry\\-mirrors\\(dq: [\\(dqhttps://mirror.example\\(dq],
  \\(dqlog\\-opts\\(dq: {\\(dqmax\\-size\\(dq: \\(dq20m\\(dq, \\(dqmax\\-file\\(dq: 5},
}
.Ed
.Sh SEE ALSO
.Xr crundle 1
`;
}

function keyItem({
  name,
  type,
  meaning,
  shownDefault,
  fallback,
  variable,
}: ConfigKey<unknown>): [string, string] {
  const byDefault = shownDefault ?? (fallback === undefined ? undefined : JSON.stringify(fallback));
  const text = [
    meaning.replaceAll('`', ''),
    byDefault === undefined ? 'Unset by default.' : `Default: ${byDefault}.`,
    ...(variable === undefined ? [] : [`The environment variable ${variable} goes over it.`]),
  ];
  return [`Cm ${words(name)}`, `.Sy ${words(type.replaceAll('`', ''))}\n.Pp\n${textLines(text.join(' '))}`];
}
