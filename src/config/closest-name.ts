// Finding the name a person meant when they wrote another one.

/** The name nearest to `wrong`, when it is near enough to be meant: a third of its letters may differ. */
export function closestName(wrong: string, names: readonly string[]): string | undefined {
  const plain = normalise(wrong);
  let best: {name: string; distance: number} | undefined;
  for (const name of names) {
    const distance = editDistance(plain, normalise(name));
    if (distance <= Math.max(1, Math.floor(name.length / 3)) && distance < (best?.distance ?? Infinity)) {
      best = {name, distance};
    }
  }
  return best?.name;
}

// 'dataRoot', 'data_root' and 'Data-Root' are all meant to be data-root.
function normalise(name: string): string {
  return name
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase();
}

// Levenshtein's distance, one row of the table at a time.
function editDistance(a: string, b: string): number {
  let row = Array.from({length: b.length + 1}, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
