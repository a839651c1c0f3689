// Which page of docs/ tells more of a command. Pure.

/** By id, or by the topic in front of its colon. */
const pages: Record<string, string> = {
  bundle: 'bundles.md',
  create: 'flags.md',
  events: 'events.md',
  explain: 'explain.md',
  network: 'networking.md',
  port: 'networking.md',
  login: 'registries.md',
  manifest: 'registries.md',
  pull: 'registries.md',
  push: 'registries.md',
  run: 'flags.md',
  search: 'registries.md',
  'system:check': 'store.md',
};

/** Of the folder docs/ of the source, which the package has as /usr/share/doc/crundle/. */
export function docsPage(id: string): string {
  const [topic = ''] = id.split(':');
  return pages[id] ?? pages[topic] ?? 'commands.md';
}

/** Every page that some help names. */
export const docsPages: readonly string[] = [...new Set([...Object.values(pages), 'commands.md'])].sort();
