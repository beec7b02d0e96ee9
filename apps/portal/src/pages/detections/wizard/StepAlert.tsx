import {
  Button,
  Combobox,
  Dropdown,
  Field,
  Input,
  makeStyles,
  Option,
  Textarea,
  tokens,
} from '@fluentui/react-components';
import { Dismiss16Regular } from '@fluentui/react-icons/svg/dismiss';
import { SEVERITIES } from '@parapet/schema/wire';
import { useState } from 'react';
import { categoryLabel, SEVERITY_LABEL } from '../../../theme/meaning.ts';
import { useVocabulary } from '../data.ts';
import { ALL_CATEGORIES } from '../search.ts';
import type { RuleDraft } from './draft.ts';

export interface StepProps {
  readonly draft: RuleDraft;
  readonly set: (part: Partial<RuleDraft>) => void;
  readonly columns: readonly string[];
}

export const useStepStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '14px', maxWidth: '860px' },
  pair: { display: 'grid', gridTemplateColumns: 'repeat(auto-fit, minmax(220px, 1fr))', gap: '14px' },
  row: { display: 'flex', gap: '8px', alignItems: 'center', flexWrap: 'wrap' },
  hint: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
  tags: { display: 'flex', gap: '6px', flexWrap: 'wrap', marginTop: '6px' },
});

/** Columns of the result as a list of choices; any text may be typed. */
export function ColumnBox({
  label,
  value,
  columns,
  onChange,
}: {
  readonly label: string;
  readonly value: string;
  readonly columns: readonly string[];
  readonly onChange: (column: string) => void;
}) {
  return (
    <Combobox
      freeform
      aria-label={label}
      placeholder="Column"
      style={{ minWidth: 0, flex: '1 1 160px' }}
      value={value}
      selectedOptions={[value]}
      onChange={(event) => onChange(event.target.value)}
      onOptionSelect={(_, data) => onChange(data.optionValue ?? '')}
    >
      {columns
        .filter((column) => columns.includes(value) || column.toLowerCase().includes(value.toLowerCase()))
        .slice(0, 100)
        .map((column) => (
          <Option key={column} value={column}>
            {column}
          </Option>
        ))}
    </Combobox>
  );
}

