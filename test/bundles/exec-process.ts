import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {buildExecProcess, type ExecInput} from '../../bundles/exec-process.ts';
import {buildChecked, bundleInput, hostFacts} from '../support/bundle-input.ts';

const alice = {uid: 1000, gid: 1000, additionalGids: [1000, 44], home: '/home/alice', name: 'alice'};
const config = buildChecked(
  bundleInput({env: ['A=1'], workingDir: '/srv', ulimits: [{name: 'nofile', soft: 10, hard: 20}]}),
);

function exec(change: Partial<ExecInput> = {}) {
  return buildExecProcess({
    config,
    command: ['id'],
    env: [],
    tty: false,
    privileged: false,
    host: hostFacts(),
    ...change,
  });
}

test('a plain exec is the container’s process with another command', () => {
  assert.equal(exec(), {...config.process, args: ['id']});
});

test('another user brings groups, home and no capabilities', () => {
  const process = exec({user: alice});
  assert.equal(process.user, {uid: 1000, gid: 1000, additionalGids: [1000, 44]});
  assert.equal(process.capabilities?.effective, []);
  assert.equal(process.capabilities?.bounding, config.process.capabilities?.bounding);
  assert.equal(
    process.env.filter((entry) => entry.startsWith('HOME=')),
    ['HOME=/home/alice'],
  );
});

test('HOME that the run had set stays for every user', () => {
  const own = buildChecked(bundleInput({env: ['HOME=/data']}));
  assert.ok(exec({config: own, user: alice}).env.includes('HOME=/data'));
});

test('root in a container of another user has the bounding set', () => {
  const own = buildChecked(bundleInput({}, {user: alice}));
  const root = {uid: 0, gid: 0, additionalGids: [0], home: '/root', name: 'root'};
  assert.equal(exec({config: own, user: root}).capabilities?.effective, own.process.capabilities?.bounding);
});

test('variables are added, changed and removed', () => {
  const {env} = exec({env: ['B=2', 'A=3', 'HOSTNAME']});
  assert.equal(env.slice(1), ['A=3', 'HOME=/root', 'B=2']);
});

test('a terminal brings TERM, unless the container has one', () => {
  assert.ok(exec({tty: true}).env.includes('TERM=xterm'));
  assert.is(exec({tty: true}).terminal, true);
  const own = buildChecked(bundleInput({env: ['TERM=dumb']}));
  assert.equal(
    exec({config: own, tty: true}).env.filter((entry) => entry.startsWith('TERM=')),
    ['TERM=dumb'],
  );
});

test('privileged has all capabilities of the host, for every user', () => {
  const {bounding} = hostFacts().capabilities;
  const {capabilities} = exec({user: alice, privileged: true});
  assert.equal(capabilities?.bounding, bounding);
  assert.equal(capabilities?.effective, bounding);
});

test('the working folder is the container’s unless another is given', () => {
  assert.is(exec().cwd, '/srv');
  assert.is(exec({workingDir: '/tmp'}).cwd, '/tmp');
});

test.run();
