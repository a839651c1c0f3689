import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {parseTemplate, renderTemplate} from '../../../src/cli/go-template/render.ts';
import {isEngineError} from '../../../src/errors.ts';
import {data, dataMaps, dockerResults} from '../../support/go-template-results.ts';

for (const [template, text] of dockerResults) {
  test(`renders ${template} as docker does`, () => {
    const wrapped = `{{with .data}}${template}{{end}}`;
    assert.is(renderTemplate(wrapped, {data}, {mapFields: dataMaps}), text);
  });
}

// Where we differ from docker, on purpose.
const differences: [template: string, text: string, why: string][] = [
  ['{{truncate "héllo" 2}}', 'hé', 'docker cuts bytes, here the second half of é'],
  [
    '{{index .Labels "missing"}}|',
    '|',
    'docker does the same for labels; only maps of any values have no value',
  ],
  ['{{len .Nothing}}', '0', 'what is null in JSON was an empty list in docker'],
  ['{{join .Mixed ","}}', 'a,1', 'docker takes lists of texts only'],
  [
    '{{range $name, $value := .Object}}{{$name}}={{$value}} {{end}}',
    'A=1 B=2 ',
    'docker cannot range over structs',
  ],
  ['{{printf "%v" 1e6}}', '1000000', 'a whole number is an int, also when written as a float'],
];
for (const [template, text, why] of differences) {
  test(`renders ${template} as ${JSON.stringify(text)}: ${why}`, () => {
    const value = {Labels: {a: 'b'}, Nothing: null, Mixed: ['a', 1], Object: {B: 2, A: 1}};
    assert.is(renderTemplate(template, value), text);
  });
}

function refusal(template: string, value: unknown): string {
  try {
    return `no error: ${renderTemplate(template, value)}`;
  } catch (error) {
    if (isEngineError(error, 'invalid-option'))
      return error.message.replace('template parsing error: template: ', '');
    throw error;
  }
}

const value = {
  Name: 'probe',
  Count: 3,
  List: ['x'],
  Nil: null,
  Labels: {a: 'b'},
  Label: (name: unknown) => (name === 'a' ? 'b' : ''),
  Broken: () => {
    throw new Error('it broke');
  },
};

