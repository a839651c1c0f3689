// What a pull needs of the place where layers are unpacked. The storage's LayerStore fits it; the engine joins the two.
import type {Digest} from './digest.ts';

/** `Layer` is the sink's own handle of a layer that is unpacked but not yet part of the store. */
export interface LayerSink<Layer = unknown> {
  has(chainId: Digest): Promise<boolean>;
  /** Unpacks a blob and checks its diffID. On any failure nothing of it stays. */
  unpack(
    blob: AsyncIterable<Uint8Array>,
    options: {
      mediaType: string;
      diffId: Digest;
      signal?: AbortSignal;
      onUnpacked?: (bytes: number) => void;
    },
  ): Promise<Layer>;
  /** Makes the layer part of the store, durably. Idempotent; called lowest first. */
  commit(layer: Layer, options: {chainId: Digest; parents: Digest[]}): Promise<void>;
  discard(layer: Layer): Promise<void>;
}
