// An Ethernet address as a value: six lower-case pairs with colons. Pure.

/** Canonical text such as `02:42:ac:11:00:02`. Made by this module only. */
export type MacAddress = string & {readonly MacAddress: never};
