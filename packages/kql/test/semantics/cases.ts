/** Cases of meaning, checked by hand against the language's documentation and recorded answers. */

/** An expression and its value, as JSON. */
export type Scalars = readonly (readonly [expression: string, value: unknown])[];

/** A query, the names of its columns and its rows. */
export type Tables = readonly (readonly [query: string, columns: string, rows: readonly (readonly unknown[])[]])[];