// Docker's words and columns, but for: a column also in syntax errors, and fields listed in place of a Go type.
const refused: [template: string, message: string][] = [
  ['{{', ':1:0: unclosed action'],
  ['{{.Name', ':1:0: unclosed action'],
  ['{{.Name}', ':1:7: unexpected "}" in an action'],
  ['{{}}', ':1:2: missing value for command'],
  ['{{if}}x{{end}}', ':1:4: missing value for if'],
  ['{{if .Name}}x', ':1:13: unexpected EOF'],
  ['{{range .Name}}x{{else}}y', ':1:25: unexpected EOF'],
  ['{{end}}', ':1:5: unexpected {{end}}'],
  ['{{else}}', ':1:2: unexpected {{else}}'],
  ['{{if .Name}}a{{else}}b{{else}}c{{end}}', ':1:24: expected end; found {{else}}'],
  ['{{foo}}', ':1:2: function "foo" not defined'],
  ['{{html "x"}}', ':1:2: function "html" not defined'],
  ['{{"a}}', ':1:2: unterminated quoted string'],
  ['{{`a}}', ':1:2: unterminated raw quoted string'],
  ["{{'a}}", ':1:2: unterminated character constant'],
  ["{{'ab'}}", ":1:2: malformed character constant: 'ab'"],
  ['{{"\\q"}}', ':1:2: malformed quoted string: "\\q"'],
  ['{{(1}}', ':1:2: unclosed left paren'],
  ['{{1)}}', ':1:3: unexpected ")" in command'],
  ['{{.Name |}}', ":1:9: missing command after '|'"],
  ['{{1 | 2}}', ':1:6: non executable command in pipeline stage 2'],
  ['{{$x}}', ':1:2: undefined variable "$x"'],
  ['{{if true}}{{$x := 1}}{{end}}{{$x}}', ':1:31: undefined variable "$x"'],
  ['{{$x = 1}}', ':1:5: undefined variable "$x"'],
  ['{{$x := }}', ':1:8: missing value for command'],
  ['{{$x, $y := 1}}', ':1:9: too many declarations in command'],
  ['{{range $a, $b, $c := .List}}{{end}}', ':1:19: too many declarations in range'],
  ['{{break}}', ':1:2: {{break}} outside {{range}}'],
  ['{{continue}}', ':1:2: {{continue}} outside {{range}}'],
  ['{{1.2.3}}', ':1:5: unexpected ".3" in operand'],
  ['{{printf "%d"1}}', ':1:13: unexpected "1" in operand'],
  ['{{.Name!}}', ':1:7: unexpected "!" in an action'],
  ['{{/* x}}', ':1:2: unclosed comment'],
  ['{{/* x */ .Name}}', ':1:9: comment ends before closing delimiter'],
  ['{{true.x}}', ':1:6: unexpected . after term "true"'],
  ['{{.Name.}}', ':1:7: unexpected "." in operand'],
  ['{{define "x"}}{{end}}', ':1:2: {{define}} is not supported in --format'],
  ['{{template "x"}}', ':1:2: {{template}} is not supported in --format'],
  ['{{block "x" .}}{{end}}', ':1:2: {{block}} is not supported in --format'],
  [
    '{{.Foo}}',
    ':1:2: executing "" at <.Foo>: can\'t evaluate field Foo: the fields here are Broken, Count, Label, Labels, List, Name, Nil',
  ],
  ['{{.Name.Foo}}', ':1:7: executing "" at <.Name.Foo>: can\'t evaluate field Foo in type string'],
  ['a\n  {{.Name.Foo}}', ':2:9: executing "" at <.Name.Foo>: can\'t evaluate field Foo in type string'],
  ['{{$x := .Name}}{{$x.Foo}}', ':1:19: executing "" at <$x.Foo>: can\'t evaluate field Foo in type string'],
  ['{{.Nil.Foo}}', ':1:6: executing "" at <.Nil.Foo>: nil pointer evaluating interface {}.Foo'],
  ['{{nil}}', ':1:2: executing "" at <nil>: nil is not a command'],
  [
    '{{index .List "a"}}',
    ':1:2: executing "" at <index .List "a">: error calling index: cannot index slice/array with type string',
  ],
  ['{{index .List 9}}', ':1:2: executing "" at <index .List 9>: error calling index: index out of range: 9'],
  ['{{index nil 1}}', ':1:2: executing "" at <index nil 1>: error calling index: index of untyped nil'],
  ['{{index 5 1}}', ':1:2: executing "" at <index 5 1>: error calling index: can\'t index item of type int'],
  ['{{len 5}}', ':1:2: executing "" at <len 5>: error calling len: len of type int'],
  [
    '{{slice "abc" 2 1}}',
    ':1:2: executing "" at <slice "abc" 2 1>: error calling slice: invalid slice index: 2 > 1',
  ],
  ['{{slice .List 5}}', ':1:2: executing "" at <slice .List 5>: error calling slice: index out of range: 5'],
  [
    '{{slice "a" 0 1 1}}',
    ':1:2: executing "" at <slice "a" 0 1 1>: error calling slice: cannot 3-index slice a string',
  ],
  ['{{slice 5 1}}', ':1:2: executing "" at <slice 5 1>: error calling slice: can\'t slice item of type int'],
  ['{{eq 1 "a"}}', ':1:2: executing "" at <eq 1 "a">: error calling eq: incompatible types for comparison'],
  [
    '{{eq .List 1}}',
    ':1:2: executing "" at <eq .List 1>: error calling eq: non-comparable type []interface {}',
  ],
  ['{{eq 1}}', ':1:2: executing "" at <eq 1>: error calling eq: missing argument for comparison'],
  [
    '{{lt true false}}',
    ':1:2: executing "" at <lt true false>: error calling lt: invalid type for comparison',
  ],
  ['{{range true}}x{{end}}', ':1:8: executing "" at <true>: range can\'t iterate over true'],
  [
    '{{upper 5}}',
    ':1:2: executing "" at <upper 5>: error calling upper: wrong type for argument 1; expected string; got int',
  ],
  ['{{upper}}', ':1:2: executing "" at <upper>: wrong number of args for upper: want 1 got 0'],
  ['{{and}}', ':1:2: executing "" at <and>: wrong number of args for and: want at least 1 got 0'],
  ['{{.Name "x"}}', ':1:2: executing "" at <.Name>: can\'t give argument to non-function .Name'],
  ['{{1 2}}', ':1:2: executing "" at <1>: can\'t give argument to non-function 1'],
  ['{{.Broken}}', ':1:2: executing "" at <.Broken>: error calling .Broken: it broke'],
];
for (const [template, message] of refused) {
  test(`refuses ${template.replaceAll('\n', '\\n')}`, () => {
    assert.is(refusal(template, value), message);
  });
}

