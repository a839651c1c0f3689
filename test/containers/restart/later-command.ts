// A contract between versions: conmon, and the shell that waits for a restart, keep these words for as long as a container runs,
// over upgrades of the package. What they call must be there for ever.
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {processArguments} from '../../../src/system/process-identity.ts';
import {conmonOf} from '../../support/reboot.ts';
import {processesWith, runWithPolicy, untilLongPause} from '../../support/restarting-container.ts';
import {serveBusybox} from '../../support/served-busybox.ts';
import {assertHostClean, crundleOk, crundlePath, testHost} from '../../support/test-host.ts';

const test = suite('the command that is called later');
const {image} = await serveBusybox(test);

const wordsFor = (id: string) => [
  '/usr/bin/env',
  `CRUNDLE_DATA_ROOT=${testHost.dataRoot}`,
  `CRUNDLE_RUN_ROOT=${testHost.runRoot}`,
  `CRUNDLE_CONFIG=${testHost.configPath}`,
  crundlePath,
  ...['container', 'cleanup', id],
];

test.after.each(async () => {
  await crundleOk(['rm', '-f', 'web']);
  await assertHostClean();
});

test("conmon's exit command ends in the launcher and 'container cleanup ID'", async () => {
  const id = await runWithPolicy('no', '--name', 'web', image, 'sleep', '600');
  const words = processArguments(conmonOf(id)).filter((_, index, all) =>
    ['--exit-command', '--exit-command-arg'].includes(all[index - 1] ?? ''),
  );
  assert.equal(words.slice(0, 2), ['/bin/sh', '-c']);
  assert.equal(words.slice(-8), wordsFor(id));
});

test('so does the shell that waits for a restart', async () => {
  const id = await runWithPolicy('always', '--name', 'web', image, 'sh', '-c', 'exit 3');
  await untilLongPause('web');
  const waiting = processesWith(id).map(({pid}) => processArguments(pid).slice(0, -1));
  const words = waiting.find((args) => args.includes('crundle-restart'));
  assert.equal(words?.slice(0, 2), ['/bin/sh', '-c']);
  assert.equal(words?.slice(-8), wordsFor(id));
});

test.run();
