// What the help of every command must have, and that run's flags are found by what a person asks.
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import Run from '../../commands/run.ts';
import {commandsPage} from '../../docs/commands.ts';
import {commandList} from '../../packaging/cli/command-list.ts';
import {commandHelp} from '../../src/cli/help/command-help.ts';
import {docsPage, docsPages} from '../../src/cli/help/docs-page.ts';
import {flagGroups, flagSections} from '../../src/cli/help/flag-groups.ts';

const test = suite('help');
const root = join(import.meta.dirname, '../..');
const entries = await commandList(root);

for (const {name, command} of entries) {
  test(`${name}: a summary of one line, examples, and a page of docs/`, () => {
    const {summary = '', examples = [], id} = command;
    assert.match(summary, /^[A-Z][^\n]{3,70}[^\n.]$/);
    assert.ok(examples.length > 0, 'no example');
    const help = commandHelp(command);
    for (const example of examples) {
      const line = typeof example === 'string' ? example : example.command;
      assert.match(line, /\bcrundle /);
      assert.ok(help.includes(line), line);
      if (typeof example !== 'string') assert.ok(help.includes(`# ${example.description}`));
    }
    const page = docsPage(id);
    assert.ok(existsSync(join(root, 'docs', page)), page);
    assert.ok(docsPages.includes(page));
    assert.ok(help.includes(`\nMore:\n  man crundle-${id.replaceAll(':', '-')}\n  docs/${page}, `));
    assert.ok(help.includes(summary));
  });
}

test('every flag of run is in one group, and no group names another', () => {
  const grouped = flagGroups.flatMap(([, names]) => [...names]).sort();
  assert.equal(grouped, Object.keys(Run.flags).sort());
});

test('run’s help asks the questions; its flags stand in one column', () => {
  const help = commandHelp(Run);
  const titles = [...help.matchAll(/^(\S.*):$/gm)].map(([, title]) => title);
  assert.equal(titles, ['Aliases', ...flagGroups.map(([title]) => title), 'Examples', 'More']);
  assert.match(help, /\nWhen it ends:\n {6}--rm +Remove /);
  const columns = [...help.matchAll(/^ {2}(?: {4}|-\w, )--\S+(?: \S+)? +(?=\S)/gm)].map(
    ([text]) => text.length,
  );
  assert.is(new Set(columns).size, 1);
});

test('few flags stand by their letters, and none is a section of its own', () => {
  assert.equal(flagSections(['b', 'a']), [{title: 'Options', names: ['a', 'b']}]);
  assert.equal(flagSections([]), []);
});

test('docs/commands.md is what docs/commands.ts writes', async () => {
  assert.is(readFileSync(join(root, 'docs/commands.md'), 'utf8'), await commandsPage());
});

test.run();
