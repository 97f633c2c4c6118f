/** Sections under a lock, as a thread of the benchmark runs them. */
export interface Access {
  /** A section that only reads. */
  read(): void;
  /** A section that counts. */
  write(): void;
  /** As `read` and `write`; milliseconds until the lock was had. */
  timedRead(): number;
  timedWrite(): number;
}

/** What a lock is taken and released by. */
export interface Pair {
  lock(): unknown;
  unlock(): void;
}

/** The word that sections count in. It is not atomic: without exclusion counts are lost. */
export const counterAt = 0;

/** Sections under a lock that is taken and released by calls. */
export function sections(data: Int32Array, reading: Pair, writing: Pair): Access {
  let seen = 0;
  return {
    read() {
      reading.lock();
      seen += data[counterAt]!;
      reading.unlock();
    },
    write() {
      writing.lock();
      data[counterAt]!++;
      writing.unlock();
    },
    timedRead() {
      const begun = performance.now();
      reading.lock();
      const waitedMs = performance.now() - begun;
      seen += data[counterAt]!;
      reading.unlock();
      // Keeps what was read from being thrown away.
      return seen === -1 ? 0 : waitedMs;
    },
    timedWrite() {
      const begun = performance.now();
      writing.lock();
      const waitedMs = performance.now() - begun;
      data[counterAt]!++;
      writing.unlock();
      return waitedMs;
    },
  };
}
