// An IP address as a value: its canonical text (RFC 5952 for IPv6), so that equal addresses are equal strings and go
// into records as they are. Pure.

/** Canonical text of an IPv4 or IPv6 address, without a zone. Made by parseIpAddress only. */
export type IpAddress = string & {readonly IpAddress: never};
