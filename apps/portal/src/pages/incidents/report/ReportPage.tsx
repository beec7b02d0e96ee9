import { Button, Checkbox, makeStyles, tokens } from '@fluentui/react-components';
import { ArrowDownload20Regular } from '@fluentui/react-icons/svg/arrow-download';
import { Print20Regular } from '@fluentui/react-icons/svg/print';
import type {
  ActivityEntry,
  AttackStory,
  IncidentAlert,
  IncidentAsset,
  IncidentDetail,
  IncidentEvidence,
  IncidentTask,
  Page,
} from '@parapet/schema/wire';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import * as v from 'valibot';
import { api } from '../../../api/client.ts';
import { useSession } from '../../../api/session.ts';
import { Loaded } from '../../../components/Loaded.tsx';
import { download } from '../../../features/results-grid/csv.ts';
import { url, useUrlState } from '../../../lib/urlState.ts';
import { PageShell } from '../../../shell/PageShell.tsx';
import { reportMarkdown } from './markdown.ts';
import { type ReportData, SECTION_LABEL, SECTIONS } from './model.ts';
import { Paper } from './Paper.tsx';
import './print.css';

const schema = v.object({ without: url.list(SECTIONS) });

const useStyles = makeStyles({
  choose: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: '4px 12px',
    marginBottom: '12px',
    '@media print': { display: 'none' },
  },
  commands: { display: 'contents', '@media print': { display: 'none' } },
  sheet: {
    maxWidth: '21cm',
    padding: '24px 28px',
    backgroundColor: '#ffffff',
    color: '#1b1b1b',
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    '@media print': { maxWidth: 'none', padding: 0, border: 'none' },
  },
});

async function load(id: string, signal: AbortSignal): Promise<Omit<ReportData, 'madeBy'>> {
  const at = `/api/incidents/${encodeURIComponent(id)}`;
  const part = <T,>(name: string, pageSize?: number) =>
    api.get<T>(`${at}/${name}`, pageSize === undefined ? undefined : { pageSize }, signal);
  const [incident, story, assets, alerts, evidence, tasks, activity] = await Promise.all([
    api.get<IncidentDetail>(at, undefined, signal),
    part<AttackStory>('graph'),
    part<Page<IncidentAsset>>('assets', 1_000),
    part<Page<IncidentAlert>>('alerts', 1_000),
    part<Page<IncidentEvidence>>('evidence', 1_000),
    part<{ readonly items: readonly IncidentTask[] }>('tasks'),
    part<Page<ActivityEntry>>('activity', 500),
  ]);
  return { incident, story, assets, alerts, evidence, tasks: tasks.items, activity, madeAt: new Date().toISOString() };
}

/** An incident on paper: what is wanted of it, printed or saved as PDF by the browser, or as Markdown. */
export function ReportPage() {
  const styles = useStyles();
  const { id = '' } = useParams({ strict: false });
  const me = useSession()?.user;
  const [state, setState] = useUrlState(schema);
  const report = useQuery({
    queryKey: ['/api/incidents', id, 'report'],
    queryFn: ({ signal }) => load(id, signal),
  });
  const sections = new Set(SECTIONS.filter((section) => !state.without.includes(section)));
  const data = report.data ? { ...report.data, madeBy: me?.displayName ?? '' } : undefined;
  const toggle = (section: (typeof SECTIONS)[number]) =>
    setState({
      without: sections.has(section) ? [...state.without, section] : state.without.filter((each) => each !== section),
    });
  const name = `incident-${id}-report`;
  return (
    <PageShell
      title={`Report of incident ${id}`}
      crumbs={[
        { label: 'Incidents', to: '/incidents' },
        { label: `Incident ${id}`, to: `/incidents/${id}` },
      ]}
      commands={
        <span className={styles.commands}>
          <Button
            size="small"
            icon={<ArrowDownload20Regular />}
            disabled={!data}
            onClick={() => data && download(`${name}.md`, 'text/markdown', [reportMarkdown(data, sections)])}
          >
            Markdown
          </Button>
          <Button
            size="small"
            icon={<ArrowDownload20Regular />}
            disabled={!data}
            onClick={() => data && download(`${name}.json`, 'application/json', [JSON.stringify(data, null, 2)])}
          >
            JSON
          </Button>
          <Button
            size="small"
            appearance="primary"
            icon={<Print20Regular />}
            disabled={!data}
            onClick={() => window.print()}
          >
            Print or save as PDF
          </Button>
        </span>
      }
    >
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a legend and its own layout */}
      <div role="group" className={styles.choose} aria-label="Parts of the report">
        {SECTIONS.map((section) => (
          <Checkbox
            key={section}
            label={SECTION_LABEL[section]}
            checked={sections.has(section)}
            onChange={() => toggle(section)}
          />
        ))}
      </div>
      <Loaded query={report} what="The report">
        {() => <article className={styles.sheet}>{data ? <Paper data={data} sections={sections} /> : null}</article>}
      </Loaded>
    </PageShell>
  );
}
