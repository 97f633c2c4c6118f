import type { RecordedSteps } from '../schedule-record.ts';

/** A schedule in shared memory: | length | agent, kind, object | agent, kind, object | ... */
const headWords = 1;
const stepWords = 3;

export function shareSchedule(steps: RecordedSteps): SharedArrayBuffer {
  const length = steps.agents.length;
  const words = new Int32Array(
    new SharedArrayBuffer((headWords + length * stepWords) * Int32Array.BYTES_PER_ELEMENT),
  );
  words[0] = length;
  for (let i = 0; i < length; i++) {
    words[headWords + i * stepWords] = steps.agents[i]!;
    words[headWords + i * stepWords + 1] = steps.kinds[i]!;
    words[headWords + i * stepWords + 2] = steps.objects[i]!;
  }
  return words.buffer;
}

export class SharedSchedule {
  readonly length: number;
  private readonly words: Int32Array;

  constructor(buffer: SharedArrayBuffer) {
    this.words = new Int32Array(buffer);
    this.length = this.words[0]!;
  }

  agent(step: number): number {
    return this.words[headWords + step * stepWords]!;
  }

  /** 0 where any operation will do. */
  kind(step: number): number {
    return this.words[headWords + step * stepWords + 1]!;
  }

  object(step: number): number {
    return this.words[headWords + step * stepWords + 2]!;
  }
}
