/** One thing that happened, as a handler returns it and as it travels: its type, its schema's version and its data. */
export interface DomainEvent<Type extends string = string, Version extends number = number, Data = unknown> {
  readonly type: Type;
  /** The version of the type's schema. */
  readonly v: Version;
  readonly data: Data;
}
