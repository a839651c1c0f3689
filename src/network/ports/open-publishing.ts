// `publish-policy: open` and its traces in the host's own forward chains: put there with crundle's tables, taken back with
// them or when the policy is `host` again. Under `host` nothing of the host's is touched, and this costs one look.
import {existsSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {closeForward, openForward} from '../host-firewall/open-forward.ts';
import type {NetworkContext} from '../network-context.ts';

type Configured = Pick<NetworkContext, 'config'>;

const markOf = ({config}: Configured) => join(config.runRoot, 'network', 'forward-opened');

/** Brings the host's forward chains in line with the policy. Idempotent. The caller holds the networks' lock. */
export async function applyPublishPolicy(context: Configured, bridges: readonly string[]): Promise<void> {
  if (context.config.publishPolicy === 'host') return await withdrawOpenPublishing(context);
  // Written first: what a killed command has opened is found and closed.
  writeFileSync(markOf(context), '');
  await openForward(bridges);
}

/** Takes back what `open` has put. Idempotent. The caller holds the networks' lock. */
export async function withdrawOpenPublishing(context: Configured): Promise<void> {
  if (!existsSync(markOf(context))) return;
  await closeForward();
  rmSync(markOf(context), {force: true});
}
