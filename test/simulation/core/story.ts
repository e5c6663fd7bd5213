import type { Timeline } from './timeline.js';

/** The line after which a story only reads. */
export const AT_REST = 'all is at rest; history is read, and everything once more with the newest token';

/** What happened, line by line: when, who, what, and what became of it. */
export class Story {
  private readonly lines: { time: number; who: string; what: string }[] = [];

  constructor(private readonly timeline: Timeline) {}

  tell(who: string, what: string): void {
    this.lines.push({ time: this.timeline.now, who, what });
  }

  /** The story as text, or its last lines. */
  text(last = Infinity): string {
    const shown = this.lines.slice(-Math.min(last, this.lines.length));
    const width = Math.max(0, ...shown.map(({ who }) => who.length));
    return shown
      .map(({ time, who, what }) => `${(time / 1000).toFixed(3).padStart(10)} s  ${who.padEnd(width)}  ${what}`)
      .join('\n');
  }
}
