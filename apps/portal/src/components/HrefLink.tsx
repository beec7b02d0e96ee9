import { useRouter } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, MouseEvent, Ref } from 'react';

export interface HrefLinkProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  /** A path of this portal with its query, as the server hands them out. */
  readonly href: string;
  readonly ref?: Ref<HTMLAnchorElement>;
}

/**
 * A link whose address is one text. For addresses known while writing the code use the router's `Link`, which checks
 * them; it does not take a path and its query in one piece.
 */
export function HrefLink({ href, onClick, children, ...rest }: HrefLinkProps) {
  const router = useRouter();
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    router.history.push(href);
  };
  return (
    <a {...rest} href={href} onClick={follow}>
      {children}
    </a>
  );
}
