// A planned run as a script for a root shell. Pure: what is done, and in which order, the plan says; here it gets its words, the
// waiting for conmon, and the trap that cleans up.
import type {PlannedStep, RunPlan} from '../engine.ts';
import {commentOf} from './explain-comments.ts';
import {awaitContainer, awaitCreation, conmonLines, deletion, printOutput} from './explain-conmon.ts';
import {shellWord} from './shell-word.ts';

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
    `#   crundle run ${typed.map(shellWord).join(' ').replaceAll('\n', '\n#   ')}`,
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
      return [inSubshell(step.call)];
    case 'folder':
      return [`mkdir -p -m ${octal(step.mode)} ${path}`];
    case 'file':
      return [...fileLines(path, step.text), `chmod ${octal(step.mode)} ${path}`];
    case 'link':
      return [`ln -sfn ${shellWord(step.target)} ${path}`];
    case 'removal':
      return [`rm -rf --one-file-system ${path}`];
    case 'leaving':
      return [`rmdir --ignore-fail-on-non-empty ${path}`];
  }
}

// A folder to work in is that of one call.
function inSubshell(call: string): string {
  return call.startsWith('cd ') ? `(${call})` : call;
}

function fileLines(path: string, text: string): string[] {
  if (text === '') return [`: >${path}`];
  if (!text.endsWith('\n')) return [`printf %s ${shellWord(text)} >${path}`];
  let end = 'END';
  while (`\n${text}`.includes(`\n${end}\n`)) end += '_';
  return [`cat >${path} <<'${end}'`, text.slice(0, -1), end];
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

function cleanupFunction(plan: RunPlan): string[] {
  const {bridges, cleanup} = plan.shared;
  const shared = cleanup.flatMap(stepLines);
  return [
    '# Takes back what was done, as far as it was; what is not there is no error. The container is killed if it still runs.',
    'clean_up() {',
    'status=$?',
    'set +e',
    "trap '' INT TERM HUP EXIT",
    'exec 9>&2 2>/dev/null',
    ...plan.cleanup.flatMap((step) => (isDeletion(step) ? deletion(step.call, plan) : stepLines(step))),
    ...(shared.length === 0 ? [] : unlessUsed(bridges, shared)),
    'exec 2>&9',
    'exit "$status"',
    '}',
  ];
}

function isDeletion(step: PlannedStep): step is Extract<PlannedStep, {kind: 'call'}> {
  return step.kind === 'call' && step.call.includes(' delete --force ');
}

// Another container may be on the bridge by now. The end of this one goes a moment after its namespace.
function unlessUsed(bridges: readonly string[], lines: readonly string[]): string[] {
  const ports = bridges.map((name) => `ip -br link show master ${name}`).join('; ');
  if (bridges.length === 0) return [...lines];
  return [
    'tries=0',
    `while [ -n "$(${ports})" ] && [ "$tries" -lt 30 ]; do sleep 0.1; tries=$((tries + 1)); done`,
    `if [ -z "$(${ports})" ]; then`,
    ...lines,
    'fi',
  ];
}
