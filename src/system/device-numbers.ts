// The numbers of device files.

/** gnu_dev_major and gnu_dev_minor of what stat calls `rdev`. */
export function deviceNumbers(rdev: number): {major: number; minor: number} {
  return {major: (rdev >> 8) & 0xfff, minor: (rdev & 0xff) | ((rdev >> 12) & 0xfff00)};
}
