import * as v from 'valibot';
import { nearest } from './nearest.ts';

/** What a schema of valibot's shows of what lies inside of it, as far as messages need it. */
interface SchemaNode {
  readonly type?: string;
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  readonly value?: SchemaNode;
  readonly item?: SchemaNode;
  readonly wrapped?: SchemaNode;
}

/**
 * What is wrong with a value that a schema refused, in one line: the field, what it is, what would
 * be right.
 */
export function issueText(schema: unknown, issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  if (path === null) return issue.message;
  const field = `\`${path}\``;
  if (issue.type !== 'strict_object' || issue.expected === null)
    return `${field}: ${issue.message}`;
  const steps = (issue.path ?? []).slice(0, -1).map(({ key }) => String(key));
  if (issue.expected !== 'never') return `${field} is missing`;
  const names = fieldsAt(schema as SchemaNode, steps);
  const hint = nearest(path.split('.').at(-1)!, names);
  return `${field} is no field here: ${hint}there are ${names.join(', ')}`;
}

/** The fields of the object to which these steps lead. */
function fieldsAt(schema: SchemaNode, steps: readonly string[]): string[] {
  let node = unwrapped(schema);
  for (const step of steps) {
    const inside = node.entries?.[step] ?? node.value ?? node.item;
    if (inside === undefined) return [];
    node = unwrapped(inside);
  }
  return Object.keys(node.entries ?? {});
}

function unwrapped(node: SchemaNode): SchemaNode {
  return node.wrapped === undefined ? node : unwrapped(node.wrapped);
}
