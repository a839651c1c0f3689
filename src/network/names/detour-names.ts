// Names and next hops of the detour (detour-links.ts), which the rules name too.

export const detourOut = 'crundle-out';
export const detourIn = 'crundle-in';

/** Next hops behind `crundle-out`. They are never looked up: there is no ARP. */
export const detourGateway4 = '169.254.77.1';
export const detourGateway6 = 'fe80::77';
