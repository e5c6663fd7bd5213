import { lazily } from './lazily.js';
import type { Parking, ParkingMark } from './view-store.js';

/** Parking marks whose adapter is loaded when it is first needed: most containers meet no stream that stands still. */
export class LazyParking implements Parking {
  private readonly parking: () => Promise<Parking>;

  constructor(load: () => Promise<Parking>) {
    this.parking = lazily(load);
  }

  async mark(stream: string): Promise<ParkingMark | undefined> {
    return (await this.parking()).mark(stream);
  }

  async park(stream: string, applied: number, error: Error): Promise<boolean> {
    return (await this.parking()).park(stream, applied, error);
  }

  async clear(stream: string): Promise<void> {
    return (await this.parking()).clear(stream);
  }

  async count(): Promise<number> {
    return (await this.parking()).count();
  }

  async list(cursor?: string): Promise<{ readonly marks: readonly ParkingMark[]; readonly cursor?: string }> {
    return (await this.parking()).list(cursor);
  }
}
