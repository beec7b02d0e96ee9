/** Arrangement of a grid's columns. Pure; stored as JSON per person and grid. */
export interface ColumnLayout {
  readonly order: readonly string[];
  readonly hidden: readonly string[];
}

interface Column {
  readonly id: string;
  readonly hidden?: boolean;
  readonly required?: boolean;
}

export function defaultLayout(columns: readonly Column[]): ColumnLayout {
  return {
    order: columns.map((column) => column.id),
    hidden: columns.filter((column) => column.hidden).map((column) => column.id),
  };
}

/** A stored arrangement of any age: columns it does not know come at their usual place, those that are gone vanish. */
export function readLayout(stored: unknown, columns: readonly Column[]): ColumnLayout {
  const given = stored as Partial<ColumnLayout> | null;
  if (!given || !Array.isArray(given.order) || !Array.isArray(given.hidden)) return defaultLayout(columns);
  const known = new Set(columns.map((column) => column.id));
  const order = given.order.filter((id): id is string => typeof id === 'string' && known.delete(id));
  const added = columns.filter((column) => known.has(column.id));
  for (const column of added) {
    const before = columns[columns.indexOf(column) - 1];
    order.splice(before ? order.indexOf(before.id) + 1 : 0, 0, column.id);
  }
  const required = new Set(columns.filter((column) => column.required).map((column) => column.id));
  const hidden = given.hidden.filter((id) => order.includes(id) && !required.has(id));
  for (const column of added) if (column.hidden) hidden.push(column.id);
  return { order, hidden };
}

export function applyLayout<C extends Column>(columns: readonly C[], layout: ColumnLayout): C[] {
  return layout.order
    .filter((id) => !layout.hidden.includes(id))
    .map((id) => columns.find((column) => column.id === id))
    .filter((column): column is C => column !== undefined);
}

export function moveColumn(layout: ColumnLayout, id: string, by: -1 | 1): ColumnLayout {
  const order = [...layout.order];
  const from = order.indexOf(id);
  const to = from + by;
  if (from < 0 || to < 0 || to >= order.length) return layout;
  order.splice(from, 1);
  order.splice(to, 0, id);
  return { ...layout, order };
}
