import { makeStyles, mergeClasses, SearchBox, tokens } from '@fluentui/react-components';
import { useMemo } from 'react';
import { matching, type Operation } from '../model.ts';
import { MethodMark } from './MethodMark.tsx';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', minHeight: 0, height: '100%' },
  search: { padding: '0 12px 8px', flexShrink: 0 },
  box: { width: '100%', maxWidth: 'none' },
  list: { overflow: 'auto', flexGrow: 1, minHeight: 0, padding: '0 0 12px' },
  room: {
    margin: 0,
    padding: '10px 16px 4px',
    fontSize: tokens.fontSizeBase200,
    fontWeight: tokens.fontWeightSemibold,
    color: tokens.colorNeutralForeground3,
  },
  item: {
    display: 'flex',
    alignItems: 'baseline',
    gap: '8px',
    width: '100%',
    padding: '4px 16px',
    border: 'none',
    background: 'none',
    textAlign: 'left',
    cursor: 'pointer',
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    color: tokens.colorNeutralForeground1,
    overflowWrap: 'anywhere',
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  chosen: { backgroundColor: tokens.colorNeutralBackground1Selected },
  none: { padding: '12px 16px', color: tokens.colorNeutralForeground3 },
});

export interface OperationListProps {
  readonly operations: readonly Operation[];
  readonly search: string;
  readonly chosen: string;
  readonly onSearch: (text: string) => void;
  readonly onChoose: (operation: Operation) => void;
}

/** Every call by room, narrowed by what is typed. */
export function OperationList({ operations, search, chosen, onSearch, onChoose }: OperationListProps) {
  const styles = useStyles();
  const rooms = useMemo(() => {
    const found = new Map<string, Operation[]>();
    for (const operation of matching(operations, search)) {
      const room = found.get(operation.room) ?? [];
      room.push(operation);
      found.set(operation.room, room);
    }
    return [...found];
  }, [operations, search]);
  return (
    <div className={styles.root}>
      <div className={styles.search}>
        <SearchBox
          className={styles.box}
          placeholder="Filter by path, words or permission"
          aria-label="Filter calls"
          value={search}
          onChange={(_event, { value }) => onSearch(value)}
        />
      </div>
      <nav className={styles.list} aria-label="Calls">
        {rooms.length === 0 ? <p className={styles.none}>No call has these words.</p> : null}
        {rooms.map(([room, calls]) => (
          <section key={room} aria-label={room}>
            <h2 className={styles.room}>{room}</h2>
            {calls.map((operation) => (
              <button
                type="button"
                key={operation.id}
                className={mergeClasses(styles.item, operation.id === chosen && styles.chosen)}
                aria-current={operation.id === chosen ? 'true' : undefined}
                title={operation.summary}
                onClick={() => onChoose(operation)}
              >
                <MethodMark method={operation.method} />
                {operation.path}
              </button>
            ))}
          </section>
        ))}
      </nav>
    </div>
  );
}
