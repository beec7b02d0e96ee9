import { makeStyles, tokens } from '@fluentui/react-components';
import { History20Regular } from '@fluentui/react-icons/svg/history';
import type { WatchlistEvent, WatchlistInfo } from '@parapet/schema/wire';
import { Loaded } from '../../../components/Loaded.tsx';
import { SimpleTable } from '../../../components/SimpleTable.tsx';
import { TimeText } from '../../../components/TimeText.tsx';
import { visibleText } from '../../../lib/text.ts';
import { EmptyState } from '../../../shell/EmptyState.tsx';
import { useWatchlistHistory } from '../data.ts';
import { changedCells, eventText } from './events.ts';

const ACTIONS: Readonly<Record<WatchlistEvent['action'], string>> = {
  created: 'List created',
  changed: 'List edited',
  deleted: 'List deleted',
  restored: 'List brought back',
  replaced: 'Rows replaced',
  upserted: 'Rows updated by key',
  appended: 'Rows added',
  itemAdded: 'Row added',
  itemChanged: 'Row edited',
  itemDeleted: 'Row deleted',
  itemRestored: 'Row brought back',
};

const useStyles = makeStyles({
  change: { display: 'block', overflowWrap: 'anywhere' },
  old: { color: tokens.colorNeutralForeground3, textDecoration: 'line-through' },
  pad: { padding: '0 24px 24px', overflow: 'auto' },
});

/** Who changed what, newest first. */
export function HistoryTab({ list }: { readonly list: WatchlistInfo }) {
  const styles = useStyles();
  const history = useWatchlistHistory(list.id);
  return (
    <div className={styles.pad}>
      <Loaded query={history} what="The history">
        {(events) =>
          events.length === 0 ? (
            <EmptyState icon={History20Regular} title="Nothing was changed yet" />
          ) : (
            <SimpleTable<WatchlistEvent>
              label="History"
              rows={events}
              rowKey={(event) => String(event.id)}
              columns={[
                { id: 'at', header: 'Time', nowrap: true, render: (event) => <TimeText value={event.at} /> },
                { id: 'by', header: 'By', render: (event) => visibleText(event.by) },
                { id: 'action', header: 'Change', nowrap: true, render: (event) => ACTIONS[event.action] },
                {
                  id: 'detail',
                  header: 'Detail',
                  minWidth: 240,
                  render: (event) => {
                    const cells = changedCells(event);
                    if (cells.length === 0) return visibleText(eventText(event, list));
                    return cells.map(({ column, before, after }) => (
                      <span key={column} className={styles.change}>
                        {visibleText(column)}:{' '}
                        {before ? <span className={styles.old}>{visibleText(before)}</span> : null}{' '}
                        {visibleText(after) || '(empty)'}
                      </span>
                    ));
                  },
                },
              ]}
            />
          )
        }
      </Loaded>
    </div>
  );
}
