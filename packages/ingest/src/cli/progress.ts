interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const REDRAW_MS = 120;
const LINE_MS = 5_000;

/** A bar with rate and remaining time on a terminal; a plain line every few seconds elsewhere. */
export class Progress {
  private drawn = 0;
  private shown = false;
  private readonly started: number;
  events = 0;
  rejected = 0;
  bytes = 0;
  label = '';

  constructor(
    private readonly out: Output,
    private readonly totalBytes: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.started = now();
  }

  update(force = false): void {
    const now = this.now();
    if (!force && now - this.drawn < (this.out.isTTY ? REDRAW_MS : LINE_MS)) return;
    if (!this.out.isTTY && this.drawn === 0 && !force) {
      this.drawn = now;
      return;
    }
    this.drawn = now;
    if (this.out.isTTY) {
      this.out.write(`\r\u001b[2K${this.bar(now).slice(0, (this.out.columns ?? 100) - 1)}`);
      this.shown = true;
    } else this.out.write(`${this.figures(now)}\n`);
  }

  /** Write a line above the bar. */
  say(line: string): void {
    if (this.shown) this.out.write('\r\u001b[2K');
    this.out.write(`${line}\n`);
    if (this.shown) this.update(true);
  }

  finish(): void {
    if (this.shown) this.out.write('\r\u001b[2K');
    this.shown = false;
  }

  private fraction(): number {
    return this.totalBytes === 0 ? 1 : Math.min(1, this.bytes / this.totalBytes);
  }

  private bar(now: number): string {
    const width = 24;
    const full = Math.round(this.fraction() * width);
    return `[${'█'.repeat(full)}${'·'.repeat(width - full)}] ${this.figures(now)}  ${this.label}`;
  }

  private figures(now: number): string {
    const seconds = Math.max(0.001, (now - this.started) / 1000);
    const fraction = this.fraction();
    const left = fraction > 0 ? (seconds / fraction) * (1 - fraction) : 0;
    const percent = `${Math.floor(fraction * 100)}%`.padStart(4);
    const rejected = this.rejected > 0 ? `, ${count(this.rejected)} rejected` : '';
    return `${percent}  ${count(this.events)} events${rejected}  ${count(Math.round(this.events / seconds))}/s  ${duration(left)} left`;
  }

  /** Seconds since the start. */
  get seconds(): number {
    return (this.now() - this.started) / 1000;
  }
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}

export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
}
