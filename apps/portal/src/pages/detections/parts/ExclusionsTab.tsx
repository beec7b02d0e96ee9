import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  DialogTrigger,
  Field,
  Input,
  makeStyles,
  Text,
  Textarea,
} from '@fluentui/react-components';
import { Filter20Regular } from '@fluentui/react-icons/svg/filter';
import type { DetectionExclusion, DetectionInfo, RuleConditionInfo } from '@parapet/schema/wire';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useCan } from '../../../api/session.ts';
import { Tag } from '../../../components/Badges.tsx';
import { Loaded } from '../../../components/Loaded.tsx';
import { notify } from '../../../components/Notifier.tsx';
import { SimpleTable } from '../../../components/SimpleTable.tsx';
import { TimeText } from '../../../components/TimeText.tsx';
import { visibleText } from '../../../lib/text.ts';
import { EmptyState } from '../../../shell/EmptyState.tsx';
import { Failure } from '../../watchlists/parts/Failure.tsx';
import { checkRule, useExclusions, useRuleChanges, useText } from '../data.ts';
import { ConditionRows, NEW_CONDITION, OPERATOR_LABEL, tidy } from './ConditionRows.tsx';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '12px' },
  conditions: { display: 'block', overflowWrap: 'anywhere' },
});

export function conditionText({ column, operator, values }: RuleConditionInfo): string {
  const shown = values.slice(0, 3).join(', ');
  return `${column} ${OPERATOR_LABEL[operator] ?? operator} ${shown}${values.length > 3 ? ` and ${values.length - 3} more` : ''}`;
}

/** Rows the rule leaves alone, kept outside of its query so that they survive every new version of it. */
export function ExclusionsTab({ rule }: { readonly rule: DetectionInfo }) {
  const styles = useStyles();
  const canTune = useCan('DetTune.Manage');
  const exclusions = useExclusions(rule.id);
  const { include, exclude } = useRuleChanges();
  const [editing, setEditing] = useState<DetectionExclusion | 'new'>();
  const remove = async (exclusion: DetectionExclusion) => {
    try {
      await include(rule.id, exclusion.id);
      notify.undoable(`Removed ${visibleText(exclusion.name)}`, () => {
        void exclude(rule.id, exclusion).catch((error: unknown) => notify.failure('It could not be undone', error));
      });
    } catch (error) {
      notify.failure('The exclusion was not removed', error);
    }
  };
  return (
    <div className={styles.stack}>
      {canTune ? (
        <div>
          <Button size="small" appearance="primary" onClick={() => setEditing('new')}>
            Add an exclusion
          </Button>
        </div>
      ) : null}
      <Loaded query={exclusions} what="The exclusions">
        {(items) =>
          items.length === 0 ? (
            <EmptyState
              icon={Filter20Regular}
              title="Nothing is excluded"
              reason="An exclusion keeps known rows out of this rule, with a reason, an owner and an end, and leaves the query as it is."
            />
          ) : (
            <SimpleTable<DetectionExclusion>
              label="Exclusions"
              rows={items}
              rowKey={(each) => each.id}
              columns={[
                { id: 'name', header: 'Name', render: (each) => visibleText(each.name) },
                {
                  id: 'conditions',
                  header: 'Left alone when',
                  minWidth: 220,
                  render: (each) =>
                    each.conditions.map((condition) => (
                      <span key={conditionText(condition)} className={styles.conditions}>
                        {visibleText(conditionText(condition))}
                      </span>
                    )),
                },
                { id: 'reason', header: 'Reason', minWidth: 160, render: (each) => visibleText(each.reason) },
                { id: 'owner', header: 'Owner', render: (each) => visibleText(each.owner) },
                {
                  id: 'expires',
                  header: 'Until',
                  nowrap: true,
                  render: (each) =>
                    each.expiresAt === null ? (
                      'For ever'
                    ) : Date.parse(each.expiresAt) < Date.now() ? (
                      <Tag>Expired</Tag>
                    ) : (
                      <TimeText value={each.expiresAt} />
                    ),
                },
                {
                  id: 'act',
                  header: '',
                  nowrap: true,
                  render: (each) =>
                    !canTune ? null : each.createdAt === null ? (
                      <Text size={200}>In the rule's text</Text>
                    ) : (
                      <>
                        <Button size="small" appearance="subtle" onClick={() => setEditing(each)}>
                          Edit
                        </Button>
                        <Button size="small" appearance="subtle" onClick={() => void remove(each)}>
                          Remove
                        </Button>
                      </>
                    ),
                },
              ]}
            />
          )
        }
      </Loaded>
      {editing ? (
        <ExclusionDialog
          rule={rule}
          exclusion={editing === 'new' ? undefined : editing}
          onClose={() => setEditing(undefined)}
        />
      ) : null}
    </div>
  );
}

