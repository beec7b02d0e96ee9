/** Where the grid's cursor is: `row` -1 is the header, `place` -1 is the row number. */
export interface GridCursor {
  readonly row: number;
  readonly place: number;
}

export interface GridSize {
  readonly rows: number;
  readonly places: number;
  /** Rows a page key moves. */
  readonly page: number;
}

/** Keep a cursor inside the grid; the header has no row number. */
export function clampCursor({ row, place }: GridCursor, { rows, places }: Omit<GridSize, 'page'>): GridCursor {
  const inRow = Math.min(rows - 1, Math.max(-1, row));
  return { row: inRow, place: Math.min(places - 1, Math.max(inRow === -1 ? 0 : -1, place)) };
}

/**
 * Where a key moves the cursor, as the ARIA grid pattern describes it; with Ctrl to the edge.
 * @returns undefined for keys that do not move
 */
export function moveCursor(key: string, at: GridCursor, size: GridSize, far = false): GridCursor | undefined {
  const to = (row: number, place: number) => clampCursor({ row, place }, size);
  switch (key) {
    case 'ArrowDown':
      return to(far ? size.rows - 1 : at.row + 1, at.place);
    case 'ArrowUp':
      return to(far ? 0 : at.row - 1, at.place);
    case 'ArrowRight':
      return to(at.row, far ? size.places - 1 : at.place + 1);
    case 'ArrowLeft':
      return to(at.row, far ? -1 : at.place - 1);
    case 'PageDown':
      return to(at.row + size.page, at.place);
    case 'PageUp':
      return to(Math.max(0, at.row - size.page), at.place);
    case 'Home':
      return to(far ? 0 : at.row, -1);
    case 'End':
      return to(far ? size.rows - 1 : at.row, size.places - 1);
    default:
      return undefined;
  }
}
