// Events as entries of the systemd journal: which fields, which words, which priority. docs/journal.md is the same for people.
import {parseSignal} from '../../bundles/options/signal.ts';
import type {EngineEvent} from '../events.ts';
import {Journal, type JournalFields} from '../system/journal.ts';

const journal = new Journal();

/** Writes one event, if it is not routine. Labels stay out: what a person put there is not for every reader of the journal. */
export function journalEvent(event: EngineEvent): void {
  if (!event.routine) journal.write(journalFields(event));
}

type Attributes = Readonly<Record<string, string>>;

/** Pure. */
export function journalFields(event: EngineEvent): JournalFields {
  const {type, action, actor} = event;
  return {
    MESSAGE: messageOf(event),
    MESSAGE_ID: messageIds.get(action),
    PRIORITY: String(priorityOf(event)),
    SYSLOG_IDENTIFIER: 'crundle',
    SYSLOG_FACILITY: daemonFacility,
    CRUNDLE_EVENT: action,
    CRUNDLE_TYPE: type,
    ...subjectFields(event),
    ...(action === 'die' && {CRUNDLE_EXIT_CODE: actor.attributes.exitCode}),
    ...(action === 'kill' && {CRUNDLE_SIGNAL: signalName(actor.attributes)}),
    ...(action === 'refuse' && {CRUNDLE_ERROR: actor.attributes.code}),
  };
}

const daemonFacility = '3';

/** For catalogs and alerts: what a person may want to be woken for. */
const messageIds: ReadonlyMap<EngineEvent['action'], string> = new Map([
  ['die', '0fd72c735e204cf99eca517668faac9a'],
  ['health_status: unhealthy', '9f3c86c1b0a64c7f8d0e6a52c1f4b7d3'],
  ['oom', '5a1361af6bfe4a0c80bd65535641ce23'],
  ['heal', '102e391142cc41bf876668f893c63458'],
  ['refuse', '25d846eb5f0b48a4b68e64f30755040a'],
]);

function subjectFields(event: EngineEvent): JournalFields {
  const {
    type,
    actor: {id, attributes},
  } = event;
  const {name, image, container} = attributes;
  const ofId = id === '' ? undefined : id;
  switch (type) {
    case 'container':
      return {CRUNDLE_CONTAINER: name, CRUNDLE_CONTAINER_ID: ofId, CRUNDLE_IMAGE: image};
    case 'image':
      return {CRUNDLE_IMAGE: imageName(event)};
    case 'network':
      return {CRUNDLE_NETWORK: name, CRUNDLE_NETWORK_ID: ofId, CRUNDLE_CONTAINER_ID: container};
    case 'volume':
      return {CRUNDLE_VOLUME: ofId};
  }
}

// The name of a pull and a push has no tag, their id has.
function imageName({action, actor: {id, attributes}}: EngineEvent): string | undefined {
  return action === 'pull' || action === 'push' ? id : attributes.name;
}

// syslog(3): 3 error, 4 warning, 5 notice, 6 information.
function priorityOf({action, actor: {attributes}}: EngineEvent): number {
  if (action === 'refuse') return 3;
  if (action === 'oom' || action === 'heal' || action === 'health_status: unhealthy') return 4;
  return action === 'die' && attributes.exitCode !== '0' ? 5 : 6;
}

function messageOf(event: EngineEvent): string {
  const {
    type,
    action,
    actor: {id, attributes},
  } = event;
  const name = type === 'image' ? imageName(event) : attributes.name;
  const subject = [type, name ?? id].filter((word) => word !== '').join(' ');
  switch (action) {
    case 'create':
      return `created ${subject}${type === 'container' ? ` from ${attributes.image}` : ''}`;
    case 'kill':
      return `sent ${signalName(attributes)} to ${subject}`;
    case 'oom':
      return `${subject} ran out of memory: the kernel killed a process in it`;
    case 'die':
      return `${subject} ended with exit code ${attributes.exitCode}${lengthOf(attributes)}`;
    case 'connect':
      return `connected container ${attributes.container?.slice(0, 12)} to ${subject}`;
    case 'disconnect':
      return `disconnected container ${attributes.container?.slice(0, 12)} from ${subject}`;
    case 'heal':
      return `mended ${subject}: ${attributes.reason}`;
    case 'health_status: healthy':
    case 'health_status: unhealthy':
      return `${subject} is ${action.slice('health_status: '.length)}`;
    case 'refuse':
      return `cannot ${attributes.task} ${subject}: ${reasonOf(attributes)}`;
    default:
      return `${done.get(action) ?? action} ${subject}`;
  }
}

const done: ReadonlyMap<EngineEvent['action'], string> = new Map(
  Object.entries({
    start: 'started',
    stop: 'stopped',
    restart: 'restarted',
    pause: 'paused',
    unpause: 'unpaused',
    rename: 'renamed',
    update: 'updated',
    destroy: 'removed',
    commit: 'committed',
    pull: 'pulled',
    push: 'pushed',
    import: 'imported',
    load: 'loaded',
    save: 'saved',
    tag: 'tagged',
    untag: 'untagged',
    delete: 'deleted',
  }) as [EngineEvent['action'], string][],
);

function lengthOf({execDuration}: Attributes): string {
  return execDuration === undefined ? '' : ` after ${execDuration} s`;
}

function reasonOf({reason = '', hint}: Attributes): string {
  return hint === undefined ? reason : `${reason} (${hint})`;
}

// Events have Docker's numbers.
function signalName({signal = ''}: Attributes): string {
  return /^\d+$/.test(signal) ? parseSignal(signal).name : signal;
}
