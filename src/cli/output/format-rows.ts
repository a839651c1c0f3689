// `--format` of lists: a table, a table of one's own template, JSON by line, or a template by line.

import {alignColumns} from './table.ts';

/** One row: Docker's field names (`ID`, `Names`, …) and their texts. */
export type Row = Record<string, string>;

export interface RowFormat {
  /** Fields of the standard table, in order. */
  table: readonly string[];
  /** Headers of all fields: `ID` to 'CONTAINER ID'. */
  headers: Row;
  /** What --format was given; absent means the standard table. */
  format?: string | undefined;
}

/** The whole output, which ends in a line feed unless it is empty. */
export async function formatRows(rows: readonly Row[], {table, headers, format}: RowFormat): Promise<string> {
  if (format === undefined || format === 'table') {
    return alignColumns([headers, ...rows].map((row) => table.map((field) => row[field] ?? '')));
  }
  if (format === 'json' || format === '{{json .}}') {
    return rows.map((row) => `${goJson(sorted(row))}\n`).join('');
  }
  const {parseTemplate} = await import('../go-template/render.ts');
  const asTable = /^table\s/.test(format);
  const template = parseTemplate(unescapeTabs(asTable ? format.slice('table '.length) : format));
  const lines = rows.map(template.render);
  if (asTable) lines.unshift(template.renderHeader(headers));
  return asTable
    ? alignColumns(lines.map((line) => line.split('\t')))
    : lines.map((line) => `${line}\n`).join('');
}

/**
 * Adds Docker's `{{.Label "NAME"}}`: the value of one label, and without `labels`, for a header, the last part of its name.
 * Only templates see it.
 */
export function withLabels<T extends Row>(row: T, labels?: Readonly<Record<string, string>>): T {
  const value = labels
    ? (name: string) => (Object.hasOwn(labels, name) ? labels[name] : '')
    : (name: string) => (name.split('.').at(-1) ?? '').replaceAll(/[-_]/g, ' ');
  return Object.defineProperty(row, 'Label', {value, enumerable: false});
}

/** JSON as Go's encoder writes it: on one line, with <, > and & escaped. */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, escapeLikeGo);
}

function escapeLikeGo(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function sorted(row: Row): Row {
  return Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));
}

// As the docker client does: a shell's '\t' is two characters.
function unescapeTabs(template: string): string {
  return template.trim().replaceAll('\\t', '\t').replaceAll('\\n', '\n');
}
