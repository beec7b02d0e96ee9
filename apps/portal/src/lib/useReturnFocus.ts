import { useEffect, useState } from 'react';

/** When the component goes, the focus returns to where it was when it came, unless it has found another place. */
export function useReturnFocus(): void {
  const [from] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      requestAnimationFrame(() => {
        const lost = document.activeElement === null || document.activeElement === document.body;
        if (lost && from instanceof HTMLElement && from.isConnected) from.focus();
      });
    },
    [from],
  );
}
