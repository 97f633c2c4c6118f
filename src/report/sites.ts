import type { FindingRecord } from '../schedule/finding-record.ts';
import { placesOf, placeText, type Place } from '../trace/places.ts';

const nameless = '<anonymous>';

/**
 * The places of an event's operation in agents' code, innermost first. An agent's function that has
 * no name goes by the name of its agent.
 */
export function sitesOf(record: FindingRecord, event: number): Place[] {
  const { details, subject } = record;
  const agent = event < details.log.length ? details.log.agent(event) : 0;
  return sitesIn(details.stacks[event], subject.agentNames[agent] ?? '?');
}

/** The same for any stack of an agent's code. */
export function sitesIn(stack: string | undefined, agentName: string): Place[] {
  const places = placesOf(stack);
  return places.map((place, at) => {
    if (place.function !== nameless) return place;
    return { ...place, function: at === places.length - 1 ? agentName : 'an inner function' };
  });
}

/** ", at file:line in function", or nothing where the place is not known. */
export function siteText(record: FindingRecord, event: number): string {
  return atText(sitesOf(record, event)[0]);
}

export function atText(place: Place | undefined): string {
  return place === undefined ? '' : `, at ${placeText(place)} in ${place.function}`;
}
