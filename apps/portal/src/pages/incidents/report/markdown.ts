import { ENTITY_LABEL } from '../../../lib/entity.ts';
import { visibleText } from '../../../lib/text.ts';
import { absoluteTime } from '../../../lib/time.ts';
import { categoryLabel, INCIDENT_STATUS_LABEL, SEVERITY_LABEL, words } from '../../../theme/meaning.ts';
import { activityText } from '../activity.ts';
import { assetGroups, detailOf, MOST_EVIDENCE, type ReportData, type Section } from './model.ts';

/** Everything Markdown reads as more than text; a name in telemetry is only a name. */
const SPECIAL = /[\\`*_{}[\]()#+\-.!|<>~@&:]/g;

/** Text of telemetry or of people inside a report: one line, nothing of it is markup. */
export const plain = (text: string): string =>
  visibleText(text)
    .replace(/\s+/g, ' ')
    .trim()
    .replace(SPECIAL, (character) => `\\${character}`);

const time = (iso: string): string => absoluteTime(iso, 'utc', 'second');
const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell || '–').join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  row(head),
  row(head.map(() => '---')),
  ...rows.map(row),
];
/** What a person wrote in Markdown stays Markdown, set apart so that it cannot pass for the report's own words. */
const quoted = (text: string): string[] =>
  visibleText(text)
    .replaceAll('<', '\\<')
    .split('\n')
    .map((line) => `> ${line}`);

/** The report as Markdown. Times are UTC. */
export function reportMarkdown(data: ReportData, sections: ReadonlySet<Section>): string {
  const { incident } = data;
  const lines: string[] = [`# Incident ${incident.id}: ${plain(incident.name)}`, ''];
  const add = (section: Section, title: string, body: () => readonly string[]): void => {
    if (!sections.has(section)) return;
    lines.push(`## ${title}`, '', ...body(), '');
  };
  add('overview', 'Overview', () => [
    ...table(
      ['Field', 'Value'],
      [
        ['Status', INCIDENT_STATUS_LABEL[incident.status]],
        ['Severity', SEVERITY_LABEL[incident.severity]],
        ['Priority', `${incident.priorityScore} of 100`],
        ['Assigned to', plain(incident.assignedTo ?? 'Nobody')],
        [
          'Verdict',
          [incident.classification, incident.determination].flatMap((each) => (each ? [words(each)] : [])).join(', ') ||
            'Not set',
        ],
        ['Alerts', `${incident.activeAlerts} open of ${incident.totalAlerts}`],
        ['First activity', time(incident.firstActivity)],
        ['Last activity', time(incident.lastActivity)],
        ['Opened', time(incident.createdAt)],
        ['Categories', incident.categories.map(categoryLabel).join(', ')],
        ['Tags', incident.tags.map(plain).join(', ')],
        ['Made', `${time(data.madeAt)} by ${plain(data.madeBy)}`],
      ],
    ),
    ...(incident.outsideAlerts > 0
      ? ['', `${incident.outsideAlerts} alerts of this incident are outside the scope of who made this report.`]
      : []),
    ...(incident.description ? ['', ...quoted(incident.description)] : []),
    ...(incident.resolvingComment ? ['', 'How it ended:', '', ...quoted(incident.resolvingComment)] : []),
    '',
    'Why this priority:',
    '',
    ...incident.priorityTerms.map(({ label, points }) => `- ${plain(label)}: ${points}`),
  ]);
  add('story', 'What happened', () => data.story.steps.map((step) => `1. ${time(step.time)} ${plain(step.narrative)}`));
  add('assets', 'Assets', () =>
    assetGroups(data.assets.items).flatMap(({ type, shown, all }) => [
      `### ${ENTITY_LABEL[type]} (${all})`,
      '',
      ...table(
        ['Asset', 'Highest severity', 'Alerts', 'Role'],
        shown.map((asset) => [
          plain(asset.entity.label),
          SEVERITY_LABEL[asset.highestSeverity],
          String(asset.alertCount),
          asset.roles.map(words).join(', '),
        ]),
      ),
      ...(all > shown.length ? ['', `And ${all - shown.length} more.`] : []),
      '',
    ]),
  );
  add('alerts', 'Alerts', () => [
    ...table(
      ['First activity', 'Alert', 'Severity', 'Status', 'Category', 'Why it is here'],
      data.alerts.items.map((alert) => [
        time(alert.firstActivity),
        plain(alert.title),
        SEVERITY_LABEL[alert.severity],
        words(alert.status),
        categoryLabel(alert.category),
        plain(alert.mergeReason.text),
      ]),
    ),
    ...(data.alerts.total > data.alerts.items.length
      ? ['', `The first ${data.alerts.items.length} of ${data.alerts.total}.`]
      : []),
  ]);
  add('evidence', 'Evidence', () => [
    ...table(
      ['Kind', 'Evidence', 'Detail', 'First seen'],
      data.evidence.items
        .slice(0, MOST_EVIDENCE)
        .map((one) => [
          ENTITY_LABEL[one.entity.type],
          plain(one.entity.label),
          plain(detailOf(one.entity)),
          time(one.firstSeen),
        ]),
    ),
    ...(data.evidence.total > MOST_EVIDENCE ? ['', `The first ${MOST_EVIDENCE} of ${data.evidence.total}.`] : []),
  ]);
  add('tasks', 'Tasks', () =>
    data.tasks.map(
      (task) =>
        `- [${task.state === 'done' ? 'x' : ' '}] ${plain(task.title)}${task.owner ? ` (${plain(task.owner)})` : ''}`,
    ),
  );
  add('comments', 'Comments', () =>
    incident.comments.flatMap((comment) => [
      `**${plain(comment.author)}**, ${time(comment.createdAt)}:`,
      '',
      ...quoted(comment.text),
      '',
    ]),
  );
  add('activity', 'Activity log', () => [
    ...table(
      ['Time', 'By', 'What'],
      data.activity.items.map((entry) => [
        time(entry.time),
        plain(entry.actor),
        plain(activityText(entry, incident.comments)).slice(0, 1_000),
      ]),
    ),
    ...(data.activity.total > data.activity.items.length
      ? ['', `The newest ${data.activity.items.length} of ${data.activity.total}.`]
      : []),
  ]);
  return `${lines.join('\n').trimEnd()}\n`;
}
