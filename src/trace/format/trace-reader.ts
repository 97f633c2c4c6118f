/** Takes the lines of a trace, decodes them and hands the events to its sink. */
export interface TraceReader {
  /**
   * @param text - without the end of the line
   * @param line - from 1
   * @throws BadLineError
   */
  line(text: string, line: number): void;

  /** @param line - how many lines there were */
  end(line: number): void;
}
