import {readFileSync} from 'node:fs';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {SecurityOptions} from '../../../bundles/container-options.ts';
import {parseSecurityOptions} from '../../../bundles/options/security-options.ts';
import {engineErrorOf} from '../../support/engine-error.ts';

const profile = '{"defaultAction":"SCMP_ACT_ALLOW"}';

function parse(...texts: string[]): SecurityOptions {
  return parseSecurityOptions(texts, (path) =>
    path === '/good.json' ? profile : readFileSync(path, 'utf8'),
  );
}

const plain: SecurityOptions = {seccomp: {kind: 'default'}, unconfinedSystemPaths: false};

const options: [texts: string[], change: Partial<SecurityOptions>][] = [
  [[], {}],
  [['no-new-privileges'], {noNewPrivileges: true}],
  [['no-new-privileges=true'], {noNewPrivileges: true}],
  [['no-new-privileges:true'], {noNewPrivileges: true}],
  [['no-new-privileges', 'no-new-privileges=0'], {noNewPrivileges: false}],
  [['seccomp=unconfined'], {seccomp: {kind: 'unconfined'}}],
  [['seccomp:unconfined'], {seccomp: {kind: 'unconfined'}}],
  [['seccomp=builtin'], {seccomp: {kind: 'builtin'}}],
  [['seccomp=/good.json'], {seccomp: {kind: 'profile', json: profile}}],
  [['apparmor=mine'], {apparmor: 'mine'}],
  [['systempaths=unconfined'], {unconfinedSystemPaths: true}],
  [['label=disable'], {}],
  [['disable'], {}],
  [
    ['apparmor=unconfined', 'seccomp=unconfined', 'no-new-privileges'],
    {apparmor: 'unconfined', seccomp: {kind: 'unconfined'}, noNewPrivileges: true},
  ],
];
for (const [texts, change] of options) {
  test(`${JSON.stringify(texts)} is taken`, () => {
    assert.equal(parse(...texts), {...plain, ...change});
  });
}

const refused: [text: string, code: string, message: string][] = [
  ['foo', 'invalid-option', 'invalid --security-opt: "foo"'],
  ['foo=bar', 'invalid-option', 'invalid --security-opt: "foo=bar"'],
  ['no-new-privileges=x', 'invalid-option', 'invalid --security-opt: "no-new-privileges=x"'],
  ['systempaths=x', 'invalid-option', 'invalid --security-opt: "systempaths=x"'],
  ['apparmor=', 'invalid-option', 'invalid --security-opt: "apparmor="'],
  ['seccomp=/nope', 'invalid-option', 'opening seccomp profile (/nope) failed: no such file or directory'],
  ['label=type:x', 'not-supported', '--security-opt label=type:x: SELinux labels are not supported'],
];
for (const [text, code, message] of refused) {
  test(`'${text}' is refused`, async () => {
    const error = await engineErrorOf(() => parse(text));
    assert.is(error.code, code);
    assert.is(error.message, message);
    assert.is(error.oclif.exit, 125);
  });
}

test('a profile that is not one is refused before anything is created', async () => {
  const error = await engineErrorOf(() => parseSecurityOptions(['seccomp=/x'], () => '{"syscalls": 1}'));
  assert.is(error.message, 'decoding seccomp profile failed: syscalls is not a list');
});

test.run();
