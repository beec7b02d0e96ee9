import {
  Button,
  Dropdown,
  Field,
  MessageBar,
  MessageBarBody,
  makeStyles,
  Option,
  tokens,
} from '@fluentui/react-components';
import { Dismiss16Regular } from '@fluentui/react-icons/svg/dismiss';
import { ENTITY_FIELDS, ENTITY_TYPES } from '@parapet/schema/wire';
import { useVocabulary } from '../data.ts';
import { ConditionRows } from '../parts/ConditionRows.tsx';
import type { EntityDraft } from './draft.ts';
import { ColumnBox, type StepProps, useStepStyles } from './StepAlert.tsx';

const ROLES = [
  'attacked',
  'compromised',
  'source',
  'destination',
  'attacker',
  'commandAndControl',
  'suspicious',
  'created',
  'loaded',
  'contextual',
];
/** What each preset usually is in an alert. */
const USUAL_ROLE: Readonly<Record<string, string>> = {
  device: 'attacked',
  account: 'compromised',
  initiatingAccount: 'compromised',
  remoteIp: 'attacker',
  sourceIp: 'attacker',
  awsActor: 'compromised',
};
const FIELDS = ENTITY_FIELDS.filter((field) => field !== 'parentProcessFileName');

const useStyles = makeStyles({
  card: {
    display: 'flex',
    flexDirection: 'column',
    gap: '8px',
    padding: '10px 12px',
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground1,
  },
});

/** Whom and what the alert is about, and to whom the rule applies. */
export function StepEntities({ draft, set, columns }: StepProps) {
  const styles = useStepStyles();
  const own = useStyles();
  const vocabulary = useVocabulary();
  const presets = vocabulary.data?.presets ?? [];
  const fitting = presets.filter(
    ({ name, required }) =>
      required.every((column) => columns.includes(column)) && !draft.entities.some(({ preset }) => preset === name),
  );
  const change = (index: number, part: Partial<EntityDraft>) =>
    set({ entities: draft.entities.map((each, place) => (place === index ? { ...each, ...part } : each)) });
  const addPreset = (name: string): EntityDraft => ({
    preset: name,
    type: 'device',
    role: USUAL_ROLE[name] ?? 'suspicious',
    fields: [],
  });
  return (
    <div className={styles.stack}>
      {draft.entities.length === 0 ? (
        <MessageBar intent="warning">
          <MessageBarBody>
            An alert names at least one asset: a device, a person, a mailbox or something in a cloud.
          </MessageBarBody>
        </MessageBar>
      ) : null}
      {draft.entities.map((entity, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows are told apart by their place
        <div key={index} className={own.card}>
          <div className={styles.row}>
            <Dropdown
              aria-label={`Entity ${index + 1}`}
              style={{ minWidth: 0, flex: '1 1 200px' }}
              value={entity.preset || `Own columns: ${entity.type}`}
              selectedOptions={[entity.preset || `own:${entity.type}`]}
              onOptionSelect={(_, data) => {
                const value = data.optionValue ?? '';
                change(
                  index,
                  value.startsWith('own:')
                    ? {
                        preset: '',
                        type: value.slice(4),
                        fields: entity.fields.length ? entity.fields : [{ field: '', column: '' }],
                      }
                    : { preset: value, fields: [] },
                );
              }}
            >
              {presets.map(({ name, required }) => (
                <Option
                  key={name}
                  value={name}
                  text={name}
                  disabled={columns.length > 0 && !required.every((column) => columns.includes(column))}
                >
                  {`${name} (${required.join(', ')})`}
                </Option>
              ))}
              {ENTITY_TYPES.map((type) => (
                <Option key={`own:${type}`} value={`own:${type}`} text={`Own columns: ${type}`}>
                  {`Own columns: ${type}`}
                </Option>
              ))}
            </Dropdown>
            <Dropdown
              aria-label={`Part of entity ${index + 1}`}
              style={{ minWidth: 0, flex: '1 1 160px' }}
              value={entity.role}
              selectedOptions={entity.role.split(', ')}
              onOptionSelect={(_, data) => change(index, { role: data.optionValue ?? 'suspicious' })}
            >
              {ROLES.map((role) => (
                <Option key={role} value={role}>
                  {role}
                </Option>
              ))}
            </Dropdown>
            <Button
              appearance="subtle"
              icon={<Dismiss16Regular />}
              aria-label={`Remove entity ${index + 1}`}
              onClick={() => set({ entities: draft.entities.filter((_, place) => place !== index) })}
            />
          </div>
          {entity.preset
            ? null
            : entity.fields.map((pair, place) => {
                const changePair = (part: Partial<typeof pair>) =>
                  change(index, {
                    fields: entity.fields.map((each, at) => (at === place ? { ...each, ...part } : each)),
                  });
                return (
                  // biome-ignore lint/suspicious/noArrayIndexKey: rows are told apart by their place
                  <div key={place} className={styles.row}>
                    <Dropdown
                      aria-label={`Identifier ${place + 1} of entity ${index + 1}`}
                      style={{ minWidth: 0, flex: '1 1 160px' }}
                      placeholder="Identifier"
                      value={pair.field}
                      selectedOptions={[pair.field]}
                      onOptionSelect={(_, data) => changePair({ field: data.optionValue ?? '' })}
                    >
                      {FIELDS.map((field) => (
                        <Option key={field} value={field}>
                          {field}
                        </Option>
                      ))}
                    </Dropdown>
                    <ColumnBox
                      label={`Column of identifier ${place + 1}`}
                      value={pair.column}
                      columns={columns}
                      onChange={(column) => changePair({ column })}
                    />
                    <Button
                      appearance="subtle"
                      icon={<Dismiss16Regular />}
                      aria-label={`Remove identifier ${place + 1}`}
                      onClick={() => change(index, { fields: entity.fields.filter((_, at) => at !== place) })}
                    />
                  </div>
                );
              })}
          {entity.preset ? null : (
            <div>
              <Button
                size="small"
                onClick={() => change(index, { fields: [...entity.fields, { field: '', column: '' }] })}
              >
                Add an identifier
              </Button>
            </div>
          )}
        </div>
      ))}
      <div className={styles.row}>
        <Button size="small" onClick={() => set({ entities: [...draft.entities, addPreset('device')] })}>
          Add an entity
        </Button>
        {fitting.length > 0 ? (
          <Button
            size="small"
            onClick={() => set({ entities: [...draft.entities, ...fitting.map(({ name }) => addPreset(name))] })}
          >
            Add what the columns give ({fitting.length})
          </Button>
        ) : null}
      </div>
      <Field
        label="Group alerts by"
        hint="Rows of one run with equal values become one alert. When empty: those about the same entities."
      >
        <Dropdown
          multiselect
          value={draft.groupBy.join(', ')}
          selectedOptions={[...draft.groupBy]}
          placeholder="The entities"
          onOptionSelect={(_, data) => set({ groupBy: data.selectedOptions })}
        >
          {[...new Set([...draft.groupBy, ...columns])].map((column) => (
            <Option key={column} value={column}>
              {column}
            </Option>
          ))}
        </Dropdown>
      </Field>
      <Field
        label="Only rows for which"
        hint="The part of the organisation the rule is for; empty for all of it. All conditions must hold."
      >
        <ConditionRows
          value={draft.scope}
          columns={columns}
          onChange={(scope) => set({ scope })}
          add="Limit the rule"
        />
      </Field>
    </div>
  );
}
