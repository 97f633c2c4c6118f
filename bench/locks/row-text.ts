import type { BadRow, Row } from './row.ts';

const columns: readonly [title: string, width: number][] = [
  ['lock', 30],
  ['threads', 8],
  ['reads', 6],
  ['Mops/s', 9],
  ['Mops/cpu-s', 12],
  ['min/max', 9],
  ['Jain', 7],
  ['p50 wait', 11],
  ['p99', 11],
  ['p99.9', 11],
];

function line(cells: readonly string[]): string {
  const padded = cells.map((cell, at) => {
    const width = columns[at]?.[1] ?? 0;
    return at === 0 ? cell.padEnd(width) : cell.padStart(width);
  });
  return `  ${padded.join('')}`;
}

export const rowHeader: string = line(columns.map(([title]) => title));

function time(ns: number): string {
  if (ns < 1000) return `${ns.toFixed(0)} ns`;
  return ns < 1e6 ? `${(ns / 1000).toFixed(1)} us` : `${(ns / 1e6).toFixed(1)} ms`;
}

export function rowLine(row: Row | BadRow): string {
  const place = [row.contender.trim(), `${row.threads}`, `${row.share} %`];
  if ('problem' in row) return `${line(place)}   ${row.problem.toUpperCase()}`;
  return line([
    ...place,
    (row.perSecond / 1e6).toFixed(2),
    (row.perCpuSecond / 1e6).toFixed(2),
    row.minToMax.toFixed(2),
    row.jain.toFixed(2),
    time(row.p50),
    time(row.p99),
    time(row.p999),
  ]);
}
