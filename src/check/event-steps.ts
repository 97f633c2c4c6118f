/** How many visible operations had been performed at each event of an execution. */
export class EventSteps {
  /** Number of events so far in this execution. */
  events = 0;
  /** Visible operations so far. */
  private steps = 0;
  private stepsAtEvent = new Int32Array(512);

  begin(): void {
    this.events = 0;
    this.steps = 0;
  }

  /** One more event, which is a visible operation (1) or none (0); its number. */
  add(visible: number): number {
    const event = this.events++;
    if (event === this.stepsAtEvent.length) this.grow();
    this.stepsAtEvent[event] = this.steps += visible;
    return event;
  }

  /** How many visible operations had been performed when this event was over. */
  stepsAt(event: number): number {
    return event < 0 ? 0 : this.stepsAtEvent[event]!;
  }

  /** The event of a visible operation, by its number among those of the execution, from 0. */
  eventOfStep(step: number): number {
    let low = 0;
    let high = this.events - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.stepsAtEvent[middle]! > step) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  private grow(): void {
    const larger = new Int32Array(this.stepsAtEvent.length * 2);
    larger.set(this.stepsAtEvent);
    this.stepsAtEvent = larger;
  }
}
