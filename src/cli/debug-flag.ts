// --debug, the one flag that stands before the command, and CRUNDLE_DEBUG, which is the same for a script or a shell.
import {rewriteDockerArgv} from './docker-argv.ts';

const grammar = {command: 'crundle', flags: {debug: {type: 'boolean', char: 'D'}}} as const;

/** Takes the flag off the front of a command line. Throws 'invalid-option' as Docker does for `--debug=maybe`. */
export function takeDebugFlag(argv: string[], env = process.env): {argv: string[]; debug: boolean} {
  let debug = !['', '0', 'false'].includes(env.CRUNDLE_DEBUG ?? '');
  let at = 0;
  for (let word = argv[at]; word !== undefined && /^(-D|--debug)(=|$)/.test(word); word = argv[++at]) {
    debug = rewriteDockerArgv([word], grammar).argv[0] === '--debug';
  }
  return {argv: at === 0 ? argv : argv.slice(at), debug};
}

/** Shows what crundle calls on standard error from now on. */
export async function showCalls(write: (text: string) => void): Promise<void> {
  const {traceTo} = await import('../engine.ts');
  traceTo(write);
}
