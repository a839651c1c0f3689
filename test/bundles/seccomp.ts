import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {
  parseSeccompProfile,
  resolveSeccomp,
  type SeccompProfile,
  type SeccompTarget,
} from '../../bundles/seccomp.ts';
import {engineErrorOf} from '../support/engine-error.ts';

const target: SeccompTarget = {
  architecture: 'arm64',
  kernel: {major: 5, minor: 10},
  capabilities: ['CAP_CHOWN', 'CAP_BPF'],
};

function namesLeft(rules: SeccompProfile['syscalls'], change: Partial<SeccompTarget> = {}): string[] {
  const profile: SeccompProfile = {defaultAction: 'SCMP_ACT_ERRNO', syscalls: rules ?? []};
  return (resolveSeccomp(profile, {...target, ...change})?.syscalls ?? []).flatMap(({names}) => names);
}

const action = 'SCMP_ACT_ALLOW';

test('a rule for capabilities holds when all of them are there', () => {
  assert.equal(
    namesLeft([
      {names: ['both'], action, includes: {caps: ['CAP_CHOWN', 'CAP_BPF']}},
      {names: ['one'], action, includes: {caps: ['CAP_CHOWN', 'CAP_KILL']}},
      {names: ['none'], action, includes: {caps: []}},
    ]),
    ['both', 'none'],
  );
});

test('a rule against capabilities is out when any of them is there', () => {
  assert.equal(
    namesLeft([
      {names: ['any'], action, excludes: {caps: ['CAP_KILL', 'CAP_BPF']}},
      {names: ['none'], action, excludes: {caps: ['CAP_KILL']}},
    ]),
    ['none'],
  );
});

test('architectures are told by the words of Go', () => {
  const rules = [
    {names: ['arm'], action, includes: {arches: ['arm', 'arm64']}},
    {names: ['intel'], action, includes: {arches: ['amd64', 'x86']}},
    {names: ['but-arm'], action, excludes: {arches: ['arm64']}},
  ] as const;
  const mutable = rules.map((rule) => structuredClone(rule)) as unknown as SeccompProfile['syscalls'];
  assert.equal(namesLeft(mutable), ['arm']);
  assert.equal(namesLeft(mutable, {architecture: 'amd64'}), ['intel', 'but-arm']);
  assert.equal(namesLeft(mutable, {architecture: '386'}), ['intel', 'but-arm']);
});

test('a rule may need a kernel, with numbers compared as numbers', () => {
  assert.equal(
    namesLeft([
      {names: ['4.8'], action, includes: {minKernel: '4.8'}},
      {names: ['5.9'], action, includes: {minKernel: '5.9'}},
      {names: ['5.11'], action, includes: {minKernel: '5.11'}},
      {names: ['not since 5.10'], action, excludes: {minKernel: '5.10'}},
    ]),
    ['4.8', '5.9'],
  );
});

test('the architectures are those that the map has for the host', () => {
  const profile: SeccompProfile = {
    defaultAction: 'SCMP_ACT_ERRNO',
    archMap: [
      {architecture: 'SCMP_ARCH_AARCH64', subArchitectures: ['SCMP_ARCH_ARM']},
      {architecture: 'SCMP_ARCH_RISCV64', subArchitectures: null},
    ],
    syscalls: [],
  };
  const architecturesOn = (architecture: SeccompTarget['architecture']) =>
    resolveSeccomp(profile, {...target, architecture})?.architectures;
  assert.equal(architecturesOn('arm64'), ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM']);
  assert.equal(architecturesOn('riscv64'), ['SCMP_ARCH_RISCV64']);
  assert.is(architecturesOn('s390x'), undefined);
});

test('what containers-common adds to the format is left out', () => {
  const profile = parseSeccompProfile(
    JSON.stringify({
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: 38,
      defaultErrno: 'ENOSYS',
      syscalls: [
        {
          names: ['socket'],
          action: 'SCMP_ACT_ERRNO',
          errnoRet: 22,
          errno: 'EINVAL',
          comment: '',
          args: [{index: 0, value: 16, valueTwo: 0, op: 'SCMP_CMP_EQ'}],
          includes: {},
          excludes: {},
        },
        {names: ['read'], action, args: null},
      ],
    }),
  );
  assert.equal(resolveSeccomp(profile, target), {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: 38,
    syscalls: [
      {
        names: ['socket'],
        action: 'SCMP_ACT_ERRNO',
        errnoRet: 22,
        args: [{index: 0, value: 16, op: 'SCMP_CMP_EQ'}],
      },
      {names: ['read'], action},
    ],
  });
});

test('an empty profile means no filter', () => {
  assert.is(resolveSeccomp(parseSeccompProfile('{}'), target), undefined);
});

test('argument values of 64 bits stay whole', () => {
  const profile = parseSeccompProfile(
    `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"name": "x", "action": "SCMP_ACT_ERRNO",
      "args": [{"index": 1, "value": 18446744073709551615, "op": "SCMP_CMP_EQ"}]}]}`,
  );
  assert.is(resolveSeccomp(profile, target)?.syscalls?.[0]?.args?.[0]?.value, 2n ** 64n - 1n);
});

const broken: [text: string, message: RegExp][] = [
  ['{', /^decoding seccomp profile failed: Expected property name/],
  ['[]', /^decoding seccomp profile failed: the profile is not an object$/],
  ['{"defaultAction": "ALLOW"}', /defaultAction "ALLOW" is not a seccomp action$/],
  ['{"syscalls": {}}', /syscalls is not a list$/],
  ['{"syscalls": [1]}', /syscalls\[0\] is not an object$/],
  ['{"syscalls": [{"names": ["a"]}]}', /syscalls\[0\]\.action undefined is not a seccomp action$/],
  ['{"syscalls": [{"names": [1], "action": "SCMP_ACT_LOG"}]}', /syscalls\[0\]\.names is not a list of text$/],
  [
    '{"syscalls": [{"name": "a", "names": ["b"], "action": "SCMP_ACT_LOG"}]}',
    /syscalls\[0\]: use either 'name' or 'names', not both$/,
  ],
  [
    '{"syscalls": [{"name": "a", "action": "SCMP_ACT_LOG", "args": [{"index": 0}]}]}',
    /syscalls\[0\]\.args need index, value and op$/,
  ],
  [
    '{"architectures": ["A"], "archMap": [{"architecture": "A"}]}',
    /use either 'architectures' or 'archMap', not both$/,
  ],
];
for (const [text, message] of broken) {
  test(`a broken profile is refused: ${text}`, async () => {
    const error = await engineErrorOf(() => parseSeccompProfile(text));
    assert.is(error.code, 'invalid-option');
    assert.match(error.message, message);
  });
}

test.run();
