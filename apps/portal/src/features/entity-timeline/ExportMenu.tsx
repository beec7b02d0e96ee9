import { Button, Menu, MenuItemLink, MenuList, MenuPopover, MenuTrigger } from '@fluentui/react-components';
import { ArrowDownload16Regular } from '@fluentui/react-icons/svg/arrow-download';
import { withQuery } from '../../api/client.ts';
import { formatCount } from '../../lib/time.ts';
import type { TimelineFilter } from './useTimeline.ts';

/** As many rows as the server writes into one file. */
const MOST = 100_000;

/** The rows of the filter as a file; the server writes it page by page. */
export function ExportMenu({
  path,
  filter,
  total,
  name,
}: {
  readonly path: string;
  readonly filter: TimelineFilter;
  readonly total: number;
  readonly name: string;
}) {
  const href = (format: 'csv' | 'jsonl') =>
    withQuery(`${path}/export`, { ...filter, flagged: filter.flagged ? 'true' : '', format });
  const rows = total > MOST ? `the newest ${formatCount(MOST)}` : formatCount(total);
  return (
    <Menu>
      <MenuTrigger disableButtonEnhancement>
        <Button size="small" appearance="subtle" icon={<ArrowDownload16Regular />} disabled={total === 0}>
          Export
        </Button>
      </MenuTrigger>
      <MenuPopover>
        <MenuList aria-label={`Export the timeline of ${name}`}>
          <MenuItemLink href={href('csv')} download>
            CSV, {rows} rows
          </MenuItemLink>
          <MenuItemLink href={href('jsonl')} download>
            JSON lines, {rows} rows
          </MenuItemLink>
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}
