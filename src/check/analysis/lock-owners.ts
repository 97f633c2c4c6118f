/** Who holds a lock. */
export interface Owners {
  /** -1: nobody. */
  writer: number;
  writerLine: number;
  readers: number[];
  /** Its owners are not known any more: it was freed while held, or released by another. */
  unreliable: boolean;
}
