// Names of network interfaces (netdevice(7)): 15 bytes at most, neither `.` nor `..`, without a slash or a space.

/** crundle's own pair of interfaces, which lead the first packets of published ports; see docs/networking.md. */
const reserved: readonly string[] = ['crundle-in', 'crundle-out'];

/** True for a name that a person may give a bridge. */
export function isBridgeName(text: string): boolean {
  return /^[a-zA-Z0-9_.-]{1,15}$/.test(text) && !/^\.\.?$/.test(text) && !reserved.includes(text);
}
