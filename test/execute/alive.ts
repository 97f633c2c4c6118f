import assert from 'node:assert/strict';

/** Workers and ports that keep this process alive. */
export function alive(): number {
  return process.getActiveResourcesInfo().filter((one) => /worker|port/i.test(one)).length;
}

/** That nothing more is alive than before, as soon as ports have closed. */
export async function expectAlive(before: number): Promise<void> {
  for (let waited = 0; alive() > before && waited < 10_000; waited += 10) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.ok(alive() <= before, process.getActiveResourcesInfo().join(' '));
}
