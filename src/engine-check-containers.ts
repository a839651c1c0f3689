// The part of a check that looks at containers' own files: what nobody can bring back is at least said.
import {lstatSync} from 'node:fs';
import {join} from 'node:path';
import {containerPaths} from './containers/container-paths.ts';
import {type CheckContext, finding} from './engine-check-context.ts';

export function checkContainers({config, containers, report, options}: CheckContext): void {
  for (const record of containers) {
    if (record.status === 'creating' || record.status === 'removing') continue;
    report.checked.containers++;
    const problem = problemOf(containerPaths(config, record.id).folder);
    if (problem === undefined) continue;
    const found = finding('container', record.id, [problem], {
      images: [record.image],
      containers: [record.name],
    });
    report.findings.push(found);
    if (options.repair) {
      found.state = 'lost';
      found.outcome = `what it has written is lost: remove it with 'crundle rm ${record.name}', and make it anew`;
    }
  }
}

function problemOf(folder: string): string | undefined {
  for (const path of [folder, join(folder, 'upper'), join(folder, 'work')]) {
    if (!lstatSync(path, {throwIfNoEntry: false})?.isDirectory()) return `its folder ${path} is missing`;
  }
  return undefined;
}
