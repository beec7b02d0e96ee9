import {
  Button,
  Checkbox,
  makeStyles,
  Popover,
  PopoverSurface,
  PopoverTrigger,
  Text,
  Tooltip,
} from '@fluentui/react-components';
import { ChevronDown16Regular } from '@fluentui/react-icons/svg/chevron-down';
import { ChevronUp16Regular } from '@fluentui/react-icons/svg/chevron-up';
import { ColumnTriple20Regular } from '@fluentui/react-icons/svg/column-triple';
import { useMemo } from 'react';
import { usePreference } from '../api/preferences.ts';
import { applyLayout, type ColumnLayout, defaultLayout, moveColumn, readLayout } from '../lib/columns.ts';

interface ChoosableColumn {
  readonly id: string;
  readonly header: string;
  readonly hidden?: boolean;
  readonly required?: boolean;
}

/** Columns as the person arranged them, kept on the server under `key`. */
export function useColumns<C extends ChoosableColumn>(key: string, columns: readonly C[]) {
  const [stored, setLayout] = usePreference<unknown>(key, null);
  const layout = useMemo(() => readLayout(stored, columns), [stored, columns]);
  const visible = useMemo(() => applyLayout(columns, layout), [columns, layout]);
  return { visible, layout, setLayout };
}

const useStyles = makeStyles({
  list: {
    display: 'flex',
    flexDirection: 'column',
    minWidth: '260px',
    maxHeight: '60vh',
    overflowY: 'auto',
    padding: 0,
    margin: '6px 0',
  },
  item: { display: 'flex', alignItems: 'center', listStyle: 'none' },
  name: { flexGrow: 1 },
});

export interface ColumnChooserProps {
  readonly columns: readonly ChoosableColumn[];
  readonly layout: ColumnLayout;
  readonly onChange: (layout: ColumnLayout) => void;
}

/** Which columns, in which order. */
export function ColumnChooser({ columns, layout, onChange }: ColumnChooserProps) {
  const styles = useStyles();
  const byId = new Map(columns.map((column) => [column.id, column]));
  return (
    <Popover positioning="below-end" trapFocus>
      <PopoverTrigger disableButtonEnhancement>
        <Button appearance="subtle" size="small" icon={<ColumnTriple20Regular />}>
          Columns
        </Button>
      </PopoverTrigger>
      <PopoverSurface aria-label="Columns">
        <Text weight="semibold">Columns</Text>
        <ul className={styles.list}>
          {layout.order.map((id, index) => {
            const column = byId.get(id);
            if (!column) return null;
            return (
              <li key={id} className={styles.item}>
                <span className={styles.name}>
                  <Checkbox
                    label={column.header}
                    disabled={column.required}
                    checked={!layout.hidden.includes(id)}
                    onChange={(_, data) =>
                      onChange({
                        ...layout,
                        hidden: data.checked ? layout.hidden.filter((each) => each !== id) : [...layout.hidden, id],
                      })
                    }
                  />
                </span>
                <Tooltip content={`Move ${column.header} earlier`} relationship="label">
                  <Button
                    appearance="subtle"
                    size="small"
                    icon={<ChevronUp16Regular />}
                    disabled={index === 0}
                    onClick={() => onChange(moveColumn(layout, id, -1))}
                  />
                </Tooltip>
                <Tooltip content={`Move ${column.header} later`} relationship="label">
                  <Button
                    appearance="subtle"
                    size="small"
                    icon={<ChevronDown16Regular />}
                    disabled={index === layout.order.length - 1}
                    onClick={() => onChange(moveColumn(layout, id, 1))}
                  />
                </Tooltip>
              </li>
            );
          })}
        </ul>
        <Button size="small" onClick={() => onChange(defaultLayout(columns))}>
          Reset columns
        </Button>
      </PopoverSurface>
    </Popover>
  );
}
