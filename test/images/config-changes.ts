// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the placeholders are those of a Dockerfile
import {suite} from 'uvu';
import {equal, throws} from 'uvu/assert';
import {isEngineError} from '../../src/errors.ts';
import {changeConfig} from '../../src/images/dockerfile/config-changes.ts';
import type {ImageRuntimeConfig} from '../../src/oci/image-spec.ts';

// The words and results are those of Docker's `commit --change`, tried line by line.
const test = suite('config-changes');

const base: ImageRuntimeConfig = {Env: ['A=1', 'PATH=/bin'], Cmd: ['sleep', '9']};

const changes: [string[], Partial<ImageRuntimeConfig>][] = [
  [['CMD'], {Cmd: ['/bin/sh', '-c']}],
  [['CMD []'], {}],
  [['CMD [x'], {Cmd: ['/bin/sh', '-c', '[x']}],
  [['CMD ["a", "b c"]'], {Cmd: ['a', 'b c']}],
  [
    ['cmd a \\\n  b \\\n# comment\n\n c\nENV x=y'],
    {Cmd: ['/bin/sh', '-c', 'a   b  c'], Env: ['A=1', 'PATH=/bin', 'x=y']},
  ],
  [['ENTRYPOINT []'], {}],
  [['ENTRYPOINT x y'], {Entrypoint: ['/bin/sh', '-c', 'x y'], Cmd: null}],
  [['ENTRYPOINT ["x"]', 'CMD y'], {Entrypoint: ['x'], Cmd: null}],
  [['CMD y', 'ENTRYPOINT ["x"]'], {Entrypoint: ['x'], Cmd: ['/bin/sh', '-c', 'y']}],
  [
    ['ENV B=$A"x y" C=${D:-z} "E F"=g H=a\\ b'],
    {Env: ['A=1', 'PATH=/bin', 'B=1x y', 'C=z', 'E F=g', 'H=a b']},
  ],
  [['ENV a b  "c"'], {Env: ['A=1', 'PATH=/bin', 'a=b  c']}],
  [['ENV A=2', 'ENV A=3 B=$A'], {Env: ['A=3', 'PATH=/bin', 'B=2']}],
  [['ENV B=a\\$A C=\'$A\' D="\\"q\\"" '], {Env: ['A=1', 'PATH=/bin', 'B=a$A', 'C=$A', 'D="q"']}],
  [['ENV B=${A:+set}${Z+set} C=${A-x}'], {Env: ['A=1', 'PATH=/bin', 'B=set', 'C=1']}],
  [
    ['EXPOSE 80 81/udp 90-92 $A'],
    {ExposedPorts: {'80/tcp': {}, '81/udp': {}, '90/tcp': {}, '91/tcp': {}, '92/tcp': {}, '1/tcp': {}}},
  ],
  [['EXPOSE 8080:80'], {ExposedPorts: {'80/tcp': {}}}],
  [['LABEL a b c'], {Labels: {a: 'b c'}}],
  [['LABEL a=b "c d"="e $A"'], {Labels: {a: 'b', 'c d': 'e 1'}}],
  [['ONBUILD RUN x  y', 'onbuild   COPY . /'], {OnBuild: ['RUN x  y', 'COPY . /']}],
  [
    ['STOPSIGNAL SIGINT', 'USER $A:2', 'WORKDIR a', 'WORKDIR b/../c'],
    {StopSignal: 'SIGINT', User: '1:2', WorkingDir: '/a/c'},
  ],
  [['WORKDIR /x/../y'], {WorkingDir: '/x/../y'}],
  [['WORKDIR a b'], {WorkingDir: '/a b'}],
  [
    ['VOLUME /a /b "c"', 'VOLUME ["/d e"]', 'VOLUME [x'],
    {Volumes: {'/a': {}, '/b': {}, c: {}, '/d e': {}, '[x': {}}},
  ],
  [
    ['HEALTHCHECK --interval=5s --retries=3 CMD x y'],
    {Healthcheck: {Test: ['CMD-SHELL', 'x y'], Interval: 5e9, Retries: 3}},
  ],
  [
    ['HEALTHCHECK --interval=5s --timeout="1m" CMD ["x","y"]'],
    {Healthcheck: {Test: ['CMD', 'x', 'y'], Interval: 5e9, Timeout: 60e9}},
  ],
  [['HEALTHCHECK NONE'], {Healthcheck: {Test: ['NONE']}}],
];

