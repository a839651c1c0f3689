// Writing bytes to standard output or standard error without running ahead of whoever reads.

/** Resolves when more may be written. */
export async function write(stream: 'stdout' | 'stderr', data: string | Uint8Array): Promise<void> {
  const target = process[stream];
  if (!target.write(data)) await new Promise((resolve) => target.once('drain', resolve));
}
