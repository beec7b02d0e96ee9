/** Thrown for a query whose SQL would be too large to run; `compile` turns it into a diagnostic. */
export class TooLarge extends Error {
  readonly suggestion: string;

  constructor(message: string, suggestion: string) {
    super(message);
    this.suggestion = suggestion;
  }
}