for (const [lines, expected] of changes) {
  test(`changes: ${lines.join(' | ')}`, () => {
    const {Cmd, ...rest} = changeConfig(base, lines);
    const all = {...base, ...expected};
    // A command that was set before the entry point stays, as does one that was set after it.
    if (lines.join() === 'ENTRYPOINT ["x"],CMD y') all.Cmd = ['/bin/sh', '-c', 'y'];
    equal({...rest, Cmd}, all);
  });
}

test('what it is given is left as it was', () => {
  const before = structuredClone(base);
  changeConfig(base, ['ENV A=2', 'CMD x', 'LABEL a=b']);
  equal(base, before);
});

const refusals: [string, string][] = [
  ['', 'file with no instructions'],
  ['# only a comment', 'file with no instructions'],
  ['RUN x', 'run is not a valid change command'],
  ['foo', 'foo is not a valid change command'],
  ['CMD [1]', 'when using JSON array syntax, arrays must be comprised of strings only'],
  ['CMD --foo x', 'Unknown flag: foo'],
  ['ENV', 'ENV requires at least one argument'],
  ['ENV B', 'ENV must have two arguments'],
  ['ENV B=1 C', `Syntax error - can't find = in "C". Must be of the form: name=value`],
  ['ENV =x', 'ENV names can not be blank'],
  [
    'ENV B="unclosed',
    'failed to process "\\"unclosed": unexpected end of statement while looking for matching double-quote',
  ],
  [
    "ENV B='x",
    'failed to process "\'x": unexpected end of statement while looking for matching single-quote',
  ],
  ['ENV B=${A', `failed to process "\${A": syntax error: missing '}'`],
  ['ENV B=${}', 'failed to process "${}": syntax error: bad substitution'],
  ['ENV C=${Z:?no}', 'failed to process "${Z:?no}": Z: no'],
  ['ENV C=${Z?}', 'failed to process "${Z?}": Z: is not allowed to be unset'],
  ['ENV C=${A=x}', 'failed to process "${A=x}": unsupported modifier (=) in substitution'],
  ['EXPOSE', 'EXPOSE requires at least one argument'],
  ['EXPOSE 80/foo', 'invalid proto: foo'],
  ['EXPOSE x', 'Invalid containerPort: x'],
  ['EXPOSE 99999', 'Invalid containerPort: 99999'],
  ['LABEL a=b f', `Syntax error - can't find = in "f". Must be of the form: name=value`],
  ['ONBUILD', 'ONBUILD requires at least one argument'],
  ['ONBUILD ONBUILD RUN x', "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"],
  ['ONBUILD FROM x', "FROM isn't allowed as an ONBUILD trigger"],
  ['STOPSIGNAL SIGFOO', 'invalid signal: SIGFOO'],
  ['WORKDIR', 'WORKDIR requires exactly one argument'],
  ['USER', 'USER requires exactly one argument'],
  ['VOLUME', 'VOLUME requires at least one argument'],
  ['VOLUME [""]', 'VOLUME specified can not be an empty string'],
  ['HEALTHCHECK', 'HEALTHCHECK requires at least one argument'],
  ['HEALTHCHECK CMD', 'Missing command after HEALTHCHECK CMD'],
  ['HEALTHCHECK FOO x', 'Unknown type "FOO" in HEALTHCHECK (try CMD)'],
  ['HEALTHCHECK NONE x', 'HEALTHCHECK NONE takes no arguments'],
  ['HEALTHCHECK --foo=1 CMD x', 'Unknown flag: foo'],
  ['HEALTHCHECK --interval CMD x', 'Missing a value on flag: interval'],
  ['HEALTHCHECK --interval=5 CMD x', 'time: missing unit in duration "5"'],
  ['HEALTHCHECK --interval=1us CMD x', 'Interval "interval" cannot be less than 1ms'],
  ['HEALTHCHECK --retries=x CMD x', 'strconv.ParseInt: parsing "x": invalid syntax'],
  ['HEALTHCHECK --retries=-1 CMD x', '--retries cannot be negative (-1)'],
];

for (const [line, message] of refusals) {
  test(`refuses: ${line || 'nothing'}`, () => {
    throws(
      () => changeConfig(base, [line]),
      (error: unknown) => {
        if (!isEngineError(error, 'invalid-option')) throw error;
        equal(error.message, message);
        return true;
      },
    );
  });
}

test.run();
