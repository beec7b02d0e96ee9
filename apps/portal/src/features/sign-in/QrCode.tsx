/** A QR code drawn from its cells: dark on white in every theme, because cameras want it so. */
export function QrCode({ cells, label }: { readonly cells: readonly string[]; readonly label: string }) {
  const size = cells.length;
  const path = cells
    .flatMap((row, y) => [...row].map((cell, x) => (cell === '1' ? `M${x} ${y}h1v1h-1z` : '')))
    .join('');
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${size} ${size}`}
      width={196}
      height={196}
      shapeRendering="crispEdges"
      style={{ background: '#fff', borderRadius: 4, flexShrink: 0 }}
    >
      <path d={path} fill="#000" />
    </svg>
  );
}
