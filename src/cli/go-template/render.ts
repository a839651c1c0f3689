// Go templates, as --format takes them: the part of text/template that is of use in one line, with the docker
// client's functions. What stands for Go's structs and maps is told in go-values.ts.
import {evaluate} from './evaluator.ts';
import {type FunctionTable, functions, headerFunctions} from './functions.ts';
import {MapIndex} from './go-values.ts';
import {parse} from './parser.ts';
import {TemplateSource} from './template-source.ts';

export interface Template {
  /** The text for one value. Throws EngineError 'invalid-option' with the position. */
  render(value: unknown): string;
  /** The line above a table: `headers` holds texts, which truncate, upper and the like leave alone. */
  renderHeader(headers: Readonly<Record<string, string>>): string;
}

export interface TemplateOptions {
  /** Fields whose objects are Go maps: any key is allowed in them. Default: the map fields of Docker's API. */
  mapFields?: ReadonlySet<string>;
}

/** Fields of Docker's API (and of its lists) that are maps. */
export const dockerMapFields: ReadonlySet<string> = new Set([
  'Annotations',
  'BuildArgs',
  'Data',
  'DriverOpts',
  'ExposedPorts',
  'Labels',
  'Networks',
  'Options',
  'PortBindings',
  'Ports',
  'Runtimes',
  'StorageOpt',
  'Sysctls',
  'Tmpfs',
  'Volumes',
]);

const known = new Set([...functions.keys(), 'and', 'or']);

/** Reads a template once for many values. Throws EngineError 'invalid-option' with the position. */
export function parseTemplate(text: string, {mapFields = dockerMapFields}: TemplateOptions = {}): Template {
  const source = new TemplateSource(text);
  const statements = parse(source, known);
  const run = (value: unknown, table: FunctionTable) =>
    evaluate(statements, value, {source, functions: table, maps: new MapIndex(value, mapFields)});
  return {
    render: (value) => run(value, functions),
    renderHeader: (headers) => run(headers, headerFunctions),
  };
}

/** parseTemplate and render in one. */
export function renderTemplate(text: string, value: unknown, options: TemplateOptions = {}): string {
  return parseTemplate(text, options).render(value);
}
