import {
  Badge,
  Button,
  Field,
  Link as FluentLink,
  Input,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  makeStyles,
  Tab,
  TabList,
  Text,
  tokens,
} from '@fluentui/react-components';
import type { DetectionCheck, DetectionText } from '@parapet/schema/wire';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useDeferredValue, useEffect, useMemo, useState } from 'react';
import * as v from 'valibot';
import { useCan } from '../../../api/session.ts';
import { CodeBlock } from '../../../components/CodeBlock.tsx';
import { notify } from '../../../components/Notifier.tsx';
import { HuntLink } from '../../../features/hunt-link/HuntLink.tsx';
import { visibleText } from '../../../lib/text.ts';
import { plural } from '../../../lib/time.ts';
import { url, useUrlState } from '../../../lib/urlState.ts';
import { ErrorState } from '../../../shell/ErrorState.tsx';
import { PageShell } from '../../../shell/PageShell.tsx';
import { PageSkeleton } from '../../../shell/Skeletons.tsx';
import { Failure } from '../../watchlists/parts/Failure.tsx';
import { checkRule, useRuleChanges, useText } from '../data.ts';
import { definitionOf, draftOf, EMPTY_DRAFT, type RuleDraft, STEPS, type Step, stepOf, takeOver } from './draft.ts';
import { QueryEditor } from './QueryEditor.tsx';
import { StepAlert } from './StepAlert.tsx';
import { StepEntities } from './StepEntities.tsx';
import { StepSchedule } from './StepSchedule.tsx';
import { StepTest } from './StepTest.tsx';

const STEP_LABEL: Readonly<Record<Step, string>> = {
  query: 'Query',
  alert: 'Alert',
  entities: 'Entities and scope',
  schedule: 'Schedule',
  test: 'Test',
  review: 'Review',
};
const schema = v.object({ step: url.choice(STEPS, 'query') });
const PAUSE_MS = 500;

const useStyles = makeStyles({
  frame: { display: 'flex', flexDirection: 'column', minHeight: 0, flexGrow: 1 },
  tabs: { padding: '0 14px', flexShrink: 0, overflowX: 'auto' },
  body: {
    flexGrow: 1,
    minHeight: 0,
    overflow: 'auto',
    padding: '16px 24px',
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  foot: {
    display: 'flex',
    gap: '8px',
    alignItems: 'center',
    flexWrap: 'wrap',
    padding: '8px 24px',
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
    flexShrink: 0,
  },
  spring: { flexGrow: 1 },
  stack: { display: 'flex', flexDirection: 'column', gap: '12px', maxWidth: '1100px' },
  problems: { margin: 0, paddingLeft: '18px' },
  columns: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, overflowWrap: 'anywhere' },
});

const crumbs = [{ label: 'Detection rules', to: '/detections' }];

/** A rule that does not exist yet; a query may come from hunting. */
export function NewRulePage() {
  const [start] = useState<RuleDraft>(() => ({ ...EMPTY_DRAFT, query: takeOver() }));
  return <Wizard start={start} rule={undefined} />;
}

/** Change a rule that people made. */
export function EditRulePage() {
  const { id = '' } = useParams({ strict: false });
  const text = useText(id);
  if (!text.data)
    return text.isError ? (
      <PageShell title="Edit rule" crumbs={crumbs}>
        <ErrorState
          error={text.error}
          title="The rule could not be loaded"
          onRetry={() => void text.refetch()}
          action={<Link to="/detections">Go to the rules</Link>}
        />
      </PageShell>
    ) : (
      <PageSkeleton />
    );
  return <EditRule key={`${text.data.id}:${text.data.version}`} text={text.data} />;
}

function EditRule({ text }: { readonly text: DetectionText }) {
  const [start] = useState<RuleDraft>(() => draftOf(text.definition));
  return <Wizard start={start} rule={{ id: text.id, version: text.version }} />;
}

function useRuleCheck(definition: ReturnType<typeof definitionOf>, id: string | undefined) {
  const key = useMemo(() => JSON.stringify(definition), [definition]);
  const [settled, setSettled] = useState(key);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(key), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [key]);
  const check = useQuery<DetectionCheck>({
    queryKey: ['detections', 'check', id, settled],
    enabled: Boolean(definition.query),
    queryFn: ({ signal }) => checkRule(JSON.parse(settled) as typeof definition, id, signal),
    placeholderData: (before) => before,
  });
  return {
    check: check.data,
    error: check.error,
    fresh: settled === key && !check.isPlaceholderData && !check.isFetching,
  };
}

