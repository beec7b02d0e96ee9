import { Button, Input, makeStyles, Tooltip, tokens } from '@fluentui/react-components';
import { Add12Regular } from '@fluentui/react-icons/svg/add';
import { Dismiss12Regular } from '@fluentui/react-icons/svg/dismiss';
import { Edit16Regular } from '@fluentui/react-icons/svg/edit';
import { Eye16Regular } from '@fluentui/react-icons/svg/eye';
import type { IncidentChanges, IncidentDetail } from '@parapet/schema/wire';
import { type KeyboardEvent, useRef, useState } from 'react';
import { SeverityBadge, StatusBadge, Tag } from '../../../components/Badges.tsx';
import { TimeText } from '../../../components/TimeText.tsx';
import { useFacets } from '../../../features/triage/filters.ts';
import { visibleText } from '../../../lib/text.ts';
import { plural } from '../../../lib/time.ts';
import { words } from '../../../theme/meaning.ts';
import type { Live } from '../useLive.ts';
import { SeverityMenu } from './ChangeMenus.tsx';
import { PriorityExplained } from './PriorityScore.tsx';

const useStyles = makeStyles({
  block: { display: 'flex', flexDirection: 'column', gap: '2px', minWidth: 0, flexBasis: '520px', flexGrow: 100 },
  nameRow: { display: 'flex', alignItems: 'center', gap: '4px', minWidth: 0 },
  name: {
    margin: 0,
    fontSize: tokens.fontSizeBase400,
    lineHeight: tokens.lineHeightBase400,
    fontWeight: tokens.fontWeightSemibold,
    overflowWrap: 'anywhere',
    unicodeBidi: 'isolate',
    display: '-webkit-box',
    WebkitLineClamp: 2,
    WebkitBoxOrient: 'vertical',
    overflow: 'hidden',
  },
  input: { width: 'min(720px, 100%)' },
  facts: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    columnGap: '14px',
    rowGap: '2px',
    minHeight: '28px',
    color: tokens.colorNeutralForeground2,
    fontSize: tokens.fontSizeBase200,
  },
  present: { display: 'inline-flex', alignItems: 'center', gap: '4px', color: tokens.colorBrandForeground1 },
  tags: { display: 'inline-flex', flexWrap: 'wrap', gap: '4px', alignItems: 'center' },
  tagInput: { width: '130px' },
});

export interface IncidentHeadingProps {
  readonly incident: IncidentDetail;
  readonly editable: boolean;
  readonly live: Live;
  readonly onChange: (changes: IncidentChanges, what: string) => Promise<boolean>;
}

/** Name and the facts that decide what to do, all changeable in place. */
export function IncidentHeading({ incident, editable, live, onChange }: IncidentHeadingProps) {
  const styles = useStyles();
  return (
    <div className={styles.block}>
      <Name incident={incident} editable={editable} onChange={onChange} />
      <div className={styles.facts}>
        <span>Incident {incident.id}</span>
        {editable ? (
          <SeverityMenu
            current={incident.severity}
            automatic={incident.severityIsAutomatic}
            onChange={(changes, what) => void onChange(changes, what)}
          />
        ) : (
          <SeverityBadge severity={incident.severity} />
        )}
        <StatusBadge status={incident.status} />
        <PriorityExplained incident={incident} />
        <span>{incident.assignedTo ? `Assigned to ${visibleText(incident.assignedTo)}` : 'Unassigned'}</span>
        {incident.classification ? (
          <span>
            {[incident.classification, incident.determination]
              .filter((each) => each !== null)
              .map(words)
              .join(', ')}
          </span>
        ) : null}
        {incident.outsideAlerts > 0 ? (
          <span title="Everything here is made of the alerts that you may see.">
            {plural(incident.outsideAlerts, 'alert')} outside your scope
          </span>
        ) : null}
        {live.others.length > 0 ? (
          <span className={styles.present}>
            <Eye16Regular /> {live.others.map(visibleText).join(', ')} {live.others.length === 1 ? 'is' : 'are'} here
            too
          </span>
        ) : null}
        <span>
          Last activity <TimeText value={incident.lastActivity} />
        </span>
        <Tags incident={incident} editable={editable} onChange={onChange} />
      </div>
    </div>
  );
}

