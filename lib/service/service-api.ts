import type { IConstruct } from 'constructs';
import type { DomainEvents } from './domain-events';

/** A service, of this app or of another one. */
export interface IService extends IConstruct {
  /** The name by which other services know it: the source of its events. */
  readonly serviceName: string;
  /** The bus on which it publishes its streams. */
  readonly events: DomainEvents;
}
