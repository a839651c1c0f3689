// `port explain` for a person: one block a way to the port, the deciding rule quoted below its hop.
import {socketText} from '../addresses/ip-address.ts';
import type {PortExplanation} from '../engine.ts';

type Path = PortExplanation['paths'][number];
type Hop = Path['hops'][number];
type Decision = Hop['decisions'][number];

const hopNames: Record<Hop['at'], string> = {
  prerouting: 'before routing',
  input: 'input rules',
  detour: 'detour',
  output: 'output rules',
  forward: 'forward rules',
  translation: 'crundle',
  container: 'container',
  process: 'program',
};
const width = Math.max(...Object.values(hopNames).map(({length}) => length)) + 2;

export function portExplanationText(explanation: PortExplanation): string {
  const blocks = explanation.paths.map(
    ({from, address, verdict, hops}) =>
      `\n${from} -> ${socketText(address, explanation.port)}: ${verdict}\n${hops.map(hopText).join('')}`,
  );
  return [...introduction(explanation).map((line) => `${line}\n`), ...blocks].join('');
}

function introduction({port, protocol, policy, published, listeners, dormant}: PortExplanation): string[] {
  const name = `${port}/${protocol}`;
  const lines = published.map(
    ({container, hostIp, containerPort}) =>
      `${socketText(hostIp, port)}/${protocol} is published to port ${containerPort} of ${container}`,
  );
  if (published.length > 0) {
    lines.push(
      policy === 'host'
        ? "publish-policy host: the host's input rules apply"
        : "publish-policy open: the host's input rules are passed by",
    );
  } else if (listeners.length > 0) {
    lines.push(`${name} is published by no container`);
  } else {
    lines.push(`${name} is published by no container, and no program of this host listens on it`);
  }
  for (const {container, status} of dormant) {
    lines.push(`${container} publishes it when it runs (it is ${status}): crundle start ${container}`);
  }
  return lines;
}

function hopText({at, text, decisions, command, verdict}: Hop): string {
  const lines = [...(text === undefined ? [] : [text]), ...decisions.flatMap(decisionLines)];
  if (lines.length === 0) return '';
  if (command !== undefined && verdict !== 'reachable') lines.push(`to let it in: ${command}`);
  return lines
    .map((line, index) => `  ${(index === 0 ? hopNames[at] : '').padEnd(width)}${line}`)
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

const outcomeWords: Record<Decision['outcome'], string> = {
  accept: 'let in',
  drop: 'dropped',
  reject: 'rejected',
  translate: 'taken elsewhere',
};

function decisionLines(decision: Decision, index: number, all: readonly Decision[]): string[] {
  const {outcome, when, family, table, chain, rule, tool} = decision;
  const before = all[index - 1];
  const isRest = when.length === 0 && before !== undefined && before.when.length > 0;
  const condition = when.length === 0 ? '' : ` if ${when.join(' and ')}`;
  const program = tool === 'nft' ? '' : ` (${family === 'ip6' ? 'ip6tables' : 'iptables'})`;
  const place = `table ${family} ${table}, chain ${chain}${program}`;
  const outcomeText = `${isRest ? 'otherwise ' : ''}${outcomeWords[outcome]}${condition}`;
  if (rule === undefined) return [`${outcomeText} by the policy of ${place}`];
  return [`${outcomeText} by a rule of ${place}:`, `  ${rule}`];
}
