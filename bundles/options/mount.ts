// `--mount`: comma-separated keys and values. What Docker's client finds wrong with the text itself is found here; what
// its daemon finds wrong with the meaning, in mount-meaning.ts.

import {splitCsv} from './csv-fields.ts';
import {parseMemory} from './memory-size.ts';
import {optionError} from './option-error.ts';

/** The fields of one --mount, by Docker's names. Of a flag field `'true'` or `'false'`. */
export interface MountFields {
  type: string;
  source?: string;
  target: string;
  readOnly: boolean;
  bind: {propagation?: string; recursion?: string};
  volume: {
    noCopy?: boolean;
    driver?: string;
    subpath?: string;
    labels: Record<string, string>;
    options: Record<string, string>;
  };
  tmpfs: {sizeBytes?: number; mode?: number};
}

/** Throws EngineError 'invalid-option' in the words of Docker's client. */
export function parseMount(text: string): MountFields {
  const mount: MountFields = {
    type: 'volume',
    target: '',
    readOnly: false,
    bind: {},
    volume: {labels: {}, options: {}},
    tmpfs: {},
  };
  const groups = new Set<string>();
  for (const field of splitCsv(text)) {
    const [, key = field, value] = /^([^=]*)=(.*)$/s.exec(field) ?? [];
    const name = key.toLowerCase();
    setField(mount, name, value, field);
    const group = /^(bind|volume|tmpfs|image)-/.exec(name)?.[1];
    if (group !== undefined) groups.add(group);
  }
  if (mount.type === '') throw optionError('type is required');
  if (mount.target === '') throw optionError('target is required', {hint: 'add target=PATH'});
  for (const group of ['volume', 'image', 'bind', 'tmpfs']) {
    if (groups.has(group) && group !== mount.type) {
      throw optionError(`cannot mix '${group}-*' options with mount type '${mount.type}'`);
    }
  }
  checkRecursion(mount);
  return mount;
}

function setField(mount: MountFields, name: string, value: string | undefined, field: string): void {
  const flag = flagFields[name];
  if (flag !== undefined) {
    flag(mount, value === undefined ? true : parseBoolean(name, value));
    return;
  }
  if (value === undefined) throw optionError(`invalid field '${field}' must be a key=value pair`);
  const set = valueFields[name];
  if (set === undefined) throw optionError(`unexpected key '${name}' in '${field}'`);
  set(mount, value, name);
}

const flagFields: Record<string, (mount: MountFields, value: boolean) => void> = {
  readonly: (mount, value) => {
    mount.readOnly = value;
  },
  ro: (mount, value) => {
    mount.readOnly = value;
  },
  'volume-nocopy': ({volume}, value) => {
    volume.noCopy = value;
  },
  // Docker's older name of bind-recursive=disabled.
  'bind-nonrecursive': ({bind}, value) => {
    bind.recursion = value ? 'disabled' : 'enabled';
  },
};

const valueFields: Record<string, (mount: MountFields, value: string, name: string) => void> = {
  type: (mount, value) => {
    mount.type = value.toLowerCase();
  },
  source: setSource,
  src: setSource,
  target: setTarget,
  dst: setTarget,
  destination: setTarget,
  // A hint for Docker Desktop's shared folders.
  consistency: () => undefined,
  'bind-propagation': ({bind}, value) => {
    bind.propagation = value.toLowerCase();
  },
  'bind-recursive': ({bind}, value) => {
    if (!['enabled', 'disabled', 'writable', 'readonly'].includes(value)) {
      throw optionError(
        `invalid value for bind-recursive: ${value} (must be "enabled", "disabled", "writable", or "readonly")`,
      );
    }
    bind.recursion = value;
  },
  'volume-subpath': ({volume}, value) => {
    volume.subpath = value;
  },
  'volume-driver': ({volume}, value) => {
    volume.driver = value;
  },
  'volume-label': ({volume}, value) => setPair(volume.labels, value),
  'volume-opt': ({volume}, value) => setPair(volume.options, value),
  'image-subpath': () => undefined,
  'tmpfs-size': ({tmpfs}, value, name) => {
    tmpfs.sizeBytes = valid(name, value, () => parseMemory(value));
  },
  'tmpfs-mode': ({tmpfs}, value, name) => {
    if (!/^[0-7]{1,10}$/.test(value)) throw optionError(`invalid value for ${name}: ${value}`);
    tmpfs.mode = Number.parseInt(value, 8);
  },
};

function setSource(mount: MountFields, value: string): void {
  mount.source = value;
}

function setTarget(mount: MountFields, value: string): void {
  mount.target = value;
}

function setPair(pairs: Record<string, string>, text: string): void {
  const [name = '', ...value] = text.split('=');
  if (name !== '') pairs[name] = value.join('=');
}

// Go's strconv.ParseBool.
function parseBoolean(name: string, value: string): boolean {
  if (/^(1|t|T|TRUE|true|True)$/.test(value)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(value)) return false;
  throw optionError(`invalid value for ${name}: ${value}`);
}

function valid<T>(name: string, value: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw optionError(`invalid value for ${name}: ${value}`, {cause: error});
  }
}

function checkRecursion({readOnly, bind}: MountFields): void {
  const {recursion, propagation} = bind;
  if (recursion !== 'readonly' && recursion !== 'writable') return;
  const needs = (what: string) =>
    optionError(`option 'bind-recursive=${recursion}' requires '${what}' to be specified in conjunction`);
  if (!readOnly) throw needs('readonly');
  if (recursion === 'readonly' && propagation !== 'rprivate') throw needs('bind-propagation=rprivate');
}
