import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {readStartFailure} from '../../src/runtime/start-failure.ts';
import {collect, createRuntimeContainer, rootfsPath} from '../support/runtime-container.ts';
import {testHost} from '../support/test-host.ts';

const test = suite('start-failure');

for (const terminal of [false, true]) {
  const where = terminal ? 'on a terminal' : 'without a terminal';

  test(`a file that no processor runs and a script without its interpreter are told, ${where}`, async () => {
    writeFileSync(join(rootfsPath(), 'broken'), '\x7fELF', {mode: 0o755});
    writeFileSync(join(rootfsPath(), 'script'), '#!/no/such/thing\n', {mode: 0o755});
    for (const [command, code, message, exit] of [
      ['/broken', 'command-not-executable', 'exec: "/broken": exec format error', 126],
      ['/script', 'command-not-found', 'exec: "/script": its interpreter is not there', 127],
    ] as const) {
      const container = await createRuntimeContainer([command], {terminal});
      const output = collect(container.attach().output);
      await container.crun.start(container.id);
      await output;
      const {exitCode} = await container.exit();
      assert.is(exitCode, 1);
      const error = readStartFailure(exitCode, container.logPath);
      assert.equal([error?.code, error?.message, error?.oclif.exit], [code, message, exit]);
      await container.remove();
    }
  });
}

test('a command that ran and failed is no such failure', () => {
  const path = join(testHost.tmp, 'some.log');
  assert.is(readStartFailure(1, path), undefined, 'no log');
  writeFileSync(path, '');
  assert.is(readStartFailure(1, path), undefined, 'an empty log');
  writeFileSync(path, '2026-11-24T10:47:12.123456789+00:00 stderr F no such file\n');
  assert.is(readStartFailure(1, path), undefined);
  writeFileSync(
    path,
    '2026-11-24T10:47:12.123456789+00:00 stderr F exec container process `/x`: Exec format error\n',
  );
  assert.is(readStartFailure(2, path), undefined);
  assert.is(readStartFailure(1, path)?.oclif.exit, 126);
});

test.run();
