import {
  Button,
  Checkbox,
  Combobox,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  DialogTrigger,
  Dropdown,
  Field,
  Input,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  makeStyles,
  Option,
  Radio,
  RadioGroup,
  Text,
  Textarea,
} from '@fluentui/react-components';
import { Dismiss16Regular } from '@fluentui/react-icons/svg/dismiss';
import type { DetectionInfo, Page, TuningConditionInfo, TuningPreviewInfo, TuningRuleInfo } from '@parapet/schema/wire';
import { ENTITY_TYPES, SEVERITIES } from '@parapet/schema/wire';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError, api } from '../../../api/client.ts';
import { visibleText } from '../../../lib/text.ts';
import { plural } from '../../../lib/time.ts';
import { SEVERITY_LABEL } from '../../../theme/meaning.ts';
import { Failure } from '../../watchlists/parts/Failure.tsx';
import { KEY } from '../data.ts';
import { conditionOf, conditionWords, previewTuning, type TestDraft, testsOf, useTuningChanges } from './data.ts';

const FIELDS = [
  'label',
  'deviceName',
  'accountName',
  'accountDomain',
  'accountUpn',
  'accountSid',
  'fileName',
  'folderPath',
  'processCommandLine',
  'parentProcessFileName',
  'sha1',
  'sha256',
  'md5',
  'ip',
  'url',
  'registryKey',
  'registryValueName',
  'serviceName',
  'taskName',
  'resourceId',
  'resourceType',
  'cloudAccountId',
  'mailboxAddress',
];
const OPERATORS: Readonly<Record<string, string>> = {
  equals: 'is',
  startsWith: 'starts with',
  endsWith: 'ends with',
  contains: 'contains',
  matches: 'matches (with *)',
  inRange: 'is in the range',
};
const NEW_TEST: TestDraft = { evidence: 'any', field: 'deviceName', operator: 'equals', values: '' };

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '12px' },
  test: {
    display: 'grid',
    gridTemplateColumns: '130px 1fr 130px 1.6fr 32px',
    gap: '6px',
    alignItems: 'start',
    '@media (max-width: 760px)': { gridTemplateColumns: '1fr' },
  },
  pair: { display: 'grid', gridTemplateColumns: 'repeat(auto-fit, minmax(200px, 1fr))', gap: '12px' },
});

export interface TuningStart {
  readonly name: string;
  readonly ruleIds: readonly string[];
  readonly condition: TuningConditionInfo;
}

