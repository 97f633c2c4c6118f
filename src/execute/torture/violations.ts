/** What an agent saw that must not be, as it stands in its line of the control block. */
export const Violation = {
  none: 0,
  writerWithWriter: 1,
  writerWithReader: 2,
  readerWithWriter: 3,
  halfChanged: 4,
  tooMany: 5,
  notCompleted: 6,
  notAllCame: 7,
  ranAgain: 8,
  notDone: 9,
  itemsWrong: 10,
} as const;

const texts: Readonly<Record<number, string>> = {
  [Violation.writerWithWriter]: 'a writer was inside together with another writer',
  [Violation.writerWithReader]: 'a writer was inside together with a reader',
  [Violation.readerWithWriter]: 'a reader was inside together with a writer',
  [Violation.halfChanged]: 'words that are changed together under the lock were seen to differ',
  [Violation.tooMany]: 'more agents were inside than there are permits',
  [Violation.notCompleted]: 'more waits ended than were completed',
  [Violation.notAllCame]: 'a wait at the barrier ended before all had come',
  [Violation.ranAgain]: 'the function of a once ran again',
  [Violation.notDone]: 'a call of a once returned before its function had run',
  [Violation.itemsWrong]: 'a wait for a condition ended without the condition',
};

export function violationText(code: number): string {
  return texts[code] ?? `[internal] violation ${code}`;
}
