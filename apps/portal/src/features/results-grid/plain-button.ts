/** A button without the browser's looks, for dense places where Fluent's own would be too large. */
export const plainButton = {
  backgroundColor: 'transparent',
  border: 'none',
  margin: 0,
  padding: 0,
  fontFamily: 'inherit',
  fontSize: 'inherit',
  fontWeight: 'inherit',
  lineHeight: 'inherit',
  color: 'inherit',
  textAlign: 'left',
} as const;
