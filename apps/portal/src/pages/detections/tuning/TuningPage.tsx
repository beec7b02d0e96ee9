import { Button, makeStyles, Switch, Tab, TabList, Text, tokens } from '@fluentui/react-components';
import { DataHistogram20Regular } from '@fluentui/react-icons/svg/data-histogram';
import { Filter20Regular } from '@fluentui/react-icons/svg/filter';
import { Lightbulb20Regular } from '@fluentui/react-icons/svg/lightbulb';
import type { DetectionStatistics, HiddenAlertInfo, TuningRuleInfo, TuningSuggestionInfo } from '@parapet/schema/wire';
import { Link } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import * as v from 'valibot';
import { useCan } from '../../../api/session.ts';
import { SeverityBadge, Tag } from '../../../components/Badges.tsx';
import { ConfirmDialog } from '../../../components/ConfirmDialog.tsx';
import { Loaded } from '../../../components/Loaded.tsx';
import { notify } from '../../../components/Notifier.tsx';
import { type SimpleColumn, SimpleTable } from '../../../components/SimpleTable.tsx';
import { TimeText } from '../../../components/TimeText.tsx';
import { visibleText } from '../../../lib/text.ts';
import { duration, formatCount, plural } from '../../../lib/time.ts';
import { url, useUrlState } from '../../../lib/urlState.ts';
import { EmptyState } from '../../../shell/EmptyState.tsx';
import { PageShell } from '../../../shell/PageShell.tsx';
import { useStatistics } from '../data.ts';
import { engineTime } from '../words.ts';
import { conditionWords, useHidden, useSuggestions, useTuningChanges, useTuningRules } from './data.ts';
import { TuningDialog, type TuningStart } from './TuningDialog.tsx';

const TABS = ['rules', 'suggestions', 'noise'] as const;
const schema = v.object({
  tab: url.choice(TABS, 'rules'),
  days: url.choice(['7', '30', '90'], '30'),
  rule: url.text(),
});
const ACTION: Readonly<Record<string, string>> = { hide: 'Hide', resolve: 'Resolve', change: 'Change' };

