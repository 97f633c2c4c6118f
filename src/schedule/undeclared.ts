import type { Finding } from '../check/finding.ts';
import { Coroutines } from '../execute/coroutines.ts';
import { Details } from '../execute/details.ts';
import { agentMistake } from '../execute/failure.ts';
import type { Program } from '../execute/program.ts';
import type { RecordedSteps } from '../execute/schedule-record.ts';
import { nearest } from '../program/nearest.ts';
import { placesOf, placeText, type Place } from '../trace/places.ts';
import { Replay } from './strategies/replay.ts';

/** Names that are listed of what there is, at the most. */
const namesMax = 12;

/**
 * An agent that uses what its scenario's set-up did not return (`world.countr.read()`) fails with a
 * TypeError that names everything but the mistake. Here that is told apart from other failures.
 *
 * The schedule is replayed once more with a world in which every property that is not there gives a
 * value that knows its name, and says so when it is used. If it is used where the agent failed
 * before, that was the reason.
 *
 * @throws UserError naming the scenario, the agent, the place and the property
 */
export function requireDeclared(program: Program, steps: RecordedSteps, finding: Finding): void {
  if (finding.kind !== 'agent-failed' || finding.stack?.startsWith('TypeError') !== true) return;
  const failedAt = placesOf(finding.stack)[0];
  if (failedAt === undefined) return;
  const probe = new Probe();
  const probed = { ...program, world: probe.shadowOf(program.world, 'world') };
  try {
    new Coroutines(probed).runDetailed(new Replay(steps, program.subject), new Details());
  } catch {
    // Whatever became of the execution: only what was used counts.
  }
  const use = probe.uses.find(({ place }) => placeText(place) === placeText(failedAt));
  if (use === undefined) return;
  throw agentMistake(program, finding.parties[0]!.agent, use.readAt, use.what);
}

/** A use of a property that is not there. */
interface Use {
  /** What is not there, and what there is in its place. */
  readonly what: string;
  readonly readAt: Place;
  readonly place: Place;
}

/** The value of a property that is not there was used. */
class UndeclaredError extends TypeError {
  override name = 'UndeclaredError';
}

/** Makes shadows of a world that tell when something that they do not have is used. */
class Probe {
  readonly uses: Use[] = [];
  private readonly shadows = new WeakMap<object, object>();

  /**
   * A value's shadow: of plain objects and arrays, and of what lies in them; anything else (locks,
   * words, instances of classes) is its own.
   */
  shadowOf(value: unknown, path: string): unknown {
    if (!isPlain(value)) return value;
    const known = this.shadows.get(value);
    if (known !== undefined) return known;
    // A copy, since the shadow of a frozen object's property could not differ from the property.
    const copy = (Array.isArray(value) ? [] : {}) as Record<PropertyKey, unknown>;
    const shadow = new Proxy(copy, {
      get: (target, property, receiver) =>
        property in target || typeof property === 'symbol'
          ? (Reflect.get(target, property, receiver) as unknown)
          : this.missing(target, property, path),
    });
    this.shadows.set(value, shadow);
    for (const key of Reflect.ownKeys(value)) {
      const descriptor = Object.getOwnPropertyDescriptor(value, key)!;
      if (Array.isArray(value) && key === 'length') copy['length'] = value.length;
      else Object.defineProperty(copy, key, this.shadowOfProperty(descriptor, path, key));
    }
    return shadow;
  }

  private shadowOfProperty(
    descriptor: PropertyDescriptor,
    path: string,
    key: PropertyKey,
  ): PropertyDescriptor {
    const free = { ...descriptor, configurable: true };
    if (!('value' in descriptor)) return free;
    return {
      ...free,
      writable: true,
      value: this.shadowOf(descriptor.value, `${path}.${String(key)}`),
    };
  }

  /** What a property that is not there gives: a value that cannot be used unnoticed. */
  private missing(owner: object, property: string, path: string): unknown {
    const readAt = here();
    if (readAt === undefined) return undefined;
    const what = missingText(owner, property, path);
    const used = (): never => {
      const place = here();
      if (place !== undefined) this.uses.push({ what, readAt, place });
      throw new UndeclaredError(what);
    };
    return new Proxy(() => undefined, {
      get: used,
      set: used,
      has: used,
      apply: used,
      construct: used,
      ownKeys: used,
    });
  }
}

/** The line of the agent's code that runs. */
function here(): Place | undefined {
  return placesOf(new Error('here').stack)[0];
}

function isPlain(value: unknown): value is Record<PropertyKey, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || prototype === Array.prototype;
}

function missingText(owner: object, property: string, path: string): string {
  if (Array.isArray(owner)) {
    return `\`${path}\` has no [${property}]: its set-up declares ${owner.length} of them`;
  }
  const names = Object.keys(owner);
  const rest = names.length > namesMax ? ` and ${names.length - namesMax} more` : '';
  const there = names.length === 0 ? 'nothing there' : names.slice(0, namesMax).join(', ') + rest;
  const hint = nearest(property, names);
  return `\`${path}\` has no \`${property}\`: ${hint}its set-up declares ${there}`;
}
