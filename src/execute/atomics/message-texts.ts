/** Messages between threads by number, from 1: equal messages have equal numbers. */
export class MessageTexts {
  private readonly texts: string[] = [''];
  private readonly numbers = new Map<string, number>();

  number(text: string): number {
    let number = this.numbers.get(text);
    if (number === undefined) {
      number = this.texts.push(text) - 1;
      this.numbers.set(text, number);
    }
    return number;
  }

  text(number: number): string {
    return this.texts[number]!;
  }
}
