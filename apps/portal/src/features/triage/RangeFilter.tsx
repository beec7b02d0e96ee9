import { Field, Input } from '@fluentui/react-components';
import { useState } from 'react';
import type { FilterDefinition } from '../../components/FilterBar.tsx';
import { FormDialog } from '../../components/FormDialog.tsx';
import { absoluteTime, TIME_RANGE_LABEL, TIME_RANGES, type TimeRange, zoneName } from '../../lib/time.ts';
import { useAppearance } from '../../theme/Appearance.tsx';
import { fromField, toField } from './range.ts';

interface Range {
  readonly range: TimeRange;
  readonly from: string;
  readonly to: string;
}

const CUSTOM = 'custom';

/** A time range: one of the usual ones, or from and to. The dialog is drawn by the caller. */
export function useRangeFilter(
  label: string,
  state: Range,
  onChange: (range: Range) => void,
): { readonly filter: FilterDefinition; readonly dialog: React.ReactNode } {
  const { zone } = useAppearance();
  const [asking, setAsking] = useState(false);
  const custom = state.from !== '' || state.to !== '';
  const said = [
    state.from ? `from ${absoluteTime(state.from, zone, 'minute')}` : '',
    state.to ? `to ${absoluteTime(state.to, zone, 'minute')}` : '',
  ];
  return {
    filter: {
      id: 'range',
      label,
      single: true,
      options: [
        ...TIME_RANGES.map((value) => ({ value, label: TIME_RANGE_LABEL[value] })),
        { value: CUSTOM, label: custom ? said.filter(Boolean).join(' ') : 'From … to …' },
      ],
      selected: [custom ? CUSTOM : state.range],
      onChange: ([value]) => {
        if (value === CUSTOM) setAsking(true);
        else onChange({ range: (value ?? 'all') as TimeRange, from: '', to: '' });
      },
    },
    dialog: asking ? <RangeDialog range={state} onClose={() => setAsking(false)} onChange={onChange} /> : null,
  };
}

function RangeDialog({
  range,
  onClose,
  onChange,
}: {
  readonly range: Range;
  readonly onClose: () => void;
  readonly onChange: (range: Range) => void;
}) {
  const { zone } = useAppearance();
  const [from, setFrom] = useState(toField(range.from, zone));
  const [to, setTo] = useState(toField(range.to, zone));
  const backwards = from !== '' && to !== '' && from >= to;
  return (
    <FormDialog
      title="Time range"
      action="Show this range"
      width={420}
      disabled={(!from && !to) || backwards}
      onClose={onClose}
      onSubmit={async () => onChange({ range: 'all', from: fromField(from, zone), to: fromField(to, zone) })}
    >
      <Field label={`From (${zoneName(zone)})`}>
        <Input type="datetime-local" value={from} onChange={(_, data) => setFrom(data.value)} />
      </Field>
      <Field
        label={`To (${zoneName(zone)})`}
        validationState={backwards ? 'error' : 'none'}
        validationMessage={backwards ? 'The end lies before the start.' : undefined}
      >
        <Input type="datetime-local" value={to} onChange={(_, data) => setTo(data.value)} />
      </Field>
    </FormDialog>
  );
}
