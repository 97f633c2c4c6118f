import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Joints, type Method } from './joints.ts';

/** Methods that call `next`, by what they have in their hands when they do. */
class Samples {
  words: Int32Array = new Int32Array(4);
  at = 1;

  next(given?: unknown): boolean | undefined {
    return given === 1;
  }

  isFree(): boolean {
    return Atomics.load(this.words, this.at) === 0;
  }

  // With nothing.
  afterLook(): void {
    const { words, at } = this;
    if (this.isFree()) this.next(words[at]);
  }

  untilSaid(): boolean {
    for (;;) {
      const said = this.next();
      if (said !== undefined) return said;
    }
  }

  // With something.
  withAnswer(): void {
    const seen = Atomics.load(this.words, this.at);
    this.next(seen);
  }

  inExpression(): boolean {
    return Atomics.load(this.words, this.at) + Number(this.next()) > 0;
  }

  inTurns(): void {
    for (let turn = 0; turn < 3; turn++) this.next(turn);
  }

  withParameterOfLastTurn(given: number): void {
    for (;;) {
      if (this.next(given) === true) return;
      given = Atomics.load(this.words, this.at);
    }
  }

  withParameterOfSomeTurn(given: number): void {
    for (;;) {
      if (this.next(given) === true) return;
      if (given > 0) given = Atomics.load(this.words, this.at);
    }
  }

  withParameterThatCounts(given: number): void {
    for (;;) {
      if (this.next(given) === true) return;
      given++;
    }
  }

  inTwoPlaces(): void {
    if (Atomics.load(this.words, this.at) === 0) this.next();
    else this.next();
  }
}

describe('the places at which a method has nothing in its hands', () => {
  const methods = Samples.prototype as unknown as Record<string, Method>;
  const isJoint = (name: string): boolean => new Joints().at(methods[name]!, 'next');

  for (const name of ['afterLook', 'untilSaid']) {
    test(`\`${name}\` has one`, () => assert.equal(isJoint(name), true));
  }

  for (const name of [
    'withAnswer',
    'inExpression',
    'inTurns',
    'withParameterOfLastTurn',
    'withParameterOfSomeTurn',
    'withParameterThatCounts',
    'inTwoPlaces',
  ]) {
    test(`\`${name}\` has none`, () => assert.equal(isJoint(name), false));
  }
});
