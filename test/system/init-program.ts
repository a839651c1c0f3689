import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {findInitProgram} from '../../src/system/init-program.ts';
import {saySkipped} from '../support/test-host.ts';

const path = findInitProgram();
if (path === undefined) {
  saySkipped('no init program is installed: apt install tini');
  test.skip('the init is static and runs a command', () => undefined);
} else {
  test('the init is static: it names no loader', () => {
    assert.not(readFileSync(path).includes('/ld-linux'), path);
  });

  test('the init runs a command behind two dashes', () => {
    assert.is(
      execFileSync(path, ['--', 'echo', 'hello'], {encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']}),
      'hello\n',
    );
  });
}

test.run();
