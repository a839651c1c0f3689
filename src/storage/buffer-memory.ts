// How V8 counts the memory of Buffers while layers are unpacked.
import {setFlagsFromString} from 'node:v8';

/**
 * A layer passes through in hundreds of megabytes of short-lived Buffers, for each few of which V8 would collect the whole
 * heap: a quarter of all CPU time of a pull. With them counted as part of the heap it seldom has to.
 */
export function expectManyBuffers(): void {
  setFlagsFromString('--external-memory-accounted-in-global-limit');
}
