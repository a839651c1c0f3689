// node test/support/pull-process.ts ROOT REFERENCE: one pull in a process of its own, to be killed.
import {PullHost} from './pull-host.ts';

const [root, reference = ''] = process.argv.slice(2);
await new PullHost(root).pull(reference);
console.log('pulled');
