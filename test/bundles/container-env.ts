import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {applyEnv, containerEnv, defaultPath, mergeEnv, withHome} from '../../bundles/container-env.ts';

const plain = {image: [], run: [], hostname: 'h', tty: false};

test('without anything there are PATH and HOSTNAME', () => {
  assert.equal(containerEnv(plain), [`PATH=${defaultPath}`, 'HOSTNAME=h']);
});

test('the run’s variables come before the image’s, as in docker inspect', () => {
  assert.equal(mergeEnv(['A=image', 'B=image'], ['C=run', 'A=run']), ['C=run', 'A=run', 'B=image']);
});

test('PATH, HOSTNAME and TERM keep their place when the image or the run sets them', () => {
  assert.equal(
    containerEnv({...plain, tty: true, image: ['TERM=dumb', 'X=1'], run: ['PATH=/bin', 'HOSTNAME=other']}),
    ['PATH=/bin', 'HOSTNAME=other', 'TERM=dumb', 'X=1'],
  );
});

test('of a name given twice the last value holds', () => {
  assert.equal(containerEnv({...plain, run: ['A=1', 'B=2', 'A=3']}).slice(2), ['A=3', 'B=2']);
});

test('a bare name removes the image’s variable, and a default', () => {
  assert.equal(containerEnv({...plain, image: ['A=1', 'B=2'], run: ['A', 'PATH']}), ['HOSTNAME=h', 'B=2']);
});

test('an empty value is a value', () => {
  assert.equal(containerEnv({...plain, run: ['A=']}).slice(2), ['A=']);
});

test('values may hold equals signs', () => {
  assert.equal(applyEnv(['A=b=c'], ['A=d=e']), ['A=d=e']);
});

test('HOME is added only where there is none', () => {
  assert.equal(withHome(['A=1'], '/root'), ['A=1', 'HOME=/root']);
  assert.equal(withHome(['HOME=/x'], '/root'), ['HOME=/x']);
  assert.equal(withHome(['HOMES=/x'], '/root'), ['HOMES=/x', 'HOME=/root']);
});

test.run();