function Name({ incident, editable, onChange }: Omit<IncidentHeadingProps, 'live'>) {
  const styles = useStyles();
  const [draft, setDraft] = useState<string>();
  const opener = useRef<HTMLButtonElement>(null);
  const close = () => {
    setDraft(undefined);
    requestAnimationFrame(() => opener.current?.focus());
  };
  const save = async () => {
    const name = draft?.trim();
    if (!name || name === incident.name) {
      close();
      return;
    }
    if (await onChange({ name }, 'Incident renamed')) close();
  };
  if (draft !== undefined)
    return (
      <div className={styles.nameRow}>
        <h1 className={styles.name} style={{ width: 0, height: 0 }}>
          {visibleText(incident.name)}
        </h1>
        <Input
          autoFocus
          className={styles.input}
          value={draft}
          maxLength={300}
          aria-label="Name of the incident"
          onChange={(_, data) => setDraft(data.value)}
          onKeyDown={(event: KeyboardEvent) => {
            if (event.key === 'Enter') void save();
            if (event.key === 'Escape') {
              event.preventDefault();
              close();
            }
          }}
        />
        <Button size="small" appearance="primary" disabled={!draft.trim()} onClick={() => void save()}>
          Save
        </Button>
        {incident.nameIsAutomatic ? null : (
          <Button
            size="small"
            onClick={() => void onChange({ name: null }, 'Named automatically').then((done) => done && close())}
          >
            Automatic name
          </Button>
        )}
        <Button size="small" onClick={close}>
          Cancel
        </Button>
      </div>
    );
  return (
    <div className={styles.nameRow}>
      <h1 className={styles.name} title={incident.name}>
        {visibleText(incident.name)}
      </h1>
      {editable ? (
        <Tooltip content={incident.nameIsAutomatic ? 'Rename (the name is automatic)' : 'Rename'} relationship="label">
          <Button
            ref={opener}
            appearance="subtle"
            size="small"
            icon={<Edit16Regular />}
            onClick={() => setDraft(incident.name)}
          />
        </Tooltip>
      ) : null}
    </div>
  );
}

function Tags({ incident, editable, onChange }: Omit<IncidentHeadingProps, 'live'>) {
  const styles = useStyles();
  const [draft, setDraft] = useState<string>();
  const facets = useFacets();
  const add = async () => {
    const tag = draft?.trim();
    if (tag && !incident.tags.includes(tag) && !(await onChange({ tags: [...incident.tags, tag] }, `Tagged ${tag}`)))
      return;
    setDraft(undefined);
  };
  return (
    <span className={styles.tags}>
      {incident.tags.map((tag) => (
        <span key={tag} className={styles.tags} style={{ gap: 0 }}>
          <Tag>{visibleText(tag)}</Tag>
          {editable ? (
            <Button
              size="small"
              appearance="transparent"
              style={{ minWidth: 24 }}
              icon={<Dismiss12Regular />}
              aria-label={`Remove tag ${tag}`}
              onClick={() =>
                void onChange({ tags: incident.tags.filter((each) => each !== tag) }, `Tag ${tag} removed`)
              }
            />
          ) : null}
        </span>
      ))}
      {editable ? (
        draft === undefined ? (
          <Button size="small" appearance="transparent" icon={<Add12Regular />} onClick={() => setDraft('')}>
            Tag
          </Button>
        ) : (
          <>
            <datalist id="incident-tags">
              {facets.tags.map((tag) => (
                <option key={tag} value={tag} />
              ))}
            </datalist>
            <Input
              autoFocus
              size="small"
              className={styles.tagInput}
              value={draft}
              maxLength={100}
              aria-label="New tag"
              list="incident-tags"
              placeholder="Tag, then Enter"
              onChange={(_, data) => setDraft(data.value)}
              onBlur={() => void add()}
              onKeyDown={(event: KeyboardEvent) => {
                if (event.key === 'Enter') void add();
                if (event.key === 'Escape') {
                  event.preventDefault();
                  setDraft(undefined);
                }
              }}
            />
          </>
        )
      ) : null}
    </span>
  );
}
