// How `events` shows an event: Docker's line, its JSON, or a Go template over its fields.
import type {RecordedEvent} from '../engine.ts';
import {isEngineError} from '../errors.ts';
import {rfc3339} from './output/human-units.ts';
import {oneLine} from './output/others-words.ts';
import {UsageError} from './usage-error.ts';

/**
 * Without the line feed at the end; `isTerminal`: a terminal shows it. A template's control characters are what was asked for.
 * Throws UsageError (exit 64, as Docker) for a template that is none.
 */
export async function eventFormat(
  format: string | undefined,
  {isTerminal}: {isTerminal: boolean},
): Promise<(event: RecordedEvent) => string> {
  if (format === undefined || format === '') return (event) => oneLine(eventLine(event), isTerminal);
  const {dockerMapFields, parseTemplate} = await import('./go-template/render.ts');
  const mapFields = new Set([...dockerMapFields, 'Attributes']);
  const wording = <T>(action: () => T): T => {
    try {
      return action();
    } catch (error) {
      if (!isEngineError(error)) throw error;
      throw new UsageError(error.message, {exit: 64, cause: error});
    }
  };
  const template = wording(() => parseTemplate(format === 'json' ? '{{json .}}' : format, {mapFields}));
  return (event) => wording(() => template.render(dockerMessage(event)));
}

// `time` in the local zone.
function eventLine({type, action, actor: {id, attributes}, timeNano}: RecordedEvent): string {
  const pairs = sortedKeys(attributes).map((key) => `${key}=${attributes[key]}`);
  const details = pairs.length > 0 ? ` (${pairs.join(', ')})` : '';
  return `${localTime(timeNano)} ${type} ${action} ${id}${details}`;
}

// The fields and, where Go's names of them are others, the JSON of Docker's events.Message: `status`, `id` and `from` are
// those of API versions before 1.22, which only containers and images had.
function dockerMessage({type, action, actor: {id, attributes}, timeNano}: RecordedEvent): object {
  const isOld = type === 'container' || type === 'image';
  const status = isOld ? action : '';
  const oldId = isOld ? id : '';
  const from = type === 'container' ? (attributes.image ?? '') : '';
  const actor = {
    ID: id,
    Attributes: Object.fromEntries(sortedKeys(attributes).map((key) => [key, attributes[key]])),
  };
  const time = Number(timeNano / 1_000_000_000n);
  const fields = {
    Status: status,
    ID: oldId,
    From: from,
    Type: type,
    Action: action,
    Actor: actor,
    Scope: 'local',
    Time: time,
    TimeNano: timeNano,
  };
  const json = () => ({
    ...(status !== '' && {status}),
    ...(oldId !== '' && {id: oldId}),
    ...(from !== '' && {from}),
    Type: type,
    Action: action,
    Actor: actor,
    scope: 'local',
    time,
    timeNano,
  });
  return Object.defineProperty(fields, 'toJSON', {value: json, enumerable: false});
}

function sortedKeys(attributes: Readonly<Record<string, string>>): string[] {
  return Object.keys(attributes).sort();
}

// With nine digits of a second, as Go's time.Format.
function localTime(timeNano: bigint): string {
  const fraction = String(timeNano % 1_000_000_000n).padStart(9, '0');
  return rfc3339(new Date(Number(timeNano / 1_000_000n)), `.${fraction}`);
}
