// conmon and crun in the script of `explain`: what crundle does over pipes, with files and waiting. Pure.
import {join} from 'node:path';
import type {RunPlan} from '../engine.ts';
import {inShortLines, shellWord} from '../shell/shell-text.ts';

type Plan = Pick<RunPlan, 'id' | 'runFolder' | 'logFile'>;

const answerOf = ({runFolder}: Plan) => shellWord(join(runFolder, 'answer'));
const exitFileOf = ({runFolder, id}: Plan) => shellWord(join(runFolder, 'exit', id));
const conmonPidOf = ({runFolder}: Plan) => shellWord(join(runFolder, 'conmon.pid'));

/** conmon writes its answer to a file in place of the pipe that crundle reads. */
export function conmonLines(call: string, plan: Plan): string[] {
  const environment = 'env -i PATH="$PATH" LC_ALL="$LC_ALL" _OCI_SYNCPIPE=3';
  return [
    `: >${answerOf(plan)}`,
    inShortLines(
      `(cd ${shellWord(plan.runFolder)} && ${environment} ${call} </dev/null 3>${answerOf(plan)})`,
    ),
  ];
}

/** Until `crun create` is done, or has failed. */
export function awaitCreation(plan: Plan): string[] {
  const answer = answerOf(plan);
  return [
    'tries=0',
    `until [ -s ${answer} ] || [ "$tries" -ge 600 ]; do sleep 0.05; tries=$((tries + 1)); done`,
    `grep -q '"data": *[1-9]' ${answer} || { cat ${answer} >&2; exit 125; }`,
  ];
}

/** Until conmon has written the exit code. */
export function awaitContainer(plan: Plan): string[] {
  return [
    '# conmon writes the exit code into a file when the container has ended.',
    `conmon=$(cat ${conmonPidOf(plan)})`,
    `while [ ! -s ${exitFileOf(plan)} ] && kill -0 "$conmon" 2>/dev/null; do sleep 0.1; done`,
    `code=$(cat ${exitFileOf(plan)})`,
  ];
}

/** From the log, whose lines are `TIME STREAM F|P text`: P is a line that does not end there. */
export function printOutput({logFile}: Plan): string[] {
  if (logFile === undefined) return ['# The output has gone where its log driver sends it.'];
  const text = 'substr($0, length($1) + length($2) + length($3) + 4)';
  const program = (stream: string) =>
    `$2 == "${stream}" { printf "%s%s", ${text}, ($3 == "F" ? "\\n" : "") }`;
  return [
    "# What it wrote, from conmon's log.",
    `awk '${program('stdout')}' ${shellWord(logFile)}`,
    `awk '${program('stderr')}' ${shellWord(logFile)} >&2`,
  ];
}

/** `crun delete`, and until conmon has ended: it would write into folders that are about to go. */
export function deletion(call: string, plan: Plan): string[] {
  return [
    `conmon=$(cat ${conmonPidOf(plan)})`,
    `${call} </dev/null`,
    'tries=0',
    'while kill -0 "$conmon" && [ "$tries" -lt 100 ]; do sleep 0.05; tries=$((tries + 1)); done',
  ];
}
