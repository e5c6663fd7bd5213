import type { IConstruct } from 'constructs';

/** Whether a construct stands at or below another one. */
export function within(construct: IConstruct, scope: IConstruct): boolean {
  let at: IConstruct | undefined = construct;
  while (at !== undefined && at !== scope) {
    at = at.node.scope;
  }
  return at === scope;
}

/** The construct that users know: an L2 instead of the resource that it wraps. */
export function shown(resource: IConstruct): IConstruct {
  const { id, scope } = resource.node;
  return scope !== undefined && (id === 'Resource' || id === 'Default') ? scope : resource;
}
