import { MessageBar, MessageBarBody, MessageBarTitle } from '@fluentui/react-components';
import type { DetectionInfo } from '@parapet/schema/wire';
import { Link } from '@tanstack/react-router';
import { SeverityBadge } from '../../components/Badges.tsx';
import { Facts } from '../../components/Facts.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { visibleText } from '../../lib/text.ts';
import { duration, formatCount } from '../../lib/time.ts';
import { categoryLabel } from '../../theme/meaning.ts';
import { RuleStatus } from './parts/RuleStatus.tsx';
import { ERROR_TEXT, engineTime, scheduleText, span } from './words.ts';

/** What is known of a rule at a glance; the same in the list's pane and on the page. */
export function RuleFacts({ rule }: { readonly rule: DetectionInfo }) {
  return (
    <>
      {rule.lastError ? (
        <MessageBar intent="error" style={{ marginBottom: 12 }}>
          <MessageBarBody>
            <MessageBarTitle>{rule.enabled ? 'The last run failed' : 'Does not run'}</MessageBarTitle>
            {rule.lastErrorCode ? `${ERROR_TEXT[rule.lastErrorCode] ?? ''} ` : ''}
            {visibleText(rule.lastError)}
          </MessageBarBody>
        </MessageBar>
      ) : rule.warning ? (
        <MessageBar intent="warning" style={{ marginBottom: 12 }}>
          <MessageBarBody>
            <MessageBarTitle>Needs attention</MessageBarTitle>
            {visibleText(rule.warning)}
          </MessageBarBody>
        </MessageBar>
      ) : null}
      <Facts
        rows={[
          { label: 'Status', value: <RuleStatus rule={rule} /> },
          rule.shadow && { label: 'Shadow', value: 'Runs and counts, alerts nobody' },
          { label: 'Severity', value: <SeverityBadge severity={rule.severity} /> },
          { label: 'Category', value: categoryLabel(rule.category) },
          {
            label: 'Techniques',
            value: rule.techniques.length > 0 ? rule.techniques.join(', ') : '–',
          },
          {
            label: 'Runs',
            value:
              rule.kind === 'scheduled'
                ? `${scheduleText(rule)}, looking back over ${span(rule.lookbackMs)}`
                : scheduleText(rule),
          },
          rule.nextRun !== null && { label: 'Next run', value: <TimeText value={rule.nextRun} /> },
          { label: 'Tables', value: rule.tables.join(', ') || '–' },
          {
            label: 'Alerts',
            value:
              rule.alerts === 0 ? (
                '0'
              ) : (
                <Link to="/alerts" search={{ ruleId: rule.id, range: 'all' }}>
                  {formatCount(rule.alerts)}
                </Link>
              ),
          },
          {
            label: 'Last run',
            value: rule.lastRun ? (
              <>
                <TimeText value={rule.lastRun} />
                {rule.lastRunMs === null ? '' : `, took ${duration(rule.lastRunMs)}`}
              </>
            ) : (
              'Not yet'
            ),
          },
          { label: 'Last results', value: rule.lastRows === null ? '–' : formatCount(rule.lastRows) },
          {
            label: 'Engine (24 h)',
            value: `${engineTime(rule.cost.engineMs)}, ${formatCount(rule.cost.rowsRead)} rows read`,
          },
          { label: 'Exclusions', value: formatCount(rule.exclusions) },
          { label: 'Made by', value: visibleText(rule.createdBy) },
          rule.owner !== '' && { label: 'Owner', value: visibleText(rule.owner) },
          { label: 'Version', value: String(rule.version) },
          rule.template !== null && {
            label: 'Made from',
            value: (
              <Link to="/detections/$id" params={{ id: rule.template.id }}>
                Version {rule.template.version} of the delivered rule
              </Link>
            ),
          },
          { label: 'Id', value: rule.id },
        ]}
      />
    </>
  );
}
