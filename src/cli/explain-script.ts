// A planned run as a script for a root shell. Pure: what is done, and in which order, the plan says; here it gets its words, the
// waiting for conmon, and the trap that cleans up.
import type {PlannedStep, RunPlan} from '../engine.ts';
import {inShortLines, shellWord, withHereDocument} from '../shell/shell-text.ts';
import {commentOf} from './explain-comments.ts';
import {awaitContainer, awaitCreation, conmonLines, deletion, printOutput} from './explain-conmon.ts';
import {sharedCleanup} from './explain-shared.ts';

/** `typed` is the line that was explained. */
export function explainScript(plan: RunPlan, typed: readonly string[]): string {
  return [
    ...heading(plan, typed),
    // One compound command: a shell reads all of it before it does any, and what it sets stays in it.
    '(',
    'set -eu',
    'umask 022',
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'LC_ALL=C.UTF-8',
    'export PATH LC_ALL',
    '',
    ...cleanupFunction(plan),
    '',
    'trap clean_up EXIT',
    "trap 'exit 130' INT",
    "trap 'exit 143' TERM",
    "trap 'exit 129' HUP",
    ...plan.steps.flatMap((step, index) => [
      ...comment(step, plan.steps[index - 1]),
      ...(step.kind === 'call' && step.isConmon ? conmonStep(step.call, plan) : stepLines(step)),
    ]),
    '',
    ...awaitContainer(plan),
    ...printOutput(plan),
    'exit "$code"',
    ')',
    '',
  ].join('\n');
}

function heading({name, hasInput, hasTerminal}: RunPlan, typed: readonly string[]): string[] {
  return [
    '#!/bin/sh',
    `# What this would do here, as crundle's own code has just planned it, and nothing of which was done:`,
    `#   ${inShortLines(`crundle run ${typed.map(shellWord).join(' ')}`).replaceAll('\n', '\n#   ')}`,
    `# Paste it into a root shell, or give it to sh: it runs the container (${name}), waits for it, and takes everything away again,`,
    "# also on Ctrl-C. Addresses, ports and tables are as they are now: start no other container before. It is none of crundle's",
    "# own ('crundle ps' does not show it).",
    ...(hasInput || hasTerminal
      ? [
          "# 'crundle run' attaches to conmon's socket for input and terminal, which no shell can: here it gets no input.",
        ]
      : []),
  ];
}

function conmonStep(call: string, plan: RunPlan): string[] {
  return [...conmonLines(call, plan), ...awaitCreation(plan)];
}

// A comment stands before the first of steps that have the same.
function comment(step: PlannedStep, before: PlannedStep | undefined): string[] {
  const text = commentOf(step);
  if (text === undefined || (before && commentOf(before) === text)) return [];
  return ['', ...text.split('\n').map((line) => `# ${line}`)];
}

function stepLines(step: PlannedStep): string[] {
  const path = step.kind === 'call' ? '' : shellWord(step.path);
  switch (step.kind) {
    case 'call':
      return [callText(step.call)];
    case 'folder':
      return [`mkdir -p -m ${octal(step.mode)} ${path}`];
    case 'file':
      return [fileText(path, step), `chmod ${octal(step.mode)} ${path}`];
    case 'link':
      return [`ln -sfn ${shellWord(step.target)} ${path}`];
    case 'removal':
      return [`rm -rf --one-file-system ${path}`];
    case 'leaving':
      return [`rmdir --ignore-fail-on-non-empty ${path}`];
  }
}

// A folder to work in is that of one call. What is in a here document stays as it is.
function callText(call: string): string {
  const [, line = call, document = ''] = /^(.*? <<'\w+')(\n.*)$/s.exec(call) ?? [];
  const text = `${inShortLines(line)}${document}`;
  return call.startsWith('cd ') ? `(${text}${document === '' ? '' : '\n'})` : text;
}

// What only root may read never lies open, not even while it is written.
function fileText(path: string, {mode, text}: {mode: number; text: string}): string {
  const guarded = (command: string) => ((mode & 0o077) === 0 ? `(umask 077; ${command})` : command);
  if (text === '') return guarded(`: >${path}`);
  const isLong = text.split('\n').some((line) => Buffer.byteLength(line) > 4000);
  if (isLong || !text.endsWith('\n')) return guarded(inShortLines(`printf %s ${shellWord(text)} >${path}`));
  return withHereDocument(guarded(`cat >${path}`), text);
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

function cleanupFunction(plan: RunPlan): string[] {
  return [
    '# Takes back what was done, as far as it was; what is not there is no error. The container is killed if it still runs.',
    'clean_up() {',
    'status=$?',
    'set +e',
    "trap '' INT TERM HUP EXIT",
    'exec 9>&2 2>/dev/null',
    ...plan.cleanup.flatMap((step) => (isDeletion(step) ? deletion(step.call, plan) : stepLines(step))),
    ...sharedCleanup(plan.shared, stepLines),
    'exec 2>&9',
    'exit "$status"',
    '}',
  ];
}

function isDeletion(step: PlannedStep): step is Extract<PlannedStep, {kind: 'call'}> {
  return step.kind === 'call' && step.call.includes(' delete --force ');
}
