/** What `regress` calls the kinds of findings that the catalogue shows. */
export const deadlock = 'deadlock (happened)';
export const inversion = 'lock-inversion (possible)';
export const recursion = 'recursive-locking (possible)';
export const guarded = 'lock-inversion (guarded)';
export const race = 'data-race (happened)';
export const assertion = 'assertion-failed (happened)';
export const used = 'use-after-remove (happened)';
export const badUnlock = 'bad-unlock (happened)';
export const invariant = 'invariant-violated (happened)';
