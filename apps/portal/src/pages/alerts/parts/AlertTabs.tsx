import { Button, makeStyles, Text } from '@fluentui/react-components';
import type { AlertChanges, AlertDetail, AlertSummary, Evidence, SimilarAlert } from '@parapet/schema/wire';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type RefObject, useState } from 'react';
import { SeverityBadge, StatusBadge, Tag } from '../../../components/Badges.tsx';
import { CopyButton } from '../../../components/CopyButton.tsx';
import { EntityChip, EntityChips } from '../../../components/EntityChip.tsx';
import { notify } from '../../../components/Notifier.tsx';
import { SimpleTable } from '../../../components/SimpleTable.tsx';
import { TimeText } from '../../../components/TimeText.tsx';
import { CommentCard } from '../../../features/comments/CommentCard.tsx';
import { Composer } from '../../../features/comments/Composer.tsx';
import { HuntLink } from '../../../features/hunt-link/HuntLink.tsx';
import { KqlBlock } from '../../../features/kusto-editor/KqlBlock.tsx';
import { OutcomeDialog } from '../../../features/triage/BulkBar.tsx';
import { collectAll, MOST_AT_ONCE, useBulk } from '../../../features/triage/bulk.ts';
import { ENTITY_LABEL, entityQuery } from '../../../lib/entity.ts';
import { visibleText } from '../../../lib/text.ts';
import { formatCount, plural } from '../../../lib/time.ts';
import { useStored } from '../../../lib/useStored.ts';
import { EmptyState } from '../../../shell/EmptyState.tsx';
import { words } from '../../../theme/meaning.ts';
import { alertKey, useAddComment } from '../useAlert.ts';
import { ClassifyDialog } from './ManageMenus.tsx';

const rowId = (row: AlertSummary) => row.id;
const nothing = () => {};

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '12px', maxWidth: '980px' },
  row: { display: 'flex', gap: '8px', alignItems: 'center', flexWrap: 'wrap' },
  comments: { listStyle: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: '10px' },
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

/** Other alerts of the same rule and how they were judged; the whole set can be classified in one step. */
export function SimilarTab({ alert, canManage }: { readonly alert: AlertDetail; readonly canManage: boolean }) {
  const styles = useStyles();
  const [set, setSet] = useState<readonly AlertSummary[]>();
  const [busy, setBusy] = useState(false);
  const bulk = useBulk<AlertSummary, AlertChanges>({ path: '/api/alerts', noun: 'alert', rowId, onDone: nothing });
  const { items, total, verdicts } = alert.similar;
  if (total === 0) return <EmptyState title="No similar alerts" reason="This rule has raised no other alert." />;
  const judged = Object.entries(verdicts)
    .map(
      ([name, count]) => `${formatCount(count)} ${name === 'unclassified' ? 'not judged' : words(name).toLowerCase()}`,
    )
    .join(', ');
  const all = async () => {
    setBusy(true);
    try {
      setSet(
        await collectAll<AlertSummary>('/api/alerts', { ruleId: alert.ruleId, sort: '-lastActivity' }, MOST_AT_ONCE),
      );
    } catch (error) {
      notify.failure('The set could not be read', error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className={styles.stack} style={{ maxWidth: 'none' }}>
      <div className={styles.row}>
        <Text>
          {plural(total, 'other alert')} of the same rule{total >= MOST_AT_ONCE ? ' (counting stops there)' : ''}:{' '}
          {judged}.
        </Text>
        <Link to="/alerts" search={{ ruleId: alert.ruleId, range: 'all' }}>
          See all
        </Link>
        {canManage ? (
          <Button size="small" disabled={busy} onClick={() => void all()}>
            Classify the whole set
          </Button>
        ) : null}
      </div>
      <SimpleTable<SimilarAlert>
        label="Similar alerts"
        rows={items}
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
            id: 'shared',
            header: 'Same evidence',
            render: (row) => (row.shared.length > 0 ? <EntityChips entities={row.shared} max={4} wrap /> : '–'),
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
            render: (row) =>
              row.classification
                ? [row.classification, row.determination].flatMap((each) => (each ? [words(each)] : [])).join(': ')
                : 'Not set',
          },
          { id: 'by', header: 'Assigned to', render: (row) => (row.assignedTo ? visibleText(row.assignedTo) : '–') },
          { id: 'time', header: 'Last activity', nowrap: true, render: (row) => <TimeText value={row.lastActivity} /> },
        ]}
      />
      {items.length < total ? (
        <Text size={200}>Those that share most with this one, {items.length} of them.</Text>
      ) : null}
      {set ? (
        <ClassifyDialog
          subject={`${plural(set.length, 'alert')} of this rule`}
          classification={alert.classification}
          determination={alert.determination}
          onClose={() => setSet(undefined)}
          onClassify={async (changes) => {
            await bulk.run(set, changes, changes.status ? 'Classified and resolved' : 'Classified');
            return true;
          }}
        />
      ) : null}
      {bulk.outcome ? <OutcomeDialog outcome={bulk.outcome} noun="alert" onClose={bulk.dismiss} /> : null}
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
  const client = useQueryClient();
  const [text, setText] = useStored(`draft.alert.${alert.id}`, '');
  const add = useAddComment(alert.id);
  return (
    <div className={styles.stack}>
      {canManage ? (
        <Composer
          label="Comment"
          value={text}
          onChange={setText}
          action="Add comment"
          input={composer}
          onSend={async (written) => {
            const saved = await add(written);
            if (saved) setText('');
            return saved;
          }}
        />
      ) : (
        <Text>Commenting needs the permission Alerts.Manage.</Text>
      )}
      {alert.comments.length === 0 ? (
        <EmptyState small title="No comments yet" reason="What you find out belongs here, for the next person." />
      ) : (
        <ul className={styles.comments}>
          {[...alert.comments]
            .sort((a, b) => b.createdAt.localeCompare(a.createdAt))
            .map((comment) => (
              <li key={comment.id}>
                <CommentCard
                  comment={comment}
                  path={`/api/alerts/${encodeURIComponent(alert.id)}`}
                  onChanged={() => void client.invalidateQueries({ queryKey: alertKey(alert.id) })}
                />
              </li>
            ))}
        </ul>
      )}
    </div>
  );
}
