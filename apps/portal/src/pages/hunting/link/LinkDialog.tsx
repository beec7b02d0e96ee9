import {
  Button,
  Checkbox,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  DialogTrigger,
  Field,
  Input,
  MessageBar,
  MessageBarBody,
  makeStyles,
  Radio,
  RadioGroup,
  Select,
  Text,
  Textarea,
  tokens,
} from '@fluentui/react-components';
import {
  ENTITY_FIELDS,
  ENTITY_TYPES,
  type EntityType,
  type HuntResult,
  LINK_MAX_ALERTS,
  LINK_MAX_ROWS,
  type LinkRowsResult,
  OTHER_CATEGORIES,
  SEVERITIES,
  type Severity,
  TACTICS,
} from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useMemo, useState } from 'react';
import { ApiError, api } from '../../../api/client.ts';
import { notify } from '../../../components/Notifier.tsx';
import { rowRecord } from '../../../features/results-grid/model.ts';
import { ENTITY_LABEL } from '../../../lib/entity.ts';
import { visibleText } from '../../../lib/text.ts';
import { formatCount } from '../../../lib/time.ts';
import { categoryLabel, SEVERITY_LABEL } from '../../../theme/meaning.ts';
import { alertCount, type Offer, offersOf } from './mapping.ts';

const useStyles = makeStyles({
  content: { display: 'flex', flexDirection: 'column', gap: '12px' },
  row: { display: 'flex', flexWrap: 'wrap', gap: '12px' },
  grow: { flex: '1 1 200px' },
  list: { display: 'flex', flexDirection: 'column', maxHeight: '200px', overflowY: 'auto' },
  offer: { display: 'flex', alignItems: 'center', justifyContent: 'space-between', gap: '8px', paddingRight: '4px' },
  label: { minWidth: 0 },
  soft: { color: tokens.colorNeutralForeground3 },
});

export interface LinkDialogProps {
  readonly result: HuntResult;
  /** Row numbers in the result. */
  readonly rows: readonly number[];
  readonly query: string;
  readonly onClose: () => void;
}

type Category = (typeof TACTICS)[number] | (typeof OTHER_CATEGORIES)[number];

