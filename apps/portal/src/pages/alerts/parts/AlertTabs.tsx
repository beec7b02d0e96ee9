import { Button, Field, makeStyles, Text, Textarea, tokens } from '@fluentui/react-components';
import type { AlertDetail, AlertSummary, Evidence } from '@parapet/schema/wire';
import { Link } from '@tanstack/react-router';
import { type RefObject, useState } from 'react';
import { SeverityBadge, StatusBadge, Tag } from '../../../components/Badges.tsx';
import { CopyButton } from '../../../components/CopyButton.tsx';
import { EntityChip } from '../../../components/EntityChip.tsx';
import { SimpleTable } from '../../../components/SimpleTable.tsx';
import { TimeText } from '../../../components/TimeText.tsx';
import { HuntLink } from '../../../features/hunt-link/HuntLink.tsx';
import { KqlBlock } from '../../../features/kusto-editor/KqlBlock.tsx';
import { ENTITY_LABEL, entityQuery } from '../../../lib/entity.ts';
import { visibleText } from '../../../lib/text.ts';
import { plural } from '../../../lib/time.ts';
import { useStored } from '../../../lib/useStored.ts';
import { EmptyState } from '../../../shell/EmptyState.tsx';
import { words } from '../../../theme/meaning.ts';
import { useAddComment, useBulkChange } from '../useAlert.ts';
import { ClassifyDialog } from './ManageMenus.tsx';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '12px', maxWidth: '980px' },
  row: { display: 'flex', gap: '8px', alignItems: 'center', flexWrap: 'wrap' },
  comments: { listStyle: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: '10px' },
  comment: {
    padding: '10px 12px',
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
  },
  text: { whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' },
  soft: { color: tokens.colorNeutralForeground3 },
});

/** What the alert is about, in which role, with the way to hunting. */
export function EvidenceTab({ alert }: { readonly alert: AlertDetail }) {
  if (alert.evidence.length === 0)
    return <EmptyState title="No evidence" reason="The rule named no device, account, file or address in its rows." />;
  return (
    <SimpleTable<Evidence>
      label="Evidence"
      rows={alert.evidence}
      rowKey={(row) => `${row.type}|${row.key}`}
      columns={[
        { id: 'entity', header: 'Entity', render: (row) => <EntityChip entity={row} maxLength={60} /> },
        { id: 'type', header: 'Type', nowrap: true, render: (row) => ENTITY_LABEL[row.type] },
        {
          id: 'roles',
          header: 'Role',
          render: (row) => (
            <span style={{ display: 'inline-flex', gap: 4, flexWrap: 'wrap' }}>
              {row.roles.length > 0 ? row.roles.map((role) => <Tag key={role}>{words(role)}</Tag>) : '–'}
            </span>
          ),
        },
        {
          id: 'hunt',
          header: 'Hunt',
          nowrap: true,
          render: (row) => {
            const query = entityQuery(row, { from: alert.firstActivity, to: alert.lastActivity });
            return query ? (
              <HuntLink as="icon" query={query} label={`Hunt for ${visibleText(row.label)} at the time of the alert`} />
            ) : null;
          },
        },
      ]}
    />
  );
}

export function RuleTab({ alert }: { readonly alert: AlertDetail }) {
  const styles = useStyles();
  return (
    <div className={styles.stack}>
      <div className={styles.row}>
        <Link to="/detections/$id" params={{ id: alert.ruleId }}>
          Open the rule
        </Link>
        <HuntLink query={alert.ruleQuery} as="button" range="30d">
          Open in hunting
        </HuntLink>
        <CopyButton value={alert.ruleQuery} what="query" labelled />
      </div>
      <KqlBlock query={alert.ruleQuery} label="Query of the rule" scroll={false} />
    </div>
  );
}