/** What the alert says. */
export function StepAlert({ draft, set, columns }: StepProps) {
  const styles = useStepStyles();
  const vocabulary = useVocabulary();
  const [typed, setTyped] = useState('');
  const wanted = typed.trim().toLowerCase();
  const techniques = vocabulary.data?.techniques ?? [];
  const offered = wanted
    ? techniques.filter(({ id, name }) => id.toLowerCase().startsWith(wanted) || name.toLowerCase().includes(wanted))
    : techniques.filter(({ tactics }) => tactics.includes(draft.category));
  return (
    <div className={styles.stack}>
      <Field label="Name" required hint="What the list of rules calls it.">
        <Input value={draft.name} maxLength={200} onChange={(_, data) => set({ name: data.value })} />
      </Field>
      <Field label="Title of its alerts" hint="{{Column}} stands for a value of the row. The name, when empty.">
        <Input
          value={draft.title}
          maxLength={300}
          placeholder={draft.name}
          onChange={(_, data) => set({ title: data.value })}
        />
      </Field>
      {columns.length > 0 ? (
        <div className={styles.tags}>
          {[
            'DeviceName',
            'AccountName',
            'AccountUpn',
            'FileName',
            'RemoteIP',
            'IPAddress',
            'UserPrincipalName',
            ...columns,
          ]
            .filter((column, index, all) => columns.includes(column) && all.indexOf(column) === index)
            .slice(0, 8)
            .map((column) => (
              <Button
                key={column}
                size="small"
                onClick={() => set({ title: `${draft.title || draft.name} {{${column}}}`.trim() })}
              >
                {column}
              </Button>
            ))}
        </div>
      ) : null}
      <Field label="Description" required hint="What happened and why it matters.">
        <Textarea
          value={draft.description}
          rows={3}
          resize="vertical"
          onChange={(_, data) => set({ description: data.value })}
        />
      </Field>
      <div className={styles.pair}>
        <Field label="Severity" required>
          <Dropdown
            value={SEVERITY_LABEL[draft.severity as keyof typeof SEVERITY_LABEL] ?? draft.severity}
            selectedOptions={[draft.severity]}
            onOptionSelect={(_, data) => set({ severity: data.optionValue ?? 'medium' })}
          >
            {SEVERITIES.map((severity) => (
              <Option key={severity} value={severity}>
                {SEVERITY_LABEL[severity]}
              </Option>
            ))}
          </Dropdown>
        </Field>
        <Field label="Category" required>
          <Dropdown
            value={categoryLabel(draft.category as never)}
            selectedOptions={[draft.category]}
            onOptionSelect={(_, data) => set({ category: data.optionValue ?? 'SuspiciousActivity' })}
          >
            {ALL_CATEGORIES.map((category) => (
              <Option key={category} value={category}>
                {categoryLabel(category)}
              </Option>
            ))}
          </Dropdown>
        </Field>
      </div>
      <Field label="Techniques" hint="ATT&CK techniques; those of the category are offered first.">
        <Combobox
          freeform
          placeholder="T1059 or a name"
          value={typed}
          selectedOptions={[...draft.techniques]}
          multiselect
          onChange={(event) => setTyped(event.target.value)}
          onOptionSelect={(_, data) => {
            set({ techniques: data.selectedOptions });
            setTyped('');
          }}
        >
          {offered.slice(0, 80).map(({ id, name }) => (
            <Option key={id} value={id} text={`${id} ${name}`}>
              {`${id} ${name}`}
            </Option>
          ))}
        </Combobox>
        <div className={styles.tags}>
          {draft.techniques.map((id) => (
            <Button
              key={id}
              size="small"
              icon={<Dismiss16Regular />}
              iconPosition="after"
              aria-label={`Remove ${id}`}
              onClick={() => set({ techniques: draft.techniques.filter((each) => each !== id) })}
            >
              {id} {techniques.find((each) => each.id === id)?.name ?? ''}
            </Button>
          ))}
        </div>
      </Field>
      <Field label="Recommended actions" hint="One a line.">
        <Textarea
          value={draft.recommendedActions}
          rows={3}
          resize="vertical"
          onChange={(_, data) => set({ recommendedActions: data.value })}
        />
      </Field>
      <Field label="Known false positives" hint="One a line.">
        <Textarea
          value={draft.falsePositives}
          rows={2}
          resize="vertical"
          onChange={(_, data) => set({ falsePositives: data.value })}
        />
      </Field>
      <Field label="Custom details" hint="Values of columns that are shown with the alert, at most 20.">
        <div className={styles.stack}>
          {draft.details.map((detail, index) => {
            const change = (part: Partial<typeof detail>) =>
              set({ details: draft.details.map((each, place) => (place === index ? { ...each, ...part } : each)) });
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows are told apart by their place
              <div key={index} className={styles.row}>
                <Input
                  aria-label={`Name of detail ${index + 1}`}
                  placeholder="Name"
                  style={{ minWidth: 0, flex: '1 1 140px' }}
                  value={detail.name}
                  onChange={(_, data) => change({ name: data.value })}
                />
                <ColumnBox
                  label={`Column of detail ${index + 1}`}
                  value={detail.column}
                  columns={columns}
                  onChange={(column) => change({ column })}
                />
                <Button
                  appearance="subtle"
                  icon={<Dismiss16Regular />}
                  aria-label={`Remove detail ${index + 1}`}
                  onClick={() => set({ details: draft.details.filter((_, place) => place !== index) })}
                />
              </div>
            );
          })}
          <div>
            <Button
              size="small"
              disabled={draft.details.length >= 20}
              onClick={() => set({ details: [...draft.details, { name: '', column: '' }] })}
            >
              Add a detail
            </Button>
          </div>
        </div>
      </Field>
    </div>
  );
}
