/** How often progress is printed where no line can be written over, in milliseconds. */
const PRINTED_EVERY = 10_000;

/** A line that is written over on a terminal; elsewhere a line per step, and one now and then. */
export class Line {
  private shown = '';
  private printed = 0;
  private readonly moves = process.stdout.isTTY;

  constructor(private readonly silent = false) {}

  show(text: string): void {
    if (this.silent || text === this.shown) return;
    const isNew = wordsOf(text) !== wordsOf(this.shown);
    this.shown = text;
    if (this.moves) {
      // what goes on in the next line cannot be written over
      process.stdout.write(`\r\u001b[2K${text.slice(0, process.stdout.columns - 1)}`);
    } else if (isNew || Date.now() - this.printed >= PRINTED_EVERY) {
      this.printed = Date.now();
      console.log(text);
    }
  }

  end(): void {
    if (this.moves && this.shown !== '') process.stdout.write('\n');
    this.shown = '';
  }
}

/** What is said, whatever the numbers are. */
function wordsOf(text: string): string {
  return text.replaceAll(/[\d.~]+/g, '');
}