function Wizard({
  start,
  rule,
}: {
  readonly start: RuleDraft;
  readonly rule: { readonly id: string; readonly version: number } | undefined;
}) {
  const styles = useStyles();
  const navigate = useNavigate();
  const canTune = useCan('DetTune.Manage');
  const [{ step }, setState] = useUrlState(schema);
  const [draft, setDraft] = useState(start);
  const [backfill, setBackfill] = useState(true);
  const [comment, setComment] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const { create, update } = useRuleChanges();
  const set = (part: Partial<RuleDraft>) => setDraft((before) => ({ ...before, ...part }));
  const definition = useDeferredValue(useMemo(() => definitionOf(draft), [draft]));
  const { check, error, fresh } = useRuleCheck(definition, rule?.id);
  const columns = check?.columns ?? [];
  const problems = draft.query.trim() ? (check?.problems ?? []) : [];
  const changed = draft !== start;
  const title = rule ? `Edit ${visibleText(start.name || start.title)}` : 'New detection rule';
  const go = (next: Step) => setState({ step: next }, { push: true });
  const at = STEPS.indexOf(step);

  useEffect(() => {
    if (!changed || busy) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [changed, busy]);

  const save = async () => {
    setBusy(true);
    setFailure(undefined);
    try {
      const body = { definition: definitionOf(draft), ...(comment.trim() ? { comment: comment.trim() } : {}) };
      if (rule) {
        await update(rule.id, { ...body, version: rule.version });
        notify.success('The rule was changed', 'It runs as it now is from the next rows on.');
        await navigate({ to: '/detections/$id', params: { id: rule.id } });
        return;
      }
      const made = await create({ ...body, ...(backfill ? { backfillDays: 30 } : {}) });
      notify.success(`Rule ${visibleText(made.rule.name)} was made`);
      await navigate({
        to: '/detections/$id',
        params: { id: made.rule.id },
        search: (made.job ? { job: made.job.id } : {}) as never,
      });
    } catch (reason) {
      setFailure(reason);
    } finally {
      setBusy(false);
    }
  };
  const shared = { draft, set, columns };
  return (
    <PageShell
      title={title}
      crumbs={crumbs}
      purpose="A query whose results become alerts. Try it on your own rows before it exists."
      commands={
        <HuntLink query={draft.query || 'DeviceProcessEvents\n| take 10'} as="button" range="30d">
          Open in hunting
        </HuntLink>
      }
      fill
    >
      <div className={styles.frame}>
        <TabList
          className={styles.tabs}
          size="small"
          selectedValue={step}
          onTabSelect={(_, data) => go(data.value as Step)}
        >
          {STEPS.map((each) => {
            const count = problems.filter(({ path }) => stepOf(path) === each).length;
            return (
              <Tab key={each} value={each}>
                {STEP_LABEL[each]}{' '}
                {count > 0 ? (
                  <Badge size="small" color="danger" appearance="filled">
                    {count}
                  </Badge>
                ) : null}
              </Tab>
            );
          })}
        </TabList>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
        <section className={styles.body} aria-label={STEP_LABEL[step]} tabIndex={0}>
          {step === 'query' ? (
            <div className={styles.stack}>
              <QueryEditor
                documentKey={`rule-${rule?.id ?? 'new'}`}
                text={draft.query}
                onChange={(query) => set({ query })}
                onRun={() => go('test')}
              />
              <Text size={200}>
                The result keeps the time column of its table, DeviceId and ReportId (Device tables) or ReportId, and
                the columns that name who and what it is about. With summarize, arg_max(Timestamp, ReportId, …) keeps
                them.
              </Text>
              {columns.length > 0 ? <span className={styles.columns}>Columns: {columns.join(', ')}</span> : null}
            </div>
          ) : null}
          {step === 'alert' ? <StepAlert {...shared} /> : null}
          {step === 'entities' ? <StepEntities {...shared} /> : null}
          {step === 'schedule' ? (
            <StepSchedule
              {...shared}
              rowWise={check?.rowWise ?? false}
              isNew={!rule}
              backfill={backfill}
              onBackfill={setBackfill}
            />
          ) : null}
          {step === 'test' ? <StepTest definition={definition} ruleId={rule?.id} tables={check?.tables ?? []} /> : null}
          {step === 'review' ? (
            <div className={styles.stack}>
              {rule ? (
                <Field label="What was changed, and why" hint="Stands with the version.">
                  <Input value={comment} maxLength={500} onChange={(_, data) => setComment(data.value)} />
                </Field>
              ) : null}
              <CodeBlock text={(check?.text ?? '').replace(/^id: .*\n/, rule ? '$&' : '')} what="text of the rule" />
            </div>
          ) : null}
          {problems.length > 0 && step !== 'test' ? (
            <MessageBar intent="warning" layout="multiline" style={{ marginTop: 16, maxWidth: 1100 }}>
              <MessageBarBody>
                <MessageBarTitle>{plural(problems.length, 'thing')} to mend before it can be saved</MessageBarTitle>
                <ul className={styles.problems}>
                  {problems.slice(0, 12).map((problem) => (
                    <li key={`${problem.path}${problem.message}`}>
                      {visibleText(problem.message)}
                      {problem.fix ? ` ${visibleText(`To mend it: ${problem.fix}.`)}` : ''}{' '}
                      {stepOf(problem.path) === step ? null : (
                        <FluentLink inline onClick={() => go(stepOf(problem.path))}>
                          {STEP_LABEL[stepOf(problem.path)]}
                        </FluentLink>
                      )}
                    </li>
                  ))}
                </ul>
              </MessageBarBody>
            </MessageBar>
          ) : null}
          <div style={{ marginTop: failure || error ? 16 : 0, maxWidth: 1100 }}>
            <Failure title="The rule was not saved" error={failure} />
            {failure ? null : <Failure title="The rule could not be checked" error={error} />}
          </div>
        </section>
        <div className={styles.foot}>
          <Button disabled={at === 0} onClick={() => go(STEPS[at - 1] ?? 'query')}>
            Back
          </Button>
          <Button disabled={at === STEPS.length - 1} onClick={() => go(STEPS[at + 1] ?? 'review')}>
            Next
          </Button>
          <div className={styles.spring} />
          <Text size={200} aria-live="polite">
            {!draft.query.trim()
              ? 'Write a query first'
              : !fresh
                ? 'Checking…'
                : check?.ok
                  ? 'Ready to be saved'
                  : plural(problems.length, 'problem')}
          </Text>
          <Button
            appearance="primary"
            disabled={!canTune || busy || !fresh || !check?.ok}
            title={canTune ? undefined : 'Changing rules needs the permission DetTune.Manage.'}
            onClick={() => void save()}
          >
            {rule ? 'Save' : 'Create rule'}
          </Button>
        </div>
      </div>
    </PageShell>
  );
}