test('a missing key of a map is no value, of anything else a mistake', () => {
  assert.is(renderTemplate('{{.Labels.nope}} {{.Labels.nope.deeper}}', value), '<no value> <no value>');
  assert.match(
    refusal('{{.Object.nope}}', {Object: {}}),
    /can't evaluate field nope: the fields here are none$/,
  );
});

test('a function in the value is a method: `docker ps` rows have {{.Label "name"}}', () => {
  assert.is(renderTemplate('{{.Label "a"}}|{{"a" | .Label}}|{{.Label "c"}}', value), 'b|b|');
});

test('dates print as times do in Go', () => {
  const times = {At: new Date('2024-01-27T00:30:48.500Z'), Sharp: new Date('2024-01-27T00:30:48Z')};
  assert.is(
    renderTemplate('{{.At}} {{printf "%s" .Sharp}}', times),
    '2024-01-27 00:30:48.5 +0000 UTC 2024-01-27 00:30:48 +0000 UTC',
  );
});

test("json sorts the keys of maps, keeps a struct's order, and leaves <, > and & alone", () => {
  const object = {Z: 1, A: '<&>\u2028', Labels: {z: '1', a: '2'}};
  assert.is(renderTemplate('{{json .}}', object), '{"Z":1,"A":"<&>\\u2028","Labels":{"a":"2","z":"1"}}');
});

test('one template renders many values', () => {
  const template = parseTemplate('{{$n := .N}}{{range 2}}{{$n}}{{end}}');
  assert.equal([{N: 1}, {N: 2}].map(template.render), ['11', '22']);
});

test("the header of a table passes docker's functions by, as docker's does", () => {
  const template = parseTemplate(
    '{{lower .Name}}\t{{truncate .Text 3}} {{json .Name}} {{len .Name}}{{if eq .Name "x"}}!{{end}} {{pad .Name 2 3}}|{{join (split .Name "e") "-"}}',
  );
  const header = template.renderHeader({Name: 'NAME', Text: 'DESCRIPTION'});
  assert.is(header, 'NAME\tDESCRIPTION NAME 4 NAME|NAME');
  assert.is(template.render({Name: 'x', Text: 'Current'}), 'x\tCur "x" 1!   x   |x');
});

test('names of the prototype are no fields', () => {
  assert.match(refusal('{{.constructor}}', {}), /can't evaluate field constructor/);
  assert.match(refusal('{{.toString}}', {A: 1}), /can't evaluate field toString: the fields here are A$/);
  assert.is(renderTemplate('{{index .Labels "constructor"}}|', value), '|');
});

test.run();
