/** The product's mark: a battlement that narrows to a shield, with a gate. Drawn in the current colour. */
export function Mark({ size = 24 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path
        fill="currentColor"
        fillRule="evenodd"
        d="M3 5h6v5h4V5h6v5h4V5h6v11c0 6.2-5.2 10.4-13 13C8.2 26.400 3 22.200 3 16V5Zm13 14.200a2.800 2.800 0 0 0-2.800 2.800v3.600q1.350.600 2.800 1.100 1.450-.500 2.800-1.100V22a2.800 2.800 0 0 0-2.800-2.800Z"
      />
    </svg>
  );
}