/** Other alerts of the same rule and how they were classified; the whole set can be classified in one step. */
export function SimilarTab({ alert, canManage }: { readonly alert: AlertDetail; readonly canManage: boolean }) {
  const styles = useStyles();
  const [classifying, setClassifying] = useState(false);
  const bulk = useBulkChange(() => {});
  if (alert.similar.length === 0)
    return <EmptyState title="No similar alerts" reason="This rule has raised no other alert." />;
  const judged = new Map<string, number>();
  for (const one of alert.similar)
    if (one.classification) judged.set(one.classification, (judged.get(one.classification) ?? 0) + 1);
  const verdicts = [...judged].map(([name, count]) => `${count} ${words(name).toLowerCase()}`).join(', ');
  return (
    <div className={styles.stack} style={{ maxWidth: 'none' }}>
      <div className={styles.row}>
        <Text>
          The newest {plural(alert.similar.length, 'alert')} of the same rule
          {verdicts ? `: ${verdicts}.` : '; none was classified yet.'}
        </Text>
        <Link to="/alerts" search={{ ruleId: alert.ruleId }}>
          See all
        </Link>
        {canManage ? (
          <Button size="small" onClick={() => setClassifying(true)}>
            Classify these and this one
          </Button>
        ) : null}
      </div>
      <SimpleTable<AlertSummary>
        label="Similar alerts"
        rows={alert.similar}
        rowKey={(row) => row.id}
        columns={[
          {
            id: 'title',
            header: 'Alert',
            render: (row) => (
              <Link to="/alerts/$id" params={{ id: row.id }}>
                {visibleText(row.title)}
              </Link>
            ),
          },
          {
            id: 'severity',
            header: 'Severity',
            nowrap: true,
            render: (row) => <SeverityBadge severity={row.severity} />,
          },
          { id: 'status', header: 'Status', nowrap: true, render: (row) => <StatusBadge status={row.status} /> },
          {
            id: 'classification',
            header: 'Classification',
            render: (row) => (row.classification ? words(row.classification) : 'Not set'),
          },
          { id: 'time', header: 'Last activity', nowrap: true, render: (row) => <TimeText value={row.lastActivity} /> },
        ]}
      />
      {classifying ? (
        <ClassifyDialog
          subject={plural(alert.similar.length + 1, 'alert')}
          classification={alert.classification}
          determination={alert.determination}
          onClose={() => setClassifying(false)}
          onClassify={(changes) => bulk([alert, ...alert.similar], changes, 'Classified')}
        />
      ) : null}
    </div>
  );
}

export function CommentsTab({
  alert,
  canManage,
  composer,
}: {
  readonly alert: AlertDetail;
  readonly canManage: boolean;
  readonly composer: RefObject<HTMLTextAreaElement | null>;
}) {
  const styles = useStyles();
  const [text, setText] = useStored(`draft.alert.${alert.id}`, '');
  const [busy, setBusy] = useState(false);
  const add = useAddComment(alert.id);
  const send = async () => {
    if (!text.trim()) return;
    setBusy(true);
    if (await add(text.trim())) setText('');
    setBusy(false);
  };
  return (
    <div className={styles.stack}>
      {canManage ? (
        <>
          <Field label="Comment">
            <Textarea
              ref={composer}
              value={text}
              rows={3}
              maxLength={30_000}
              resize="vertical"
              onChange={(_, data) => setText(data.value)}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void send();
              }}
            />
          </Field>
          <div>
            <Button appearance="primary" size="small" disabled={busy || !text.trim()} onClick={() => void send()}>
              Add comment
            </Button>
          </div>
        </>
      ) : null}
      {alert.comments.length === 0 ? (
        <EmptyState small title="No comments yet" reason="What you find out belongs here, for the next person." />
      ) : (
        <ul className={styles.comments}>
          {[...alert.comments]
            .sort((a, b) => b.createdAt.localeCompare(a.createdAt))
            .map((comment) => (
              <li key={comment.id} className={styles.comment}>
                <Text size={200} className={styles.soft} block>
                  {visibleText(comment.author)} · <TimeText value={comment.createdAt} />
                </Text>
                <div className={styles.text}>{visibleText(comment.text)}</div>
              </li>
            ))}
        </ul>
      )}
    </div>
  );
}