function ExclusionDialog({
  rule,
  exclusion,
  onClose,
}: {
  readonly rule: DetectionInfo;
  readonly exclusion: DetectionExclusion | undefined;
  readonly onClose: () => void;
}) {
  const styles = useStyles();
  const { exclude } = useRuleChanges();
  const text = useText(rule.id);
  const columns = useQuery({
    queryKey: ['detections', 'columns', rule.id, rule.version],
    enabled: Boolean(text.data),
    queryFn: ({ signal }) => checkRule(text.data?.definition ?? {}, rule.id, signal).then((checked) => checked.columns),
  });
  const [conditions, setConditions] = useState<readonly RuleConditionInfo[]>(exclusion?.conditions ?? [NEW_CONDITION]);
  const [name, setName] = useState(exclusion?.name ?? '');
  const [reason, setReason] = useState(exclusion?.reason ?? '');
  const [owner, setOwner] = useState(exclusion?.owner ?? '');
  const [until, setUntil] = useState(exclusion?.expiresAt?.slice(0, 10) ?? '');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const save = async () => {
    setBusy(true);
    setFailure(undefined);
    try {
      await exclude(
        rule.id,
        {
          name,
          reason,
          owner,
          conditions: tidy(conditions),
          expiresAt: until ? new Date(`${until}T23:59:59Z`).toISOString() : null,
        },
        exclusion?.id,
      );
      onClose();
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && !busy && onClose()}>
      <DialogSurface style={{ maxWidth: 760 }}>
        <DialogBody>
          <DialogTitle>
            {exclusion ? 'Edit the exclusion' : `Leave rows of “${visibleText(rule.name)}” alone`}
          </DialogTitle>
          <DialogContent className={styles.stack}>
            <Field label="Rows for which all of these hold" required>
              <ConditionRows value={conditions} columns={columns.data ?? []} onChange={setConditions} />
            </Field>
            <Field label="Reason" required hint="What the next person needs to know.">
              <Textarea
                value={reason}
                maxLength={1_000}
                resize="vertical"
                onChange={(_, data) => setReason(data.value)}
              />
            </Field>
            <Field label="Name">
              <Input
                value={name}
                maxLength={200}
                placeholder="Made from the conditions when empty"
                onChange={(_, data) => setName(data.value)}
              />
            </Field>
            <Field label="Owner">
              <Input value={owner} maxLength={200} placeholder="You" onChange={(_, data) => setOwner(data.value)} />
            </Field>
            <Field
              label="Until the end of"
              hint="Empty for ever. An exclusion with an end is one that somebody looks at again."
            >
              <Input type="date" value={until} onChange={(_, data) => setUntil(data.value)} />
            </Field>
            <Failure title="The exclusion was not stored" error={failure} />
          </DialogContent>
          <DialogActions>
            <DialogTrigger disableButtonEnhancement>
              <Button disabled={busy}>Cancel</Button>
            </DialogTrigger>
            <Button
              appearance="primary"
              disabled={busy || !reason.trim() || tidy(conditions).length === 0}
              onClick={() => void save()}
            >
              Save
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
