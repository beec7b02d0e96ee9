import { Button, Link, Tooltip } from '@fluentui/react-components';
import { WindowConsole20Regular } from '@fluentui/react-icons/svg/window-console';
import { useRouter } from '@tanstack/react-router';
import type { MouseEvent, ReactNode } from 'react';
import { huntHref } from './share-link.ts';

export interface HuntLinkProps {
  readonly query: string;
  /** Range of the time picker, for queries that do not filter time themselves. */
  readonly range?: string;
  /** `button` for command bars, `icon` in dense rows, `link` inside text. */
  readonly as?: 'button' | 'icon' | 'link';
  /** What is hunted, for people who hear the page: "Hunt for powershell.exe". */
  readonly label?: string;
  readonly children?: ReactNode;
}

/** Opens the prepared query in advanced hunting and runs it. A real link: a new tab and "copy address" work. */
export function HuntLink({ query, range = 'all', as = 'link', label = 'Hunt for this', children }: HuntLinkProps) {
  const router = useRouter();
  const href = huntHref({ query, run: true, range });
  const follow = (event: MouseEvent) => {
    event.stopPropagation();
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    router.history.push(href);
  };
  if (as === 'link')
    return (
      <Link href={href} onClick={follow}>
        {children ?? label}
      </Link>
    );
  const button = (
    <Button
      as="a"
      href={href}
      size="small"
      appearance={as === 'icon' ? 'subtle' : 'secondary'}
      icon={<WindowConsole20Regular />}
      onClick={follow}
    >
      {as === 'icon' ? undefined : (children ?? label)}
    </Button>
  );
  return as === 'icon' ? (
    <Tooltip content={label} relationship="label">
      {button}
    </Tooltip>
  ) : (
    button
  );
}
