import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {resolveUser} from '../../bundles/container-user.ts';
import {engineErrorOf} from '../support/engine-error.ts';

const passwd = `root:x:0:0:root:/root:/bin/sh
# a comment
alice:x:1000:1000:Alice,,,:/home/alice:/bin/bash
bob:x:1001:1001::/home/bob:
  spaced:x:1002:1003::/home/spaced:
nohome:x:1004:1004
alice:x:2000:2000::/home/second:
broken
half:x:abc:1:::
`;
const group = `root:x:0:
alice:x:1000:
audio:x:29:alice
video:x:44:bob,alice
dialout:x:20:
# off:x:99:alice
bad:x::alice
`;
const files = {passwd, group};

const users: [text: string, expected: ReturnType<typeof resolveUser>][] = [
  ['', {uid: 0, gid: 0, additionalGids: [0], home: '/root', name: 'root'}],
  ['root', {uid: 0, gid: 0, additionalGids: [0], home: '/root', name: 'root'}],
  ['alice', {uid: 1000, gid: 1000, additionalGids: [1000, 29, 44], home: '/home/alice', name: 'alice'}],
  ['1000', {uid: 1000, gid: 1000, additionalGids: [1000, 29, 44], home: '/home/alice', name: 'alice'}],
  ['+1000', {uid: 1000, gid: 1000, additionalGids: [1000, 29, 44], home: '/home/alice', name: 'alice'}],
  ['alice:', {uid: 1000, gid: 1000, additionalGids: [1000, 29, 44], home: '/home/alice', name: 'alice'}],
  // An explicit group drops those that list the user.
  ['alice:dialout', {uid: 1000, gid: 20, additionalGids: [20], home: '/home/alice', name: 'alice'}],
  ['alice:44', {uid: 1000, gid: 44, additionalGids: [44], home: '/home/alice', name: 'alice'}],
  ['1000:4444', {uid: 1000, gid: 4444, additionalGids: [4444], home: '/home/alice', name: 'alice'}],
  // A number needs no entry, and has group 0 then.
  ['77', {uid: 77, gid: 0, additionalGids: [0], home: '/'}],
  ['77:88', {uid: 77, gid: 88, additionalGids: [88], home: '/'}],
  ['77:video', {uid: 77, gid: 44, additionalGids: [44], home: '/'}],
  [':video', {uid: 0, gid: 44, additionalGids: [44], home: '/root', name: 'root'}],
  ['spaced', {uid: 1002, gid: 1003, additionalGids: [1003], home: '/home/spaced', name: 'spaced'}],
  ['nohome', {uid: 1004, gid: 1004, additionalGids: [1004], home: '/', name: 'nohome'}],
  ['2147483647', {uid: 2147483647, gid: 0, additionalGids: [0], home: '/'}],
];
for (const [text, expected] of users) {
  test(`user '${text}' is ${expected.uid}:${expected.gid}`, () => {
    assert.equal(resolveUser(text, files), expected);
  });
}

test('an image without the files still has root and numbers', () => {
  const none = {passwd: '', group: ''};
  assert.equal(resolveUser('', none), {uid: 0, gid: 0, additionalGids: [0], home: '/'});
  assert.equal(resolveUser('5:6', none), {uid: 5, gid: 6, additionalGids: [6], home: '/'});
});

test('added groups come after the user’s own, each once', () => {
  const user = resolveUser('alice', {...files, groupAdd: ['dialout', '44', '555']});
  assert.equal(user.additionalGids, [1000, 29, 44, 20, 555]);
});

const failures: [text: string, code: string, message: string][] = [
  ['carol', 'user-not-found', 'unable to find user carol: no matching entries in passwd file'],
  ['carol:alice', 'user-not-found', 'unable to find user carol: no matching entries in passwd file'],
  ['alice:carol', 'user-not-found', 'unable to find group carol: no matching entries in group file'],
  // Docker makes root of these lines.
  ['broken', 'user-not-found', 'unable to find user broken: no matching entries in passwd file'],
  ['half', 'user-not-found', 'unable to find user half: no matching entries in passwd file'],
  ['alice:bad', 'user-not-found', 'unable to find group bad: no matching entries in group file'],
  ['-1', 'invalid-option', 'uids and gids must be in range 0-2147483647'],
  ['2147483648', 'invalid-option', 'uids and gids must be in range 0-2147483647'],
  ['0:99999999999', 'invalid-option', 'uids and gids must be in range 0-2147483647'],
];
for (const [text, code, message] of failures) {
  test(`user '${text}' is refused in Docker’s words`, async () => {
    const error = await engineErrorOf(() => resolveUser(text, files));
    assert.is(error.code, code);
    assert.is(error.message, message);
  });
}

test.run();
