// What `system check` prints: each object that is not what it should be, with what is wrong, what was done and whom it concerns.
import type {StoreFinding, StoreReport} from '../engine/check/report.ts';
import {humanSize} from './output/human-units.ts';
import {oneLine} from './output/others-words.ts';

/** The findings, and one line of summary. Names of files in it drive no terminal. */
export function reportText(report: StoreReport): string {
  return [...report.findings.flatMap(findingLines), summaryLine(report)]
    .map((line) => `${oneLine(line, true)}\n`)
    .join('');
}

function findingLines({kind, object, problems, problemCount, state, outcome, ...of}: StoreFinding): string[] {
  const more = problemCount - problems.length;
  return [
    `${kind} ${object}: ${state}${outcome === undefined ? '' : `: ${outcome}`}`,
    ...problems.map((problem) => `  ${problem}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...(of.images.length > 0 ? [`  images: ${of.images.join(', ')}`] : []),
    ...(of.containers.length > 0 ? [`  containers: ${of.containers.join(', ')}`] : []),
  ];
}

function summaryLine({checked, findings, whole, deep, repair, unproven}: StoreReport): string {
  const {images, layers, blobs, containers, entries, bytes} = checked;
  const counts = `${plural(images, 'image')}, ${plural(layers, 'layer')} (${plural(entries, 'entry', 'entries')}), ${plural(blobs, 'blob')}, ${plural(containers, 'container')}`;
  const read = deep ? `, ${humanSize(bytes)} read` : '';
  const old =
    unproven.length === 0
      ? ''
      : `; ${plural(unproven.length, 'layer')} of an earlier version without a manifest`;
  const mended = findings.filter(({state}) => state === 'mended').length;
  const damaged = findings.length - mended;
  if (findings.length === 0) return `Checked ${counts}${read}: all is whole${old}`;
  const flags = deep ? '--deep --repair' : '--repair';
  const hint = whole || repair ? '' : `; 'crundle system check ${flags}' mends what can be mended`;
  return `Checked ${counts}${read}: ${mended} mended, ${damaged} damaged${old}${hint}`;
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
