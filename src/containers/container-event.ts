// The events of containers, made from their records.
import {constants} from 'node:os';
import {type ContainerAction, type EngineEvent, refusalOf, volumeEvent} from '../events.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import type {ContainerStatus} from '../state/container-status.ts';
import type {ContainerContext} from './container-context.ts';
import type {ExitStatus} from './exit-status.ts';
import {runLengthMs} from './restart/run-length.ts';

/** What an event says of its container. */
export type EventSubject = Pick<ContainerRecord, 'id' | 'name' | 'image'> & {
  options: Pick<ContainerRecord['options'], 'labels'>;
};

/** An event of now. `attributes` come to the labels, the name and the image. */
export function containerEvent(
  action: ContainerAction,
  {id, name, image, options}: EventSubject,
  attributes: Record<string, string> = {},
): EngineEvent {
  return {
    type: 'container',
    action,
    actor: {id, attributes: {...options.labels, image, name, ...attributes}},
    time: new Date(),
  };
}

/** The same of what changes nothing about the container. */
export function routineEvent(...args: Parameters<typeof containerEvent>): EngineEvent {
  return {...containerEvent(...args), routine: true};
}

/** Tells which networks and volumes a container that is about to run has been given. */
export function tellPlugged({tell, network}: ContainerContext, {id, volumes}: ContainerRecord): void {
  network.tellRun(id, 'connect');
  for (const {name, target, readOnly} of byTarget(volumes)) {
    const details = {container: id, destination: target, propagation: '', 'read/write': String(!readOnly)};
    tell(volumeEvent('mount', name, details));
  }
}

/** The reverse, when it does not run. */
export function tellUnplugged({tell, network}: ContainerContext, {id, volumes}: ContainerRecord): void {
  network.tellRun(id, 'disconnect');
  for (const {name} of byTarget(volumes)) tell(volumeEvent('unmount', name, {container: id}));
}

function byTarget(volumes: ContainerRecord['volumes']): ContainerRecord['volumes'] {
  return volumes.toSorted((a, b) => (a.target < b.target ? -1 : 1));
}

/** Tells of a container's end, after its record has it. */
export function tellEnd(
  context: ContainerContext,
  record: ContainerRecord,
  {exitCode, oomKilled, finishedAt = new Date()}: ExitStatus & {finishedAt?: Date | undefined},
): void {
  const {tell} = context;
  if (oomKilled) tell(containerEvent('oom', record));
  const ranMs = runLengthMs(record, finishedAt);
  const execDuration = ranMs === undefined ? {} : {execDuration: String(Math.floor(ranMs / 1000))};
  tell(containerEvent('die', record, {exitCode: String(exitCode), ...execDuration}));
  tellUnplugged(context, record);
}

/** Tells that a signal was sent. */
export function tellSignal({tell}: ContainerContext, record: ContainerRecord, signal: string): void {
  const name = signal.toUpperCase().replace(/^(SIG)?/, 'SIG');
  const number = constants.signals[name as NodeJS.Signals] as number | undefined;
  tell(containerEvent('kill', record, {signal: String(number ?? signal)}));
}

/** Tells why a container could not be started. */
export function tellRefused({tell}: ContainerContext, record: ContainerRecord, error: unknown): void {
  const refusal = refusalOf('start', error);
  if (refusal) tell(containerEvent('refuse', record, refusal));
}

/** Tells what of the last boot could not be swept. */
export function tellUnswept({tell}: ContainerContext, subject: EventSubject, error: unknown): void {
  tell(containerEvent('refuse', subject, failureOf('clean up after', error)));
}

/** Tells why a container's health is not looked after. */
export function tellUnchecked({tell}: ContainerContext, subject: EventSubject, error: unknown): void {
  tell(containerEvent('refuse', subject, failureOf('check the health of', error)));
}

function failureOf(task: string, error: unknown): Record<string, string> {
  const reason = error instanceof Error ? error.message : String(error);
  return refusalOf(task, error) ?? {task, code: 'system-call-failed', reason};
}

/** Tells that what a killed command left, or an end that nobody saw, was mended. */
export function tellHealed({tell}: ContainerContext, record: ContainerRecord): void {
  const reason = healed[record.status];
  if (reason !== undefined) tell(containerEvent('heal', record, {reason}));
}

const healed: Partial<Record<ContainerStatus, string>> = {
  creating: 'its creation was interrupted, and is undone',
  starting: 'its start was interrupted',
  running: 'it was found ended, and nobody had seen to it',
  restarting: 'its restart was overdue',
  removing: 'its removal was interrupted, and is finished',
};
