/** Quote an identifier for ClickHouse: backticks, with backticks and backslashes escaped. */
export function quoteIdentifier(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

/** Quote a string literal for places that take no parameter (settings, DDL). */
export function quoteString(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** ` SETTINGS a = 1, b = 'x'`; numbers stay bare, names must be identifiers. */
export function settingsClause(settings: Readonly<Record<string, string | number>>): string {
  const parts = Object.entries(settings).map(([name, value]) => {
    if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new Error(`Not a setting name: ${name}`);
    return `${name} = ${typeof value === 'number' ? value : quoteString(value)}`;
  });
  return parts.length ? ` SETTINGS ${parts.join(', ')}` : '';
}
