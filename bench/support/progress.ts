/** What goes on, on standard error: one moving line on a terminal, a line for what is done elsewhere. */
export interface Progress {
  show(what: string): void;
  line(what: string): void;
  end(): void;
}

export function progressLine(out: NodeJS.WriteStream = process.stderr): Progress {
  const moving = out.isTTY;
  const clear = moving ? '\r\x1b[K' : '';
  return {
    show: (what) => void (moving && out.write(clear + what.slice(0, Math.max(20, out.columns - 1)))),
    line: (what) => void out.write(`${clear}${what}\n`),
    end: () => void out.write(clear),
  };
}
