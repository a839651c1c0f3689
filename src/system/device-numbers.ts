// The numbers of device files.

/** gnu_dev_major and gnu_dev_minor of what stat calls `rdev`. */
export function deviceNumbers(rdev: number | bigint): {major: number; minor: number} {
  const bits = BigInt(rdev);
  return {
    major: Number(((bits >> 8n) & 0xfffn) | ((bits >> 32n) & 0xfffff000n)),
    minor: Number((bits & 0xffn) | ((bits >> 12n) & 0xffffff00n)),
  };
}