/** Chosen rows become alerts of a new or an existing incident (spec B 2.7). */
export function LinkDialog({ result, rows, query, onClose }: LinkDialogProps) {
  const styles = useStyles();
  const client = useQueryClient();
  const navigate = useNavigate();
  const known = useMemo(() => offersOf(result.columns), [result]);
  const [own, setOwn] = useState<readonly Offer[]>([]);
  const offers = [...known, ...own];
  const [chosen, setChosen] = useState<ReadonlySet<string>>(() => new Set(known.slice(0, 6).map(({ id }) => id)));
  const [parts, setParts] = useState<Readonly<Record<string, Offer['part']>>>({});
  const [target, setTarget] = useState<'new' | 'existing'>('new');
  const [incidentId, setIncidentId] = useState('');
  const [search, setSearch] = useState('');
  const [title, setTitle] = useState('');
  const [severity, setSeverity] = useState<Severity>('medium');
  const [category, setCategory] = useState<Category>('SuspiciousActivity');
  const [description, setDescription] = useState('');
  const [actions, setActions] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const found = useQuery({
    queryKey: ['incidents', 'link', search],
    queryFn: ({ signal }) =>
      api.get('/api/incidents', { status: 'active,inProgress', search, sort: '-lastUpdate', pageSize: 20 }, signal),
    enabled: target === 'existing',
    staleTime: 15_000,
  });
  const entities = offers
    .filter(({ id }) => chosen.has(id))
    .map(({ id, type, fields, part }) => ({ type, fields, part: parts[id] ?? part }));
  const picked = useMemo(() => rows.map((row) => result.rows[row] ?? []), [rows, result]);
  const { alerts, without } = alertCount(result.columns, picked, entities);
  const problem =
    rows.length > LINK_MAX_ROWS
      ? `At most ${formatCount(LINK_MAX_ROWS)} rows are linked at once; ${formatCount(rows.length)} are chosen.`
      : alerts === 0
        ? 'No chosen row names an impacted entity. Choose a column that does, and mark it as impacted.'
        : without > 0
          ? `${formatCount(without)} of ${formatCount(rows.length)} rows name no impacted entity. Map another column, or choose other rows.`
          : alerts > LINK_MAX_ALERTS
            ? `This would make ${formatCount(alerts)} alerts; at most ${LINK_MAX_ALERTS} are made at once.`
            : undefined;
  const ready = title.trim() !== '' && !problem && (target === 'new' || incidentId !== '');

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!ready || busy) return;
    setBusy(true);
    setFailure(undefined);
    try {
      const done = await api.post<LinkRowsResult>('/api/incidents/link' as string, {
        ...(target === 'existing' ? { incidentId } : {}),
        title: title.trim(),
        severity,
        category,
        description,
        recommendedActions: actions,
        query,
        table: result.tables[0] ?? '',
        rows: picked.map((row) => rowRecord(result.columns, row)),
        entities,
      });
      void client.invalidateQueries({ queryKey: ['incidents'] });
      onClose();
      notify.success(
        `${done.alertIds.length === 1 ? '1 alert' : `${done.alertIds.length} alerts`} in incident ${done.incidentId}`,
        'Opening the incident.',
      );
      void navigate({ to: '/incidents/$id', params: { id: done.incidentId } });
    } catch (error) {
      setFailure(error);
      setBusy(false);
    }
  };

  return (
    <Dialog open onOpenChange={(_, data) => !data.open && !busy && onClose()}>
      <DialogSurface style={{ maxWidth: 680 }}>
        <form onSubmit={(event) => void submit(event)}>
          <DialogBody>
            <DialogTitle>
              Link {rows.length === 1 ? '1 row' : `${formatCount(rows.length)} rows`} to an incident
            </DialogTitle>
            <DialogContent className={styles.content}>
              <RadioGroup
                layout="horizontal"
                aria-label="Incident"
                value={target}
                onChange={(_, data) => setTarget(data.value === 'existing' ? 'existing' : 'new')}
              >
                <Radio value="new" label="New incident" />
                <Radio value="existing" label="Existing incident" />
              </RadioGroup>
              {target === 'existing' ? (
                <div className={styles.row}>
                  <Field label="Find by name or number" className={styles.grow}>
                    <Input type="search" value={search} maxLength={200} onChange={(_, data) => setSearch(data.value)} />
                  </Field>
                  <Field label="Incident" required className={styles.grow}>
                    <Select value={incidentId} onChange={(_, data) => setIncidentId(data.value)}>
                      <option value="">{found.data?.items.length === 0 ? 'None found' : 'Choose…'}</option>
                      {(found.data?.items ?? []).map((one) => (
                        <option key={one.id} value={one.id}>
                          {one.id}: {visibleText(one.name)}
                        </option>
                      ))}
                    </Select>
                  </Field>
                </div>
              ) : null}
              <Field label="Title of the alert" required>
                <Input value={title} maxLength={256} autoFocus onChange={(_, data) => setTitle(data.value)} />
              </Field>
              <div className={styles.row}>
                <Field label="Severity" className={styles.grow}>
                  <Select value={severity} onChange={(_, data) => setSeverity(data.value as Severity)}>
                    {[...SEVERITIES].reverse().map((one) => (
                      <option key={one} value={one}>
                        {SEVERITY_LABEL[one]}
                      </option>
                    ))}
                  </Select>
                </Field>
                <Field label="Category" className={styles.grow}>
                  <Select value={category} onChange={(_, data) => setCategory(data.value as Category)}>
                    {[...TACTICS, ...OTHER_CATEGORIES].map((one) => (
                      <option key={one} value={one}>
                        {categoryLabel(one)}
                      </option>
                    ))}
                  </Select>
                </Field>
              </div>
              <Field label="Description">
                <Textarea value={description} maxLength={10_000} onChange={(_, data) => setDescription(data.value)} />
              </Field>
              <Field label="Recommended actions">
                <Textarea value={actions} maxLength={10_000} onChange={(_, data) => setActions(data.value)} />
              </Field>
              <fieldset style={{ border: 'none', margin: 0, padding: 0 }}>
                <legend>
                  <Text weight="semibold">Entities</Text>
                </legend>
                <div className={styles.list}>
                  {offers.map((offer) => (
                    <div key={offer.id} className={styles.offer}>
                      <Checkbox
                        className={styles.label}
                        label={offer.label}
                        checked={chosen.has(offer.id)}
                        onChange={(_, data) => {
                          const next = new Set(chosen);
                          if (data.checked) next.add(offer.id);
                          else next.delete(offer.id);
                          setChosen(next);
                        }}
                      />
                      <Select
                        size="small"
                        aria-label={`Part of ${offer.label}`}
                        disabled={!chosen.has(offer.id)}
                        value={parts[offer.id] ?? offer.part}
                        onChange={(_, data) => setParts({ ...parts, [offer.id]: data.value as Offer['part'] })}
                      >
                        <option value="impacted">Impacted</option>
                        <option value="related">Related evidence</option>
                      </Select>
                    </div>
                  ))}
                </div>
                <OwnEntity
                  columns={result.columns.map(({ name }) => name)}
                  onAdd={(offer) => {
                    setOwn([...own, offer]);
                    setChosen(new Set(chosen).add(offer.id));
                  }}
                />
              </fieldset>
              <Text size={200} className={styles.soft} role="status">
                {problem ??
                  `${alerts === 1 ? 'One alert' : `${formatCount(alerts)} alerts`}: one for each different combination of impacted entities.`}
              </Text>
              {failure ? (
                <MessageBar intent="error" layout="multiline">
                  <MessageBarBody>
                    {visibleText(failure instanceof Error ? failure.message : String(failure))}{' '}
                    {failure instanceof ApiError && failure.hint ? visibleText(failure.hint) : ''}
                  </MessageBarBody>
                </MessageBar>
              ) : null}
            </DialogContent>
            <DialogActions>
              <DialogTrigger disableButtonEnhancement>
                <Button disabled={busy}>Cancel</Button>
              </DialogTrigger>
              <Button type="submit" appearance="primary" disabled={!ready || busy}>
                Link rows
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}