const useStyles = makeStyles({
  tabs: { padding: '0 14px', flexShrink: 0 },
  body: {
    flexGrow: 1,
    minHeight: 0,
    overflow: 'auto',
    padding: '14px 24px 24px',
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  stack: { display: 'flex', flexDirection: 'column', gap: '14px' },
  row: { display: 'flex', gap: '8px', alignItems: 'center', flexWrap: 'wrap' },
});

/** What is kept out of the queue and why, what the classifications suggest, and which rules make noise. */
export function TuningPage() {
  const styles = useStyles();
  const canTune = useCan('DetTune.Manage');
  const [state, setState] = useUrlState(schema);
  const [editing, setEditing] = useState<{ readonly rule?: TuningRuleInfo; readonly start?: TuningStart }>();
  const { importRules } = useTuningChanges();
  const picker = useRef<HTMLInputElement>(null);
  const bring = async (file: File | undefined) => {
    if (!file) return;
    try {
      const { rules } = JSON.parse(await file.text()) as { rules?: unknown };
      const { results } = await importRules(rules);
      const refused = results.filter(({ outcome }) => outcome === 'refused');
      if (refused.length > 0)
        notify.warning(
          `${plural(refused.length, 'rule')} refused`,
          refused.map(({ name, message }) => `${name}: ${message}`).join(' '),
        );
      else notify.success(`${plural(results.length, 'tuning rule')} brought in`);
    } catch (error) {
      notify.failure('The file was not taken', error);
    }
  };
  return (
    <PageShell
      title="Tuning"
      purpose="Keep expected findings out of the queue, visibly: with a reason, an end, and a count."
      fill
      commands={
        <>
          {canTune ? (
            <>
              <Button size="small" appearance="primary" onClick={() => setEditing({})}>
                New tuning rule
              </Button>
              <input
                ref={picker}
                type="file"
                hidden
                accept=".json,application/json"
                aria-label="File with tuning rules"
                onChange={(event) => void bring(event.target.files?.[0])}
              />
              <Button size="small" onClick={() => picker.current?.click()}>
                Import
              </Button>
            </>
          ) : (
            <Text size={200}>Changing tuning rules needs the permission DetTune.Manage.</Text>
          )}
          <Button size="small" as="a" href="/api/tuning/export" download="tuning-rules.json">
            Export
          </Button>
        </>
      }
    >
      <TabList
        className={styles.tabs}
        size="small"
        selectedValue={state.tab}
        onTabSelect={(_, data) => setState({ tab: data.value as (typeof TABS)[number] }, { push: true })}
      >
        <Tab value="rules">Tuning rules</Tab>
        <Tab value="suggestions">Suggestions</Tab>
        <Tab value="noise">Noise report</Tab>
      </TabList>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section className={styles.body} aria-label="Tuning" tabIndex={0}>
        {state.tab === 'rules' ? (
          <Rules
            canTune={canTune}
            open={state.rule}
            onOpen={(rule) => setState({ rule })}
            onEdit={(rule) => setEditing({ rule })}
          />
        ) : state.tab === 'suggestions' ? (
          <Suggestions canTune={canTune} onTake={(start) => setEditing({ start })} />
        ) : (
          <Noise days={state.days} onDays={(days) => setState({ days })} />
        )}
      </section>
      {editing ? <TuningDialog {...editing} onClose={() => setEditing(undefined)} /> : null}
    </PageShell>
  );
}

function Rules({
  canTune,
  open,
  onOpen,
  onEdit,
}: {
  readonly canTune: boolean;
  readonly open: string;
  readonly onOpen: (id: string) => void;
  readonly onEdit: (rule: TuningRuleInfo) => void;
}) {
  const styles = useStyles();
  const rules = useTuningRules();
  const { save, remove, apply } = useTuningChanges();
  const [applying, setApplying] = useState<TuningRuleInfo>();
  const toggle = async (rule: TuningRuleInfo, enabled: boolean) => {
    try {
      await save({ name: rule.name, ...rule.definition, expiresAt: rule.expiresAt, enabled, confirmed: true }, rule.id);
    } catch (error) {
      notify.failure('The tuning rule was not changed', error);
    }
  };
  const drop = async (rule: TuningRuleInfo) => {
    try {
      await remove(rule.id);
      notify.undoable(`Deleted ${visibleText(rule.name)}`, () => {
        void save({
          id: rule.id,
          name: rule.name,
          ...rule.definition,
          expiresAt: rule.expiresAt,
          enabled: rule.enabled,
          confirmed: true,
        }).catch((error: unknown) => notify.failure('It could not be undone', error));
      });
    } catch (error) {
      notify.failure('The tuning rule was not deleted', error);
    }
  };
  const columns: readonly SimpleColumn<TuningRuleInfo>[] = [
    { id: 'name', header: 'Name', minWidth: 140, render: (rule) => visibleText(rule.name) },
    {
      id: 'on',
      header: 'On',
      render: (rule) =>
        rule.expiresAt && Date.parse(rule.expiresAt) < Date.now() ? (
          <Tag>Expired</Tag>
        ) : (
          <Switch
            style={{ margin: '-6px 0' }}
            checked={rule.enabled}
            disabled={!canTune}
            aria-label={`${visibleText(rule.name)} is on`}
            onChange={(_, data) => void toggle(rule, data.checked)}
          />
        ),
    },
    { id: 'action', header: 'Does', nowrap: true, render: (rule) => ACTION[rule.definition.action] },
    {
      id: 'when',
      header: 'When',
      minWidth: 240,
      render: (rule) => visibleText(conditionWords(rule.definition.condition)),
    },
    {
      id: 'rules',
      header: 'Rules',
      nowrap: true,
      render: (rule) => (rule.definition.ruleIds.length === 0 ? 'All' : formatCount(rule.definition.ruleIds.length)),
    },
    {
      id: 'matched',
      header: 'Taken',
      align: 'end',
      render: (rule) =>
        rule.matched === 0 ? (
          '0'
        ) : (
          <Button
            size="small"
            appearance="subtle"
            aria-expanded={open === rule.id}
            onClick={() => onOpen(open === rule.id ? '' : rule.id)}
          >
            {formatCount(rule.matched)}
          </Button>
        ),
    },
    {
      id: 'last',
      header: 'Last',
      nowrap: true,
      render: (rule) => (rule.lastMatched ? <TimeText value={rule.lastMatched} /> : '–'),
    },
    {
      id: 'until',
      header: 'Until',
      nowrap: true,
      render: (rule) => (rule.expiresAt ? <TimeText value={rule.expiresAt} /> : 'For ever'),
    },
    { id: 'by', header: 'By', render: (rule) => visibleText(rule.updatedBy) },
    {
      id: 'act',
      header: '',
      nowrap: true,
      render: (rule) =>
        canTune ? (
          <>
            <Button size="small" appearance="subtle" onClick={() => onEdit(rule)}>
              Edit
            </Button>
            {rule.definition.action === 'change' ? null : (
              <Button size="small" appearance="subtle" onClick={() => setApplying(rule)}>
                Apply
              </Button>
            )}
            <Button size="small" appearance="subtle" onClick={() => void drop(rule)}>
              Delete
            </Button>
          </>
        ) : null,
    },
  ];
  return (
    <Loaded query={rules} what="The tuning rules">
      {(items) =>
        items.length === 0 ? (
          <EmptyState
            icon={Filter20Regular}
            title="Nothing is tuned"
            reason="Every finding becomes an alert. A tuning rule hides or resolves those whose evidence is known to be harmless."
          />
        ) : (
          <div className={styles.stack}>
            <SimpleTable label="Tuning rules" rows={items} rowKey={(rule) => rule.id} columns={columns} />
            {open && items.some(({ id }) => id === open) ? (
              <Taken rule={items.find(({ id }) => id === open) as TuningRuleInfo} />
            ) : null}
            {applying ? (
              <ConfirmDialog
                open
                onClose={() => setApplying(undefined)}
                title={`Apply “${visibleText(applying.name)}” to open alerts?`}
                action="Resolve them"
                failure="The alerts were not changed"
                onConfirm={async () => {
                  const { resolved } = await apply(applying.id);
                  notify.success(
                    resolved === 0 ? 'No open alert is one of these' : `${plural(resolved, 'alert')} resolved`,
                  );
                }}
              >
                Tuning rules act on new findings only. This resolves the open alerts of the last 30 days that it is
                about, with a comment that names it.
              </ConfirmDialog>
            ) : null}
          </div>
        )
      }
    </Loaded>
  );
}

/** What a rule has taken, newest first. */
function Taken({ rule }: { readonly rule: TuningRuleInfo }) {
  const styles = useStyles();
  const hidden = useHidden(rule.id);
  return (
    <div className={styles.stack}>
      <Text weight="semibold">What “{visibleText(rule.name)}” has taken</Text>
      <Loaded query={hidden} what="The findings">
        {({ items, total }) => (
          <>
            <SimpleTable<HiddenAlertInfo>
              label="Findings"
              rows={items}
              rowKey={(each) => each.dedupeKey}
              columns={[
                { id: 'at', header: 'Time', nowrap: true, render: (each) => <TimeText value={each.at} /> },
                { id: 'title', header: 'Finding', minWidth: 240, render: (each) => visibleText(each.title) },
                {
                  id: 'severity',
                  header: 'Severity',
                  nowrap: true,
                  render: (each) => <SeverityBadge severity={each.severity} />,
                },
                { id: 'action', header: 'Done', nowrap: true, render: (each) => ACTION[each.action] ?? each.action },
                {
                  id: 'rule',
                  header: 'Rule',
                  render: (each) => (
                    <Link to="/detections/$id" params={{ id: each.ruleId }}>
                      Open the rule
                    </Link>
                  ),
                },
              ]}
            />
            {total > items.length ? (
              <Text size={200}>
                The newest {items.length} of {formatCount(total)}.
              </Text>
            ) : null}
          </>
        )}
      </Loaded>
    </div>
  );
}

function Suggestions({
  canTune,
  onTake,
}: {
  readonly canTune: boolean;
  readonly onTake: (start: TuningStart) => void;
}) {
  const suggestions = useSuggestions();
  return (
    <Loaded query={suggestions} what="The suggestions">
      {(items) =>
        items.length === 0 ? (
          <EmptyState
            icon={Lightbulb20Regular}
            title="Nothing to suggest"
            reason="Suggestions come from alerts that people closed as false or expected: at least three with the same evidence, and none like them that was an attack."
          />
        ) : (
          <SimpleTable<TuningSuggestionInfo>
            label="Suggestions"
            rows={items}
            rowKey={(each) => `${each.ruleId}${conditionWords(each.condition)}`}
            columns={[
              {
                id: 'rule',
                header: 'Alerts',
                minWidth: 180,
                render: (each) => (
                  <Link to="/detections/$id" params={{ id: each.ruleId }}>
                    {visibleText(each.title)}
                  </Link>
                ),
              },
              {
                id: 'when',
                header: 'Leave out when',
                minWidth: 220,
                render: (each) => visibleText(conditionWords(each.condition)),
              },
              { id: 'why', header: 'Why', minWidth: 220, render: (each) => visibleText(each.reason) },
              {
                id: 'act',
                header: '',
                nowrap: true,
                render: (each) =>
                  canTune ? (
                    <Button
                      size="small"
                      onClick={() =>
                        onTake({
                          name: `Expected: ${each.title}`.slice(0, 200),
                          ruleIds: [each.ruleId],
                          condition: each.condition,
                        })
                      }
                    >
                      Make a tuning rule
                    </Button>
                  ) : null,
              },
            ]}
          />
        )
      }
    </Loaded>
  );
}

const share = (part: number, judged: number): string => (judged === 0 ? '–' : `${Math.round((part / judged) * 100)} %`);

/** Rules by what their alerts came to. */
function Noise({
  days,
  onDays,
}: {
  readonly days: '7' | '30' | '90';
  readonly onDays: (days: '7' | '30' | '90') => void;
}) {
  const styles = useStyles();
  const statistics = useStatistics(Number(days));
  return (
    <div className={styles.stack}>
      <div className={styles.row}>
        {(['7', '30', '90'] as const).map((each) => (
          <Button
            key={each}
            size="small"
            appearance={each === days ? 'primary' : 'secondary'}
            aria-pressed={each === days}
            onClick={() => onDays(each)}
          >
            {each} days
          </Button>
        ))}
      </div>
      <Loaded query={statistics} what="The report">
        {(items) => {
          if (items.length === 0)
            return (
              <EmptyState
                icon={DataHistogram20Regular}
                title="No alert in this time"
                reason="The report lists every rule that raised one."
              />
            );
          const total = items.reduce((sum, { alerts }) => sum + alerts, 0);
          const top = items.slice(0, 3).reduce((sum, { alerts }) => sum + alerts, 0);
          return (
            <>
              <Text>
                {plural(total, 'alert')} of {plural(items.length, 'rule')}; the three loudest raised{' '}
                {Math.round((top / total) * 100)} % of them.
              </Text>
              <SimpleTable<DetectionStatistics>
                label="Rules by alerts"
                rows={items}
                rowKey={(each) => each.ruleId}
                columns={[
                  {
                    id: 'name',
                    header: 'Rule',
                    minWidth: 200,
                    render: (each) => (
                      <Link to="/detections/$id" params={{ id: each.ruleId }}>
                        {visibleText(each.name)}
                      </Link>
                    ),
                  },
                  {
                    id: 'alerts',
                    header: 'Alerts',
                    align: 'end',
                    render: (each) => (
                      <Link to="/alerts" search={{ ruleId: each.ruleId, range: 'all' } as never}>
                        {formatCount(each.alerts)}
                      </Link>
                    ),
                  },
                  { id: 'share', header: 'Of all', align: 'end', render: (each) => share(each.alerts, total) },
                  { id: 'open', header: 'Open', align: 'end', render: (each) => formatCount(each.open) },
                  {
                    id: 'tp',
                    header: 'True',
                    align: 'end',
                    render: (each) => share(each.truePositives, each.alerts - each.unjudged),
                  },
                  {
                    id: 'fp',
                    header: 'False',
                    align: 'end',
                    render: (each) => share(each.falsePositives, each.alerts - each.unjudged),
                  },
                  {
                    id: 'expected',
                    header: 'Expected',
                    align: 'end',
                    render: (each) => share(each.expected, each.alerts - each.unjudged),
                  },
                  { id: 'unjudged', header: 'Not judged', align: 'end', render: (each) => formatCount(each.unjudged) },
                  {
                    id: 'hidden',
                    header: 'Hidden',
                    align: 'end',
                    render: (each) => (each.hidden ? formatCount(each.hidden) : '–'),
                  },
                  {
                    id: 'triage',
                    header: 'Time to triage',
                    align: 'end',
                    render: (each) => (each.minutesToTriage === null ? '–' : duration(each.minutesToTriage * 60_000)),
                  },
                  { id: 'engine', header: 'Engine', align: 'end', render: (each) => engineTime(each.engineMs) },
                ]}
              />
            </>
          );
        }}
      </Loaded>
    </div>
  );
}
