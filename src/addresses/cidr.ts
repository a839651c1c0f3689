// A network in CIDR notation as a value: its canonical text, host bits zero. Pure.

/** Canonical text such as `172.17.0.0/16` or `fd00::/64`. Made by this module only. */
export type Cidr = string & {readonly Cidr: never};
