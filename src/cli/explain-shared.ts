// The end of what containers share, in the script of `explain`: others may have come to use it by then. Pure.
import type {PlannedStep, RunPlan} from '../engine.ts';
import {shellWord} from '../shell/shell-text.ts';

/** `linesOf` are those of a step. */
export function sharedCleanup(
  {bridges, made, cleanup, otherwise}: RunPlan['shared'],
  linesOf: (step: PlannedStep) => string[],
): string[] {
  if (made.length + cleanup.length === 0) return [];
  return [
    '# What all containers share goes only if no other is on a bridge of crundle or has a published port. The end of an interface',
    '# comes a moment after that of its namespace.',
    ...isUsedFunction(bridges),
    ...(made.length > 0 ? isNeededFunction : []),
    'tries=0',
    'while is_used && [ "$tries" -lt 30 ]; do sleep 0.1; tries=$((tries + 1)); done',
    ...made.map((name) => `is_needed ${shellWord(name)} || ip link delete ${shellWord(name)}`),
    ...choice(cleanup.flatMap(linesOf), otherwise.flatMap(linesOf)),
  ];
}

function choice(unused: readonly string[], used: readonly string[]): string[] {
  if (unused.length === 0) return [];
  return ['if is_used; then', ...(used.length === 0 ? [':'] : used), 'else', ...unused, 'fi'];
}

// Connections from this host's loopback to ports of other networks may have been given this bridge's address.
const isNeededFunction = [
  'is_needed() {',
  '[ -n "$(ip -br link show master "$1")" ] || {',
  'address=$(ip -o -4 addr show "$1" | sed -n \'s|.* inet \\([0-9.]*\\)/.*|\\1|p\')',
  'is_used && nft list table ip crundle | grep -qF "saddr set $address"',
  '}',
  '}',
];

// Also bridges of networks that are made after this, by the beginning of their names.
function isUsedFunction(bridges: readonly string[]): string[] {
  const names = ['cr-', ...bridges.map((name) => `${name} `)].map((name) => name.replaceAll('.', '\\.'));
  return [
    'is_used() {',
    `ip -o link show type bridge_slave | grep -Eq ${shellWord(` master (${names.join('|')})`)} ||`,
    'for map in publish4 publish4_any publish6 publish6_any; do nft list map inet crundle "$map"; done | grep -q elements',
    '}',
  ];
}
