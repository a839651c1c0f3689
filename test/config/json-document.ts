import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {
  type JsonNode,
  JsonSyntaxError,
  parseJsonDocument,
  positionOf,
} from '../../src/config/json-document.ts';

// The plain value of a tree, to hold beside what JSON.parse makes of the same text.
function plain(node: JsonNode): unknown {
  if (node.kind === 'object')
    return Object.fromEntries(node.members.map(({name, value}) => [name, plain(value)]));
  if (node.kind === 'array') return node.items.map(plain);
  return node.kind === 'null' ? null : node.value;
}

function complaint(text: string): string {
  try {
    parseJsonDocument(text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const {line, column} = positionOf(text, error.offset);
    return `${line}:${column}: ${error.message}`;
  }
  return 'none';
}

const documents = [
  '{}',
  '[]',
  ' [ ] ',
  '{"a": [1, -2.5e3, 0, 0.1E-2], "b": {"c": null}, "d": true, "e": false}',
  '"\\u00e9\\n\\"\\\\\\/ \u{1F600}"',
  '\t\r\n{"a"\n:\n"b"}\n',
  '{"__proto__x": 1, "": 2}',
];
for (const text of documents) {
  test(`reads ${JSON.stringify(text)} as JSON.parse does`, () => {
    assert.equal(plain(parseJsonDocument(text)), JSON.parse(text));
  });
}

test('passes over comments and a comma after the last element', () => {
  const text =
    '// why\n{\r\n  // "a": 1,\r  "b": [1, /* two, */ 3, ], // here\n  "c": "// /* text */",\n} /* * / **/ //';
  assert.equal(plain(parseJsonDocument(text)), {b: [1, 3], c: '// /* text */'});
});

test('remembers where names and values stand', () => {
  const node = parseJsonDocument('{"a": [10, true]}');
  assert.equal(node, {
    kind: 'object',
    offset: 0,
    members: [
      {
        name: 'a',
        offset: 1,
        value: {
          kind: 'array',
          offset: 6,
          items: [
            {kind: 'number', offset: 7, value: 10},
            {kind: 'boolean', offset: 11, value: true},
          ],
        },
      },
    ],
  });
});

test('passes over a byte order mark, which has no column', () => {
  assert.equal(plain(parseJsonDocument('\uFEFF{"a": 1}')), {a: 1});
  assert.is(complaint('\uFEFF{x'), '1:2: expected a name in double quotes, found x');
});

test('counts lines for every way to end one', () => {
  assert.equal(positionOf('a\nb\r\nc\rd', 7), {line: 4, column: 1});
});

const broken: [text: string, message: string][] = [
  ['', '1:1: expected a value, but the file ends'],
  ['{"a": 1', "1:8: expected ',' or '}', but the file ends"],
  ['{"a": 1,,}', '1:9: expected a name in double quotes, found ,'],
  ['[,]', '1:2: expected a value, found ,'],
  ['{"a" 1}', '1:6: expected \':\' after "a", found 1'],
  ['{"a": 1}\n{', '2:1: expected the end of the file, found {'],
  ['{\n  "a": 1,\n  "b": 2,\n  "a": 3\n}', '4:3: "a" is given twice'],
  ['{\n  / why\n}', '2:3: expected a name in double quotes, found /'],
  ['[1 /* why ]', '1:4: the comment does not end'],
  ['/* why', '1:1: the comment does not end'],
  ["{'a': 1}", "1:2: expected a name in double quotes, found '"],
  ['[01]', "1:3: expected ',' or ']', found 1"],
  ['[+1]', '1:2: expected a value, found +'],
  ['[.5]', '1:2: expected a value, found .'],
  ['[NaN]', '1:2: expected a value, found NaN'],
  ['["a\nb"]', '1:2: the string does not end on its line'],
  ['["a\\x"]', '1:2: the string holds an escape or a control character that JSON does not allow'],
  ['["a\tb"]', '1:2: the string holds an escape or a control character that JSON does not allow'],
  ['['.repeat(80), '1:66: expected at most 64 levels of nesting, found ['],
];
for (const [text, message] of broken) {
  test(`refuses ${JSON.stringify(text.slice(0, 30))}, which JSON.parse or a careful reader refuses too`, () => {
    assert.is(complaint(text), message);
  });
}

test.run();
