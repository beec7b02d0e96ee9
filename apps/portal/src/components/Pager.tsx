import { Button, makeStyles, Select, Tooltip, tokens } from '@fluentui/react-components';
import { ChevronLeft20Regular } from '@fluentui/react-icons/svg/chevron-left';
import { ChevronRight20Regular } from '@fluentui/react-icons/svg/chevron-right';
import { formatCount } from '../lib/time.ts';

export const PAGE_SIZES = [25, 50, 100] as const;

const useStyles = makeStyles({
  pager: {
    display: 'flex',
    alignItems: 'center',
    gap: '8px',
    padding: '4px 24px',
    minHeight: '36px',
    flexShrink: 0,
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
    fontSize: tokens.fontSizeBase200,
    color: tokens.colorNeutralForeground2,
  },
  spring: { flexGrow: 1 },
});

export interface PagerProps {
  readonly page: number;
  readonly pageSize: number;
  readonly total: number;
  readonly onPage: (page: number) => void;
  /** Without it the size is fixed. */
  readonly onPageSize?: (size: number) => void;
}

export function Pager({ page, pageSize, total, onPage, onPageSize }: PagerProps) {
  const styles = useStyles();
  const first = (page - 1) * pageSize + 1;
  const last = Math.min(page * pageSize, total);
  return (
    <nav aria-label="Pages" className={styles.pager}>
      <span aria-live="polite">
        {formatCount(first)}–{formatCount(last)} of {formatCount(total)}
      </span>
      <span className={styles.spring} />
      {onPageSize ? (
        <Select
          size="small"
          appearance="filled-lighter"
          aria-label="Rows per page"
          value={String(pageSize)}
          onChange={(_, data) => onPageSize(Number(data.value))}
        >
          {[...new Set([...PAGE_SIZES, pageSize])]
            .sort((a, b) => a - b)
            .map((size) => (
              <option key={size} value={size}>
                {size} rows
              </option>
            ))}
        </Select>
      ) : null}
      <Tooltip content="Previous page" relationship="label">
        <Button
          size="small"
          appearance="subtle"
          icon={<ChevronLeft20Regular />}
          disabled={page <= 1}
          onClick={() => onPage(page - 1)}
        />
      </Tooltip>
      <Tooltip content="Next page" relationship="label">
        <Button
          size="small"
          appearance="subtle"
          icon={<ChevronRight20Regular />}
          disabled={last >= total}
          onClick={() => onPage(page + 1)}
        />
      </Tooltip>
    </nav>
  );
}
