import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Menu,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  Text,
} from '@fluentui/react-components';
import { ArrowDownload16Regular } from '@fluentui/react-icons/svg/arrow-download';
import { type ReactNode, useState } from 'react';
import type { QueryValues } from '../../api/client.ts';
import { notify } from '../../components/Notifier.tsx';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import type { LiveList } from '../../lib/liveList.ts';
import type { Selection } from '../../lib/queue.ts';
import { formatCount, plural } from '../../lib/time.ts';
import { useReturnFocus } from '../../lib/useReturnFocus.ts';
import { useStored } from '../../lib/useStored.ts';
import { Composer } from '../comments/Composer.tsx';
import { csvChunks, download } from '../results-grid/csv.ts';
import { collectAll, MOST_AT_ONCE, type Outcome } from './bulk.ts';

/** A column of the exported file. */
export interface CsvColumn<R> {
  readonly name: string;
  readonly value: (row: R) => string | number | null;
}

/** A spreadsheet opens this many without pain. */
const MOST_EXPORTED = 10_000;

export interface BulkBarProps<R> {
  readonly noun: string;
  readonly path: string;
  readonly query: QueryValues;
  readonly list: LiveList<R>;
  readonly selection: Selection<R>;
  readonly csv: readonly CsvColumn<R>[];
  /** What can be done with what is selected. */
  readonly children: ReactNode;
}

/** Above a queue: how many there are; with a selection, what can be done with it. */
export function BulkBar<R>({ noun, path, query, list, selection, csv, children }: BulkBarProps<R>) {
  const [busy, setBusy] = useState(false);
  const total = list.data?.total ?? 0;
  const work = async (what: () => Promise<void>, failure: string) => {
    setBusy(true);
    try {
      await what();
    } catch (error) {
      notify.failure(failure, error);
    } finally {
      setBusy(false);
    }
  };
  const save = (rows: readonly R[]) => {
    const columns = csv.map(({ name }) => ({ name, type: 'string' as const }));
    const cells = rows.map((row) => csv.map(({ value }) => value(row)));
    download(`${noun}s-${new Date().toISOString().slice(0, 10)}.csv`, 'text/csv', csvChunks(columns, cells));
  };
  const exportAll = () =>
    void work(async () => {
      const rows = await collectAll<R>(path, query, MOST_EXPORTED);
      save(rows);
      if (rows.length < total)
        notify.warning(
          `The file holds the first ${plural(rows.length, noun)} of ${formatCount(total)}`,
          'Narrow the filters for the rest.',
        );
    }, 'The list was not exported');
  const selectAll = () =>
    void work(
      async () => selection.setRows(await collectAll<R>(path, query, MOST_AT_ONCE)),
      'Not everything could be selected',
    );
  const picked = selection.rows.length;
  if (picked === 0)
    return (
      <>
        <Text aria-live="polite">{list.data ? plural(total, noun) : ''}</Text>
        {total > 0 ? (
          <Button
            size="small"
            appearance="subtle"
            icon={<ArrowDownload16Regular />}
            disabled={busy}
            onClick={exportAll}
          >
            Export CSV
          </Button>
        ) : null}
      </>
    );
  return (
    <>
      <Text weight="semibold" aria-live="polite">
        {plural(picked, noun)} selected
      </Text>
      {picked > MOST_AT_ONCE ? <Text>At most {formatCount(MOST_AT_ONCE)} can be changed at once.</Text> : children}
      <Menu>
        <MenuTrigger disableButtonEnhancement>
          <Button size="small" appearance="subtle" disabled={busy}>
            More
          </Button>
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            <MenuItem onClick={() => save(selection.rows)}>Export the selection as CSV</MenuItem>
            <MenuItem disabled={picked >= Math.min(total, MOST_AT_ONCE)} onClick={selectAll}>
              {total > MOST_AT_ONCE
                ? `Select the first ${formatCount(MOST_AT_ONCE)} of ${formatCount(total)}`
                : `Select all ${formatCount(total)}`}
            </MenuItem>
          </MenuList>
        </MenuPopover>
      </Menu>
      <Button size="small" appearance="transparent" onClick={selection.clear}>
        Clear selection
      </Button>
    </>
  );
}

/** What a bulk change refused, item by item. */
export function OutcomeDialog({
  outcome,
  noun,
  onClose,
  onSelect,
}: {
  readonly outcome: Outcome;
  readonly noun: string;
  readonly onClose: () => void;
  /** Select what is left, to try something else. */
  readonly onSelect?: (ids: ReadonlySet<string>) => void;
}) {
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && onClose()}>
      <DialogSurface style={{ maxWidth: 720 }}>
        <DialogBody>
          <DialogTitle>{outcome.title}</DialogTitle>
          <DialogContent>
            <Text as="p">
              {plural(outcome.failed.length, noun)} {outcome.failed.length === 1 ? 'was' : 'were'} left as before:
            </Text>
            <SimpleTable
              label="Not changed"
              rows={outcome.failed}
              rowKey={(row) => row.id}
              columns={[
                { id: 'id', header: 'Id', nowrap: true, render: (row) => row.id },
                { id: 'why', header: 'Why', render: (row) => row.reason },
              ]}
            />
          </DialogContent>
          <DialogActions>
            {onSelect ? (
              <Button
                onClick={() => {
                  onSelect(new Set(outcome.failed.map(({ id }) => id)));
                  onClose();
                }}
              >
                Select these
              </Button>
            ) : null}
            <Button appearance="primary" onClick={onClose}>
              Close
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

/** One comment for everything that is selected. */
export function CommentDialog({
  subject,
  draftKey,
  onClose,
  onComment,
}: {
  readonly subject: string;
  readonly draftKey: string;
  readonly onClose: () => void;
  /** @returns whether it was saved on all of them */
  readonly onComment: (text: string) => Promise<boolean>;
}) {
  useReturnFocus();
  const [text, setText] = useStored(`draft.bulk.${draftKey}`, '');
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && onClose()}>
      <DialogSurface style={{ maxWidth: 560 }}>
        <DialogBody>
          <DialogTitle>Comment on {subject}</DialogTitle>
          <DialogContent>
            <Composer
              label="Comment"
              autoFocus
              value={text}
              onChange={setText}
              action="Save comment"
              onCancel={onClose}
              onSend={async (written) => {
                const saved = await onComment(written);
                if (saved) {
                  setText('');
                  onClose();
                }
                return saved;
              }}
            />
          </DialogContent>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
