// What a person reads of a check: its findings, its summary, how far it is.
import {suite} from 'uvu';
import {is} from 'uvu/assert';
import {reportText} from '../../src/cli/check-report.ts';
import {progressText} from '../../src/cli/output/check-display.ts';
import type {StoreReport} from '../../src/engine/check/report.ts';

const test = suite('check report');

const report = (change: Partial<StoreReport> = {}): StoreReport => ({
  whole: true,
  deep: false,
  repair: false,
  checked: {images: 1, containers: 2, blobs: 3, layers: 1, entries: 1, bytes: 12_345_678},
  unproven: [],
  findings: [],
  ...change,
});

const layer = {
  kind: 'layer',
  object: 'sha256:ab',
  problems: ['/bin/sh: is missing'],
  problemCount: 4,
  state: 'damaged',
  images: ['app:1', 'app:2'],
  containers: ['web'],
} as const;

test('a whole store is one line, with what has no proof', () => {
  is(reportText(report()), 'Checked 1 image, 1 layer (1 entry), 3 blobs, 2 containers: all is whole\n');
  is(
    reportText(report({deep: true, unproven: ['sha256:cd']})),
    'Checked 1 image, 1 layer (1 entry), 3 blobs, 2 containers, 12.35MB read: all is whole; 1 layer of an earlier version without a manifest\n',
  );
});

test('a finding says what is wrong, how much more is, and whom it concerns', () => {
  const findings = [
    {...layer, problems: [...layer.problems], images: [...layer.images], containers: ['web']},
  ];
  is(
    reportText(report({whole: false, findings})),
    `layer sha256:ab: damaged
  /bin/sh: is missing
  and 3 more
  images: app:1, app:2
  containers: web
Checked 1 image, 1 layer (1 entry), 3 blobs, 2 containers: 0 mended, 1 damaged; 'crundle system check --repair' mends what can be mended
`,
  );
  const mended = findings.map((found) => ({
    ...found,
    state: 'mended' as const,
    outcome: 'unpacked again from its blob',
    problemCount: 1,
    images: [],
    containers: [],
  }));
  is(
    reportText(report({repair: true, findings: mended})),
    `layer sha256:ab: mended: unpacked again from its blob
  /bin/sh: is missing
Checked 1 image, 1 layer (1 entry), 3 blobs, 2 containers: 1 mended, 0 damaged
`,
  );
});

test('the name of a file in an image drives no terminal and forges no line', () => {
  const problems = ['/\u001b[2Jx\nlayer y: mended: is missing'];
  const [found, problem] = reportText(
    report({findings: [{...layer, problems, problemCount: 1, images: [], containers: []}]}),
  ).split('\n');
  is(found, 'layer sha256:ab: damaged');
  is(problem, '  /\\x1b[2Jx\\nlayer y: mended: is missing');
});

test('how far a check is fits the terminal, with a bar where there is room', () => {
  const object = `layer sha256:${'ab'.repeat(32)}`;
  is(
    progressText({task: 'checking', object, done: 50_000_000, total: 200_000_000}, 120),
    'Checking layer sha256:abababababab [=======>                       ] 50MB/200MB',
  );
  is(
    progressText({task: 'mending', object, done: 5, total: 20}, 80),
    'Mending layer sha256:abababababab 5B/20B',
  );
  is(progressText({task: 'checking', object}, 20), 'Checking layer sha2');
});

test.run();