/** Columns that no usual name gives away. */
function OwnEntity({
  columns,
  onAdd,
}: {
  readonly columns: readonly string[];
  readonly onAdd: (offer: Offer) => void;
}) {
  const styles = useStyles();
  const [type, setType] = useState<EntityType>('device');
  const [field, setField] = useState('');
  const [column, setColumn] = useState('');
  return (
    <div className={styles.row} style={{ alignItems: 'end', marginTop: 8 }}>
      <Select
        size="small"
        aria-label="Kind of entity"
        value={type}
        onChange={(_, data) => setType(data.value as EntityType)}
      >
        {ENTITY_TYPES.map((one) => (
          <option key={one} value={one}>
            {ENTITY_LABEL[one]}
          </option>
        ))}
      </Select>
      <Select size="small" aria-label="Identifier" value={field} onChange={(_, data) => setField(data.value)}>
        <option value="">Identifier…</option>
        {ENTITY_FIELDS.map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </Select>
      <Select size="small" aria-label="Column" value={column} onChange={(_, data) => setColumn(data.value)}>
        <option value="">Column…</option>
        {[...new Set(columns)].map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </Select>
      <Button
        size="small"
        disabled={!field || !column}
        onClick={() => {
          onAdd({
            id: `own ${type} ${field} ${column}`,
            label: `${ENTITY_LABEL[type]} (${column})`,
            type,
            part: 'impacted',
            fields: { [field]: column },
          });
          setField('');
          setColumn('');
        }}
      >
        Add entity
      </Button>
    </div>
  );
}