/** A tuning rule: which findings, what becomes of them, and what it would have taken so far. */
export function TuningDialog({
  rule,
  start,
  onClose,
}: {
  readonly rule?: TuningRuleInfo | undefined;
  readonly start?: TuningStart | undefined;
  readonly onClose: () => void;
}) {
  const styles = useStyles();
  const { save } = useTuningChanges();
  const rules = useQuery({
    queryKey: [KEY, 'names'],
    queryFn: ({ signal }) =>
      api.get<Page<DetectionInfo>>(KEY as string, { pageSize: 500, sort: 'name' }, signal).then(({ items }) => items),
  });
  const condition = rule?.definition.condition ?? start?.condition;
  const read = condition ? testsOf(condition) : { joint: 'all' as const, tests: [NEW_TEST] };
  const [name, setName] = useState(rule?.name ?? start?.name ?? '');
  const [comment, setComment] = useState(rule?.definition.comment ?? '');
  const [action, setAction] = useState<string>(rule?.definition.action ?? 'hide');
  const [severity, setSeverity] = useState<string>(rule?.definition.severity ?? '');
  const [tags, setTags] = useState(rule?.definition.tags.join(', ') ?? '');
  const [ruleIds, setRuleIds] = useState<readonly string[]>(rule?.definition.ruleIds ?? start?.ruleIds ?? []);
  const [devices, setDevices] = useState(rule?.definition.devices.join('\n') ?? '');
  const [until, setUntil] = useState(rule?.expiresAt?.slice(0, 10) ?? '');
  const [joint, setJoint] = useState<'all' | 'any'>(read?.joint ?? 'all');
  const [tests, setTests] = useState<readonly TestDraft[]>(read?.tests ?? []);
  const [preview, setPreview] = useState<TuningPreviewInfo>();
  const [confirmed, setConfirmed] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const list = (text: string, by: RegExp) =>
    text
      .split(by)
      .map((each) => each.trim())
      .filter(Boolean);
  const body = () => ({
    name,
    comment,
    action,
    enabled: rule?.enabled ?? true,
    sources: rule?.definition.sources ?? [],
    ruleIds,
    devices: list(devices, /\n/),
    severity: severity || null,
    tags: list(tags, /,/),
    expiresAt: until ? new Date(`${until}T23:59:59Z`).toISOString() : null,
    condition: read ? conditionOf(joint, tests) : condition,
    confirmed,
  });
  const attempt = async (work: () => Promise<unknown>) => {
    setBusy(true);
    setFailure(undefined);
    try {
      await work();
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  const change = (index: number, part: Partial<TestDraft>) => {
    setPreview(undefined);
    setTests(tests.map((each, place) => (place === index ? { ...each, ...part } : each)));
  };
  const broad = preview?.broad || (failure instanceof ApiError && failure.code === 'tuning_rule_is_broad');
  const nameOf = (id: string) => rules.data?.find((each) => each.id === id)?.name ?? id;
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && !busy && onClose()}>
      <DialogSurface style={{ maxWidth: 860 }}>
        <DialogBody>
          <DialogTitle>{rule ? 'Edit the tuning rule' : 'New tuning rule'}</DialogTitle>
          <DialogContent className={styles.stack}>
            <Field label="Name" required>
              <Input value={name} maxLength={200} onChange={(_, data) => setName(data.value)} />
            </Field>
            <Field label="Findings of" hint="Rules it is about; none for all.">
              <Combobox
                multiselect
                selectedOptions={[...ruleIds]}
                placeholder={ruleIds.length === 0 ? 'All rules' : ruleIds.map(nameOf).join(', ')}
                onOptionSelect={(_, data) => {
                  setPreview(undefined);
                  setRuleIds(data.selectedOptions);
                }}
              >
                {(rules.data ?? []).map((each) => (
                  <Option key={each.id} value={each.id}>
                    {visibleText(each.name)}
                  </Option>
                ))}
              </Combobox>
            </Field>
            {read ? (
              <Field label="Whose evidence">
                <div className={styles.stack}>
                  <RadioGroup
                    layout="horizontal"
                    value={joint}
                    onChange={(_, data) => setJoint(data.value as 'all' | 'any')}
                  >
                    <Radio value="all" label="meets all of these" />
                    <Radio value="any" label="meets any of these" />
                  </RadioGroup>
                  {tests.map((test, index) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: rows are told apart by their place
                    <div key={index} className={styles.test}>
                      <Dropdown
                        aria-label={`Evidence of test ${index + 1}`}
                        style={{ minWidth: 0 }}
                        value={test.evidence}
                        selectedOptions={[test.evidence]}
                        onOptionSelect={(_, data) => change(index, { evidence: data.optionValue ?? 'any' })}
                      >
                        {['any', ...ENTITY_TYPES].map((type) => (
                          <Option key={type} value={type}>
                            {type}
                          </Option>
                        ))}
                      </Dropdown>
                      <Dropdown
                        aria-label={`Property of test ${index + 1}`}
                        style={{ minWidth: 0 }}
                        value={test.field}
                        selectedOptions={[test.field]}
                        onOptionSelect={(_, data) => change(index, { field: data.optionValue ?? 'deviceName' })}
                      >
                        {FIELDS.map((field) => (
                          <Option key={field} value={field}>
                            {field}
                          </Option>
                        ))}
                      </Dropdown>
                      <Dropdown
                        aria-label={`Comparison of test ${index + 1}`}
                        style={{ minWidth: 0 }}
                        value={OPERATORS[test.operator] ?? test.operator}
                        selectedOptions={[test.operator]}
                        onOptionSelect={(_, data) => change(index, { operator: data.optionValue ?? 'equals' })}
                      >
                        {Object.entries(OPERATORS).map(([value, label]) => (
                          <Option key={value} value={value}>
                            {label}
                          </Option>
                        ))}
                      </Dropdown>
                      <Textarea
                        rows={1}
                        resize="vertical"
                        aria-label={`Values of test ${index + 1}, one a line`}
                        placeholder="One value a line"
                        value={test.values}
                        onChange={(_, data) => change(index, { values: data.value })}
                      />
                      <Button
                        appearance="subtle"
                        icon={<Dismiss16Regular />}
                        aria-label={`Remove test ${index + 1}`}
                        disabled={tests.length === 1}
                        onClick={() => setTests(tests.filter((_, place) => place !== index))}
                      />
                    </div>
                  ))}
                  <div>
                    <Button size="small" onClick={() => setTests([...tests, NEW_TEST])}>
                      Add a test
                    </Button>
                  </div>
                </div>
              </Field>
            ) : (
              <Text size={200}>
                Its conditions are nested and stay as they are:{' '}
                {condition ? visibleText(conditionWords(condition)) : ''}
              </Text>
            )}
            <Field label="Only on devices" hint="Names, one a line, * for anything; empty for all.">
              <Textarea value={devices} rows={1} resize="vertical" onChange={(_, data) => setDevices(data.value)} />
            </Field>
            <Field label="Then">
              <RadioGroup value={action} onChange={(_, data) => setAction(data.value)}>
                <Radio value="hide" label="Hide: no alert, kept as a record that is counted" />
                <Radio value="resolve" label="Resolve: an alert that is closed at its creation" />
                <Radio value="change" label="Only set severity or tags" />
              </RadioGroup>
            </Field>
            {action === 'hide' ? null : (
              <div className={styles.pair}>
                <Field label="Severity">
                  <Dropdown
                    value={severity ? SEVERITY_LABEL[severity as keyof typeof SEVERITY_LABEL] : 'As the rule says'}
                    selectedOptions={[severity]}
                    onOptionSelect={(_, data) => setSeverity(data.optionValue ?? '')}
                  >
                    <Option value="">As the rule says</Option>
                    {SEVERITIES.map((each) => (
                      <Option key={each} value={each}>
                        {SEVERITY_LABEL[each]}
                      </Option>
                    ))}
                  </Dropdown>
                </Field>
                <Field label="Tags" hint="Separated by commas.">
                  <Input value={tags} onChange={(_, data) => setTags(data.value)} />
                </Field>
              </div>
            )}
            <div className={styles.pair}>
              <Field label="Why">
                <Textarea
                  value={comment}
                  rows={2}
                  resize="vertical"
                  maxLength={2_000}
                  onChange={(_, data) => setComment(data.value)}
                />
              </Field>
              <Field label="Until the end of" hint="Empty for ever.">
                <Input type="date" value={until} onChange={(_, data) => setUntil(data.value)} />
              </Field>
            </div>
            {preview ? (
              <MessageBar intent={preview.truePositives > 0 || preview.broad ? 'warning' : 'info'} layout="multiline">
                <MessageBarBody>
                  <MessageBarTitle>
                    {preview.matched === 0
                      ? `It would have taken none of ${plural(preview.looked, 'alert')}`
                      : `It would have taken ${preview.matched} of ${plural(preview.looked, 'alert')} (${Math.round(preview.share * 1000) / 10} %) of the last ${preview.days} days`}
                  </MessageBarTitle>
                  {preview.truePositives > 0
                    ? ` ${plural(preview.truePositives, 'of them was', 'of them were')} judged an attack.`
                    : ''}
                  {preview.alerts.slice(0, 8).map((alert) => (
                    <Text key={alert.id} size={200} block>
                      {visibleText(alert.title)}
                    </Text>
                  ))}
                </MessageBarBody>
              </MessageBar>
            ) : null}
            {broad ? (
              <Checkbox
                checked={confirmed}
                label="It takes more than a fifth of all alerts, and that is meant"
                onChange={(_, data) => setConfirmed(data.checked === true)}
              />
            ) : null}
            <Failure title="The tuning rule was not stored" error={failure} />
          </DialogContent>
          <DialogActions>
            <Button disabled={busy} onClick={() => void attempt(async () => setPreview(await previewTuning(body())))}>
              Preview
            </Button>
            <DialogTrigger disableButtonEnhancement>
              <Button disabled={busy}>Cancel</Button>
            </DialogTrigger>
            <Button
              appearance="primary"
              disabled={busy || !name.trim()}
              onClick={() =>
                void attempt(async () => {
                  await save(body(), rule?.id);
                  onClose();
                })
              }
            >
              Save
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
