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

// Damerau-Levenshtein: insert, delete, replace, and swap of neighbours cost one each.
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({length: b.length + 1}, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
