import { MessageBar, MessageBarBody, MessageBarTitle } from '@fluentui/react-components';
import type { DetectionInfo } from '@parapet/schema/wire';
import { Link } from '@tanstack/react-router';
import { SeverityBadge } from '../../components/Badges.tsx';
import { Facts } from '../../components/Facts.tsx';
import { TimeText } from '../../components/TimeText.tsx';
import { visibleText } from '../../lib/text.ts';
import { duration, formatCount } from '../../lib/time.ts';
import { categoryLabel } from '../../theme/meaning.ts';

/** What is known of a rule at a glance; the same in the list's pane and on the page. */
export function RuleFacts({ rule }: { readonly rule: DetectionInfo }) {
  return (
    <>
      {rule.lastError ? (
        <MessageBar intent="error" style={{ marginBottom: 12 }}>
          <MessageBarBody>
            <MessageBarTitle>The last run failed</MessageBarTitle>
            {visibleText(rule.lastError)}
          </MessageBarBody>
        </MessageBar>
      ) : null}
      <Facts
        rows={[
          { label: 'Enabled', value: rule.enabled ? 'Yes' : 'No' },
          { label: 'Severity', value: <SeverityBadge severity={rule.severity} /> },
          { label: 'Category', value: categoryLabel(rule.category) },
          {
            label: 'Techniques',
            value: rule.techniques.length > 0 ? rule.techniques.join(', ') : '–',
          },
          { label: 'Runs', value: rule.kind === 'continuous' ? 'On rows as they arrive' : 'On a schedule' },
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
          { label: 'Id', value: rule.id },
        ]}
      />
    </>
  );
}
