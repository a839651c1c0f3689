import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {ContainerOptions, SecurityOptions} from '../../bundles/container-options.ts';
import {checkContainerOptions} from '../../bundles/option-checks.ts';
import {containerOptions, hostFacts, hostWithout} from '../support/bundle-input.ts';
import {engineErrorOf} from '../support/engine-error.ts';

function check(options: Partial<ContainerOptions>, host = hostFacts()): string[] {
  return checkContainerOptions(containerOptions(options), host);
}

function security(change: Partial<SecurityOptions>): SecurityOptions {
  return {seccomp: {kind: 'default'}, unconfinedSystemPaths: false, ...change};
}

test('plain options pass without a warning', () => {
  assert.equal(check({}), []);
});

test('ports that nothing leads to are told of', () => {
  const ports = [{containerPort: 80, protocol: 'tcp'} as const];
  const warning = (kind: string) => [`Published ports are discarded when using ${kind} network mode`];
  assert.equal(check({network: {kind: 'host'}, ports}), warning('host'));
  assert.equal(check({network: {kind: 'none'}, publishAll: true}), warning('none'));
  assert.equal(check({network: {kind: 'host'}}), []);
  assert.equal(check({ports}), []);
});

test('warnings of the resources are passed on', () => {
  const host = hostFacts({cgroup: {...hostFacts().cgroup, controllers: []}});
  assert.is(check({resources: {pidsLimit: 1}}, host).length, 1);
});

const refused: [
  title: string,
  options: Partial<ContainerOptions>,
  host: ReturnType<typeof hostFacts>,
  code: string,
  message: string,
][] = [
  [
    'two mounts at one place',
    {
      mounts: [
        {type: 'tmpfs', target: '/x', options: []},
        {type: 'volume', target: '/x', readOnly: false, noCopy: false},
      ],
    },
    hostFacts(),
    'invalid-option',
    'Duplicate mount point: /x',
  ],
  [
    'a capability that is not there',
    {capAdd: ['SYS_TIME']},
    hostWithout('CAP_SYS_TIME'),
    'host-unsupported',
    'invalid CapAdd: capability not supported by your kernel or not available in the current environment: "CAP_SYS_TIME"',
  ],
  [
    'a ulimit that may not be set',
    {ulimits: [{name: 'nofile', soft: -1, hard: -1}]},
    hostWithout('CAP_SYS_RESOURCE'),
    'host-unsupported',
    'cannot set ulimit nofile to unlimited: the hard limit of this process is 524288, and it has no CAP_SYS_RESOURCE to raise it',
  ],
  [
    'an AppArmor profile without AppArmor',
    {security: security({apparmor: 'mine'})},
    hostFacts(),
    'host-unsupported',
    'cannot confine the container by AppArmor profile mine: this host has no AppArmor',
  ],
  [
    'a seccomp profile without seccomp',
    {security: security({seccomp: {kind: 'profile', json: '{}'}})},
    hostFacts({seccomp: false}),
    'host-unsupported',
    'seccomp is not enabled in your kernel, cannot run a custom seccomp profile',
  ],
];
for (const [title, options, host, code, message] of refused) {
  test(`${title} is refused`, async () => {
    const error = await engineErrorOf(() => check(options, host));
    assert.is(error.code, code);
    assert.is(error.message, message);
    assert.is(error.oclif.exit, 125);
  });
}

test('apparmor=unconfined is true of a host without AppArmor', () => {
  assert.equal(check({security: security({apparmor: 'unconfined'})}), []);
});

test.run();
